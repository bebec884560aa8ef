import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import type { RecordCursor } from '../../src/capture/record.ts'
import type { Report } from '../../src/model/report.ts'
import { type ScanOptions, scan } from '../../src/scan/scan.ts'
import { runHere, summaryOf } from '../cli/batch-runs.ts'
import { longTrace } from './long-trace.ts'
import { cutInto, piecesOf } from './parts-of-captures.ts'

const faults = vi.hoisted(() => ({ decodeAt: Number.POSITIVE_INFINITY, messageAt: Number.POSITIVE_INFINITY }))
vi.mock('../../src/verify/first-pass/record-sorter.ts', async (original) => {
  const { RecordSorter } = await original<typeof import('../../src/verify/first-pass/record-sorter.ts')>()
  class Failing extends RecordSorter {
    override take(slab: number, position: number, cursor: RecordCursor): void {
      if (position >= faults.decodeAt) throw new RangeError('the decoder failed')
      super.take(slab, position, cursor)
    }
  }
  return { RecordSorter: Failing }
})
vi.mock('../../src/sip/call-table.ts', async (original) => {
  const { CallTable } = await original<typeof import('../../src/sip/call-table.ts')>()
  class Failing extends CallTable {
    override observe(...args: Parameters<InstanceType<typeof CallTable>['observe']>) {
      if (args[1].at.position >= faults.messageAt) throw new TypeError('the call table failed')
      return super.observe(...args)
    }
  }
  return { CallTable: Failing }
})

afterEach(() => {
  faults.decodeAt = Number.POSITIVE_INFINITY
  faults.messageAt = Number.POSITIVE_INFINITY
})

const CALLS = 40
const PCAP_HEADER_BYTES = 24
const trace = longTrace(CALLS, 5)
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-own-faults-'))
const path = join(place, 'c.pcap')
writeFileSync(path, trace)
afterAll(() => rmSync(place, { recursive: true }))

/** Where the record at `position` begins. */
function offsetOf(position: number): number {
  let at = PCAP_HEADER_BYTES
  for (let n = 0; n < position; n++) at += 16 + trace.readUInt32LE(at + 8)
  return at
}

interface Salvaged {
  readonly report: Report
  readonly said: readonly string[]
}

async function salvaged(options: Partial<ScanOptions>, piped = false): Promise<Salvaged> {
  const said: string[] = []
  const report = await scan({
    ...(piped ? { captures: ['-'], stdin: createReadStream(path) } : { captures: [path] }),
    ...options,
    onBrokenOff: ({ message }) => void said.push(message),
  })
  return { report, said }
}

/** The report where the capture ends before the record at `position`. */
async function upTo(position: number): Promise<Report> {
  const cut = join(place, 'cut.pcap')
  writeFileSync(cut, trace.subarray(0, offsetOf(position)))
  return scan({ captures: [cut] })
}

const WAYS: readonly (readonly [string, Partial<ScanOptions>, boolean])[] = [
  ['a file, one thread', { workers: 1 }, false],
  ['a file, small slabs', { workers: 1, slabBytes: 64 << 10 }, false],
  ['a file, several threads', { workers: 3, slabBytes: 64 << 10 }, false],
  ['a pipe, one thread', { workers: 1, slabBytes: 64 << 10 }, true],
  ['a pipe, several threads', { workers: 3, slabBytes: 64 << 10 }, true],
]

const callIds = ({ calls }: Report) => calls.map(({ callId }) => callId)

/** A record that only the decoder of the sources takes in: a SIP message in the middle of the trace. */
const position = await messageNear(4000)

async function messageNear(frame: number): Promise<number> {
  const { calls } = await scan({ captures: [path] })
  const frames = calls.flatMap(({ sessions }) => sessions.map(({ offerFrame }) => offerFrame))
  return (frames.find((one) => one > frame) as number) - 1
}

