import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { liveScan } from '../../src/live/live-scan.ts'
import type { Snapshot } from '../../src/live/snapshot.ts'
import type { Finding, Report } from '../../src/model/report.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { scan } from '../../src/scan/scan.ts'
import { longTrace } from '../scan/long-trace.ts'
import { scanInPieces } from './looks.ts'

const CALLS = 60
const APART_SECONDS = 5
const trace = longTrace(CALLS, APART_SECONDS)
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-live-'))
const path = join(folder, 'trace.pcap')

beforeAll(() => writeFileSync(path, trace))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each([1, 2])('a trace that goes on, with %i threads', (workers) => {
  let whole: Report
  let found: { report: LargeReport; snapshots: Snapshot[] }
  beforeAll(async () => {
    whole = await scan({ captures: [path], workers: 1, timelines: true })
    found = await scanInPieces(trace, 14, { workers, timelines: true })
  }, 60_000)

  test('calls are let go as they end, each once, and no more are kept than go on', () => {
    const ended = found.snapshots.flatMap((snapshot) => snapshot.ended.map(({ call }) => call.callId))
    expect(new Set(ended).size).toBe(ended.length)
    expect(ended.length).toBeGreaterThan(CALLS / 2)
    const kept = Math.max(...found.snapshots.map(({ report }) => report.calls.length))
    // A call goes on for five seconds and is settled half a minute later; a piece is twenty-two seconds long, and on a busy
    // machine two may have come when it is looked at.
    expect(kept).toBeLessThan(100 / APART_SECONDS)
    expect(Math.max(...found.snapshots.map(({ report }) => report.streams.length))).toBeLessThan(kept * 5)
  })

  test('what is said of every call and stream is what is said of the whole trace', () => {
    expect(byName(found.report.calls, ({ callId }) => callId)).toEqual(byName(whole.calls, ({ callId }) => callId))
    expect(byName(found.report.streams, ({ id }) => id)).toEqual(byName(whole.streams, ({ id }) => id))
    const ofOne = (findings: Iterable<Finding>) => [...findings].filter(isOfOne).map(sorted).sort()
    expect(ofOne(found.report.findings)).toEqual(ofOne(whole.findings))
    const { findings, ...counts } = whole.totals
    expect(found.report.totals).toMatchObject(counts)
    expect(found.report.totals.findings.error).toBeGreaterThanOrEqual(findings.error)
  })

  test('findings come worst first, and everything that is said of the whole trace is said', () => {
    const severities = [...found.report.findings].map(({ severity }) => severity)
    expect(severities).toEqual([...severities].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)))
    const rules = new Set([...found.report.findings].map(({ rule }) => rule))
    expect(rules).toEqual(new Set(whole.findings.map(({ rule }) => rule)))
  })

  test('the totals of the snapshots only grow, up to those of the report', () => {
    const packets = found.snapshots.map(({ report: { totals } }) => totals.rtp)
    expect(packets).toEqual([...packets].sort((a, b) => a - b))
    expect(packets.at(-1)).toBe(found.report.totals.rtp)
  })
})

test('before the first packet nobody knows how late it is', async () => {
  const octets = new PassThrough()
  const times: number[] = []
  const report = liveScan({
    ...{ workers: 1, snapshotMs: 1 },
    source: { name: 'eth0', octets, counts: () => ({}), stop: async () => undefined },
    onSnapshot: ({ atUs }) => {
      times.push(atUs)
      if (times.length === 3) octets.end()
    },
  })
  octets.write(trace.subarray(0, 24))
  await report
  expect(new Set(times)).toEqual(new Set([0]))
})

test('a call goes with its streams, where our clock is further on than a trace that lags', async () => {
  const octets = new PassThrough()
  const [first, both] = [longTrace(1, 8), longTrace(2, 8)]
  const now = performance.now.bind(performance)
  let jumpMs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now() + jumpMs)
  const ended: string[] = []
  let looks = 0
  const next: Readonly<Record<number, () => void>> = {
    2: () => {
      octets.write(both.subarray(first.length, first.length + 4000))
      // When it was read, and not within a look, whose duration says when the next one is due.
      const jump = (): unknown =>
        octets.readableLength > 0 ? setImmediate(jump) : setImmediate(() => (jumpMs = 60_000))
      setImmediate(jump)
    },
    4: () => octets.end(both.subarray(first.length + 4000)),
  }
  octets.write(first)
  const report = await liveScan({
    ...{ workers: 1, snapshotMs: 500 },
    source: { name: 'eth0', octets, counts: () => ({}), stop: async () => undefined },
    onSnapshot: (snapshot) => {
      ended.push(...snapshot.ended.map(({ call }) => call.callId))
      next[++looks]?.()
    },
  }).finally(() => vi.restoreAllMocks())
  expect(ended).toHaveLength(1)
  expect([...report.calls]).toHaveLength(2)
  expect(report.totals.verified + report.totals.failed).toBeGreaterThan(0)
})

const ORDER = ['error', 'warning', 'info']

function isOfOne({ callId, streamId }: Finding): boolean {
  return callId !== undefined || streamId !== undefined
}

function byName<T>(objects: Iterable<T>, nameOf: (object: T) => string): Record<string, T> {
  return Object.fromEntries([...objects].map((object) => [nameOf(object), object]))
}

function sorted(finding: Finding): string {
  return JSON.stringify(finding)
}
