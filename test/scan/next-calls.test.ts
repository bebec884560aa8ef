import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { decryptCaptures } from '../../src/scan/decrypt.ts'
import { type ScanOptions, scan } from '../../src/scan/scan.ts'
import { type CallOptions, crypto, telephoneCall, under } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'next-calls-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

/** Calls in turn on the same ports, each side with one SSRC for all of them; a call each 6 s, of 3 s. */
function callsInTurn(count: number, changed: (n: number) => CallOptions = () => ({})): Trace {
  const trace = new Trace()
  for (let n = 0; n < count; n++) {
    const { caller, callee, ...changes } = changed(n)
    telephoneCall(trace, {
      name: `call${n}`,
      startMs: n * 6000,
      talkMs: 3000,
      caller: { sends: { ssrc: 0xca11e400, firstSequence: 7000 - 900 * n }, ...caller },
      callee: { sends: { ssrc: 0xca11ee00, firstSequence: 100 }, ...callee },
      ...changes,
    })
  }
  return trace
}

const CLEAR: CallOptions = { caller: { crypto: [] }, callee: { crypto: [] } }

let written = 0

function fileOf(trace: Trace): string {
  const path = join(FOLDER, `${written++}.pcap`)
  writeFileSync(path, trace.file())
  return path
}

function scanOf(trace: Trace, options: Partial<ScanOptions> = {}): Promise<Report> {
  return scan({ captures: [fileOf(trace)], ...options } as ScanOptions)
}

/** Of each stream by its call: verified, failed, unverified, lost. */
function verdictsOf({ streams }: Report) {
  return streams
    .map(({ callId = '', kind, verified, failed, unverified, lost = 0 }) => [
      `${callId.split('@')[0]} ${kind}`,
      verified,
      failed,
      unverified,
      lost,
    ])
    .sort()
}

const rulesOf = ({ findings }: Report) =>
  findings.map(({ rule }) => rule).filter((rule) => rule !== 'sip-cleartext' && rule !== 'sdes-key-exposed')

const TALK = (n: number) => [
  [`call${n} rtcp`, 3, 0, 0, 0],
  [`call${n} rtcp`, 3, 0, 0, 0],
  [`call${n} rtp`, 147, 0, 0, 0],
  [`call${n} rtp`, 148, 0, 0, 0],
]

test('each of several calls on the same ports and with the same SSRCs has its own media, under its own keys', async () => {
  const report = await scanOf(callsInTurn(3))
  expect(verdictsOf(report)).toEqual([...TALK(0), ...TALK(1), ...TALK(2)])
  expect(rulesOf(report)).toEqual([])
})

test('whatever the threads, the slabs and the compression', async () => {
  const trace = callsInTurn(4)
  const [captures] = [[fileOf(trace)]]
  const reference = JSON.stringify(await scan({ captures, workers: 1 } as ScanOptions))
  for (const workers of [1, 2, 3]) {
    expect(JSON.stringify(await scan({ captures, workers, slabBytes: 64 << 10 } as ScanOptions))).toBe(reference)
  }
})

test('as one trace of a file for each call, and read by a job for each', async () => {
  const whole = callsInTurn(2)
  const parts = [0, 1].map((n) => {
    const part = callsInTurn(2)
    part.keep((_, atMs) => atMs >= n * 6000 && atMs < (n + 1) * 6000)
    return fileOf(part)
  })
  const expected = verdictsOf(await scanOf(whole))
  expect(verdictsOf(await scan({ captures: parts } as ScanOptions))).toEqual(expected)
  const folder = join(FOLDER, 'parts')
  expect(verdictsOf(await scan({ captures: parts, parts: { folder } } as ScanOptions))).toEqual(expected)
})

test('who sends with a wrong key in the second call fails there, and not in the first', async () => {
  const wrong = under(crypto('of nobody'))
  const trace = callsInTurn(2, (n) => (n === 1 ? { caller: { sends: { ssrc: 0xca11e400, under: wrong } } } : {}))
  const failed = verdictsOf(await scanOf(trace)).filter(([, , failures]) => failures !== 0)
  expect(failed).toEqual([
    ['call1 rtcp', 0, 3, 0, 0],
    ['call1 rtp', 0, 147, 0, 0],
  ])
})

