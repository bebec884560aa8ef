import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import type { Filters } from '../../src/scan/filters.ts'
import { scan } from '../../src/scan/scan.ts'
import { captureOf, scanned, type Timed } from '../limits/limited-scan.ts'
import { answerFrame, type Said, sip, sipFrame } from '../limits/sip-frames.ts'
import { scanInPieces } from '../live/looks.ts'
import { ethernet, ipv4, tcp } from '../net/frame-builder.ts'

const PEER = '198.51.100.2'
const HOST = '203.0.113.1'

/** Both are there at the beginning; the trace ends so much later, s. */
const from = (end: number, start = 0): Timed[] => [
  [start, sipFrame({ callId: `ping${start}` })],
  [start + 0.01, answerFrame({ start: 200, method: 'OPTIONS', toTag: 't', callId: `ping${start}` })],
  [end, sipFrame({ start: 'NOTIFY', callId: 'end', branch: 'z9hG4bKend' })],
]
const INVITE: Said = { start: 'INVITE', callId: 'call', branch: 'z9hG4bKi' }
const invites: Timed[] = [1, 1.5, 2.5, 4.5, 8.5, 16.5, 32.5].map((time) => [time, sipFrame(INVITE)])
const CUT = 90

const inOrder = (frames: readonly Timed[]) => captureOf([...frames].sort(([a], [b]) => a - b))
const found = ({ findings }: Pick<Report, 'findings'>) =>
  findings.filter(({ rule }) => rule === 'sip-unanswered').map(({ kind, callId }) => [kind, callId])

/** The host has an INVITE answered over TCP, sends another, and the peer sends these octets. */
function overTcp(octets: readonly (string | number)[]): Timed[] {
  const [ours, theirs] = [
    { sourcePort: 40_000, destinationPort: 5060 },
    { sourcePort: 5060, destinationPort: 40_000 },
  ]
  let sequence = 1
  const said = octets.flatMap((part): Timed[] => {
    const at = sequence
    sequence += typeof part === 'string' ? part.length : part
    const way = { source: PEER, destination: HOST }
    return typeof part === 'string' ? [[3, ethernet(ipv4(tcp(part, { ...theirs, sequence: at }), way))]] : []
  })
  const text = sip({ ...INVITE })
  return [
    [0.5, ethernet(ipv4(tcp('', { ...ours, sequence: 0, flags: 2 }), { source: HOST, destination: PEER }))],
    [0.6, ethernet(ipv4(tcp('', { ...theirs, sequence: 0, flags: 0x12 }), { source: PEER, destination: HOST }))],
    [1, ethernet(ipv4(tcp(text, { ...ours, sequence: 1 }), { source: HOST, destination: PEER }))],
    ...said,
  ]
}

test('the capture goes on to its last record, be that SIP or not', async () => {
  const silence: Timed = [40, ethernet(ipv4(tcp('', { sourcePort: 9, destinationPort: 9 })))]
  const trace = [...from(2), ...overTcp([])]
  expect(found(await scanned(inOrder(trace)))).toEqual([])
  expect(found(await scanned(inOrder([...trace, silence])))).toEqual([['invite', 'call']])
})

test('a file of a ring goes on in the next one', async () => {
  const silence = (time: number): Timed => [time, ethernet(ipv4(tcp('', { sourcePort: 9, destinationPort: 9 })))]
  const folder = mkdtempSync(join(tmpdir(), 'unanswered-'))
  const said = async (...names: readonly string[]) => {
    const files = [
      [...from(2), ...overTcp([])],
      [silence(3), silence(40)],
    ]
    const captures = files.map((_, n) => join(folder, names[n]))
    for (const [n, path] of captures.entries()) writeFileSync(path, inOrder(files[n]))
    return found(await scan({ captures }))
  }
  expect(await said('ring_00001.pcap', 'ring_00002.pcap')).toEqual([['invite', 'call']])
  expect(await said('edge.pcap', 'core.pcap')).toEqual([])
  rmSync(folder, { recursive: true })
})

test('what TCP lost may have been the answer', async () => {
  const other = sip({ start: 200, method: 'OPTIONS', callId: 'other', toTag: 't', branch: 'z9hG4bKother' })
  const whole = [...from(60), ...overTcp([other, other])]
  const lost = [...from(60), ...overTcp([other, 200, other])]
  expect(found(await scanned(inOrder(whole)))).toEqual([['invite', 'call']])
  expect(found(await scanned(inOrder(lost)))).toEqual([])
})

test('so may what the snap length cut', async () => {
  const answer = answerFrame({ start: 100, callId: 'call', branch: 'z9hG4bKi' })
  const other = answerFrame({ start: 200, method: 'OPTIONS', callId: 'other', toTag: 't', branch: 'z9hG4bKo' })
  expect(found(await scanned(inOrder([...from(60), ...invites, [5, other]])))).toEqual([['invite', 'call']])
  for (const cut of [answer.subarray(0, CUT), answer.subarray(0, 50)])
    expect(found(await scanned(inOrder([...from(60), ...invites, [5, cut]])))).toEqual([])
})

test.each<[Filters, unknown[]]>([
  [{ call: 'call' }, [['invite', 'call']]],
  [{ ip: PEER }, [['invite', 'call']]],
  [{ ip: '192.0.2.1' }, []],
  [{ call: 'another' }, []],
  [{ since: '2026-01-15T09:40:00Z' }, []],
])('of a report that is kept to %j', async (filters, expected) => {
  const another: Timed = [50, sipFrame({ ...INVITE, callId: 'another', branch: 'z9hG4bKa' })]
  const refusal: Timed = [50.1, answerFrame({ start: 486, callId: 'another', branch: 'z9hG4bKa', toTag: 't' })]
  const trace = inOrder([...from(60), ...invites, another, refusal])
  expect(found(await scanned(trace, { filters }))).toEqual(expected)
})

test.each([1, 3])('a live scan lets it go with its call, and says it once: %i threads', async (workers) => {
  const pings = Array.from({ length: 30 }, (_, n) => from(40 * n + 41, 40 * n + 40).slice(0, 2)).flat()
  const { report } = await scanInPieces(inOrder([...from(60), ...invites, ...pings]), 6, { workers })
  expect(found({ findings: [...report.findings] })).toEqual([['invite', 'call']])
})