describe.each(WAYS)('%s', (_, options, piped) => {
  // Other threads walk with decoders of their own.
  test.runIf(options.workers === 1)(
    'a record that cannot be decoded: the report is that of a trace that ends there',
    async () => {
      const ended = await upTo(position)
      faults.decodeAt = position
      const { report, said } = await salvaged(options, piped)
      expect(said).toEqual(['the decoder failed; the report is of what was judged by then'])
      const { reason, atByte } = report.captures[0].lost ?? {}
      expect(reason).toBe('the scan broke off: what follows was not judged, or not all of it')
      expect(atByte).toBeLessThanOrEqual(offsetOf(position))
      expect(callIds(report)).toEqual(callIds(ended))
      const packets = ({ streams }: Report) => streams.map((stream) => [stream.id, stream.packets])
      expect(packets(report).length).toBeGreaterThan(40)
      expect(packets(report)).toEqual(packets(ended))
      for (const { packets, verified, failed, unverified, plain } of report.streams)
        expect(verified + failed + unverified + plain).toBe(packets)
      for (const name of ['verified', 'failed'] as const)
        expect(report.totals[name]).toBeLessThanOrEqual(ended.totals[name])
    },
    60_000,
  )

  test('a message at which the listener fails: calls that were over are reported, as in a trace that ends there', async () => {
    const ended = await upTo(position)
    faults.messageAt = position
    const { report, said } = await salvaged(options, piped)
    expect(said).toEqual(['the call table failed; the report is of what was judged by then'])
    const { reason, atByte } = report.captures[0].lost ?? {}
    expect(reason).toBe(
      'the scan broke off: what follows was not judged, and calls that were not over by then are left out',
    )
    expect(atByte).toBeLessThanOrEqual(offsetOf(position))
    const known = new Set(callIds(report))
    expect(known.size).toBeGreaterThan(10)
    expect([...known].filter((callId) => !callIds(ended).includes(callId))).toEqual([])
    const packets = ({ streams }: Report) =>
      streams.flatMap(({ id, callId, packets }) => (known.has(callId ?? '') ? [[id, packets]] : []))
    expect(packets(report)).toEqual(packets(ended))
    expect(report.streams.filter(({ callId }) => callId === undefined)).toEqual([])
    const sayings = ({ findings }: Report) =>
      new Set(findings.map(({ rule, kind, callId }) => `${rule} ${kind} ${callId}`))
    expect([...sayings(report)].filter((one) => !sayings(ended).has(one))).toEqual([])
    expect(report.anomalies).toEqual(ended.anomalies)
  }, 60_000)

  test('the first message: nothing is known, and the error is the end', async () => {
    faults.messageAt = 0
    await expect(salvaged(options, piped)).rejects.toThrow('the call table failed')
  }, 60_000)
})

test('without onBrokenOff the error is the end', async () => {
  faults.messageAt = 4000
  await expect(scan({ captures: [path] })).rejects.toThrow('the call table failed')
}, 60_000)

test.each(['a record that cannot be decoded', 'a message at which the listener fails'])(
  'a set that a job for each file reads: %s; the report is that of one pass, and nothing is left behind',
  async (what) => {
    const set = join(place, `set ${what}`)
    mkdirSync(set)
    const captures = cutInto(piecesOf(trace), 5).map((octets, n) => {
      const part = join(set, `ring_0000${n}.pcap`)
      writeFileSync(part, octets)
      return part
    })
    faults[what.startsWith('a record') ? 'decodeAt' : 'messageAt'] = position
    const folder = join(set, '.parts')
    const common = { captures, workers: 1 }
    const inParts = await salvaged({ ...common, parts: { folder } })
    expect(inParts).toEqual(await salvaged(common))
    expect(inParts.said).toHaveLength(1)
    expect(callIds(inParts.report).length).toBeGreaterThan(5)
    expect(existsSync(folder)).toBe(false)
  },
  60_000,
)

test('a batch: the report of what came before, status 2; the next run does it again', async () => {
  const out = join(place, 'reports')
  const reported = () => JSON.parse(readFileSync(join(out, 'c.pcap.json'), 'utf8')) as Report
  faults.messageAt = position
  const broken = await runHere([path], { out })
  expect(broken.status).toBe(2)
  const { counts, brokenOff } = summaryOf(out)
  expect(counts).toEqual({ captures: 1, reported: 1, failed: 0, left: 0 })
  expect(brokenOff).toEqual([
    {
      capture: path,
      error: `${path}: the scan broke off: the call table failed; the report is of what was judged by then; please report this`,
    },
  ])
  expect(broken.out).toContain('Not read to their end')
  expect(reported().captures[0].lost?.reason).toContain('the scan broke off')
  expect(callIds(reported()).length).toBeGreaterThan(10)
  faults.messageAt = Number.POSITIVE_INFINITY
  expect((await runHere([path], { out })).status).toBe(1)
  expect(summaryOf(out).brokenOff).toBeUndefined()
  expect(reported().calls).toHaveLength(CALLS)
}, 60_000)