test('a call in the clear, then one that is keyed, then one in the clear', async () => {
  const { streams } = await scanOf(callsInTurn(3, (n) => (n === 1 ? {} : CLEAR)))
  const protections = streams.filter(({ kind }) => kind === 'rtp').map(({ protection }) => protection)
  expect(protections).toEqual(['plain', 'plain', 'srtp', 'srtp', 'plain', 'plain'])
  expect(streams.every(({ failed }) => failed === 0)).toBe(true)
})

test('a BYE that was not captured ends the call all the same when the next one begins', async () => {
  const trace = callsInTurn(2, (n) => ({ goesOn: n === 0 }))
  expect(verdictsOf(await scanOf(trace))).toEqual([...TALK(0), ...TALK(1)])
})

test('of a call whose signalling was not captured the media is not judged by the next one', async () => {
  const trace = callsInTurn(2)
  trace.keep(({ source }, atMs) => atMs >= 6000 || source.port !== 5060)
  const report = await scanOf(trace)
  expect(report.streams.reduce((sum, { failed }) => sum + failed, 0)).toBe(0)
  expect(verdictsOf(report).slice(-4)).toEqual(TALK(1))
  expect(rulesOf(report)).not.toContain('crypto-mismatch')
})

test.each([
  ['a BYE', false],
  ['none, for the trace ends before', true],
])('a call that goes on keeps its media when a second dialog describes the same ends: %s', async (_, goesOn) => {
  const trace = new Trace()
  telephoneCall(trace, { name: 'call0', talkMs: 9000, goesOn })
  telephoneCall(trace, {
    name: 'call1',
    startMs: 3000,
    talkMs: 2000,
    caller: { crypto: [crypto('call0/caller')], sends: 'nothing' },
    callee: { crypto: [crypto('call0/callee')], sends: 'nothing' },
  })
  const report = await scanOf(trace)
  expect(report.streams).toHaveLength(4)
  expect(report.streams.every(({ callId }) => callId === 'call0@judgement.example')).toBe(true)
})

test('a pipe is read once: what a next call may have sent is not verified, and nothing is said of it', async () => {
  const octets = readFileSync(fileOf(callsInTurn(2)))
  const report = await scan({ captures: ['-'], stdin: Readable.from([octets]) } as ScanOptions)
  expect(report.streams).toHaveLength(4)
  expect(report.streams.map(({ failed }) => failed)).toEqual([0, 0, 0, 0])
  expect(report.streams.map(({ unverified }) => unverified).sort()).toEqual([147, 148, 3, 3])
  for (const { unverifiedReason } of report.streams) expect(unverifiedReason).toMatch(/^a next call has the same/)
  expect(rulesOf(report)).toEqual([])
})

test('a pipe: RTCP of a next call in the clear is not that of the call before', async () => {
  const octets = readFileSync(fileOf(callsInTurn(2, (n) => (n === 0 ? {} : CLEAR))))
  const report = await scan({ captures: ['-'], stdin: Readable.from([octets]) } as ScanOptions)
  expect(rulesOf(report)).toEqual(['rtp-plain'])
})

test('a pipe: what a next call protects is not taken for plain, as the call before it is', async () => {
  const octets = readFileSync(fileOf(callsInTurn(2, (n) => (n === 1 ? {} : CLEAR))))
  const report = await scan({ captures: ['-'], stdin: Readable.from([octets]) } as ScanOptions)
  expect(report.streams.map(({ plain, protection }) => [plain, protection])).toEqual(Array(4).fill([0, 'unknown']))
  for (const { unverifiedReason } of report.streams) expect(unverifiedReason).toMatch(/^a next call has the same/)
  expect(rulesOf(report)).toEqual(['rtp-plain'])
})

test('decrypt hands on the media of every call', async () => {
  const counts = await decryptCaptures({ captures: [fileOf(callsInTurn(3))], sinks: [] })
  expect([...counts.decrypted.values()]).toEqual([{ rtp: 3 * (147 + 148), rtcp: 3 * 6 }])
  expect(counts.failed + counts.unverified).toBe(0)
})
