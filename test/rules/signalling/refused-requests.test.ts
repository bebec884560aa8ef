import { describe, expect, test } from 'vitest'
import type { AnalysedCall } from '../../../src/model/analysis.ts'
import { type IcmpErrorRun, IcmpErrors } from '../../../src/model/icmp-errors.ts'
import { sipUnanswered } from '../../../src/rules/signalling/sip-unanswered.ts'
import { sipUndelivered } from '../../../src/rules/signalling/sip-undelivered.ts'
import { Watched } from '../../sip/watch/watched.ts'
import { frameAt, traceOf } from '../media-trace.ts'

const PBX = '192.0.2.1'
const TRUNK = '192.0.2.9'
const TIMES = [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]

/** Errors of the trunk's host about what the PBX sends it. */
const run = (from: number, until: number, changes: Partial<IcmpErrorRun> = {}): IcmpErrorRun => ({
  type: 3,
  code: 3,
  kind: 'port-unreachable',
  transport: 'udp',
  source: { address: PBX, port: 5060 },
  destination: { address: TRUNK, port: 5060 },
  by: TRUNK,
  count: 7,
  first: { ...frameAt(2, 0), timeUs: from * 1e6 },
  last: { ...frameAt(9, 0), timeUs: until * 1e6 },
  ...changes,
})

/** What is said of a request that was sent seven times, beside such errors. */
function found(start: string, runs: readonly IcmpErrorRun[]) {
  const watched = new Watched()
  for (const seconds of TIMES) watched.say({ from: PBX, to: TRUNK, start, callId: 'c', seconds })
  const signalling = watched.watch.facts(() => 1e9)
  const calls = [{ callId: 'c' } as AnalysedCall]
  return sipUnanswered.find(traceOf({ calls, signalling, icmp: new IcmpErrors(runs) }))
}

describe('requests without an answer that ICMP errors answer', () => {
  test.each(['INVITE', 'REGISTER'])('%s: sip-undelivered says why, and it is said once', (start) => {
    expect(found(start, [])).toHaveLength(1)
    expect(found(start, [run(0, 31.6)])).toEqual([])
  })

  test('what a scanner meets sip-undelivered does not tell, so who is taken for one loses nothing here', () => {
    const watched = new Watched()
    for (const seconds of TIMES) watched.say({ from: PBX, to: TRUNK, start: 'INVITE', callId: 'c', seconds })
    for (let n = 0; n < 16; n++) watched.say({ from: PBX, to: `198.51.100.${n}`, start: 'OPTIONS', callId: `o${n}` })
    const { source, destination } = run(0, 0)
    const path = { kind: 'request', source, destination, transport: 'udp' }
    const call = { callId: 'c', startUs: 0, lastUs: 31.5e6, paths: [path] } as unknown as AnalysedCall
    const facts = { calls: [call], signalling: watched.watch.facts(() => 1e9) }
    const trace = traceOf({ ...facts, icmp: new IcmpErrors([run(0, 31.6)]) })
    expect(sipUndelivered.find(trace)).toEqual([])
    expect(sipUnanswered.find(trace)).toMatchObject([{ kind: 'invite' }])
  })

  test('OPTIONS: of what belongs to no call and no registration the cause is said here', () => {
    const [one, ...rest] = found('OPTIONS', [run(0, 31.6)])
    expect(rest).toEqual([])
    expect(one.detail).toContain(` ICMP says why: ${TRUNK} answers it with ICMP port unreachable`)
    expect(one.evidence).toMatchObject({ icmp: { by: TRUNK, kind: 'port-unreachable' } })
    expect(found('OPTIONS', [])[0].detail).not.toContain('ICMP')
  })

  test.each<[string, IcmpErrorRun]>([
    ['that ended before the last of them', run(0, 3)],
    ['of another time', run(500, 510)],
    ['of another sender', run(0, 31.6, { source: { address: '192.0.2.77', port: 5060 } })],
    ['about another port', run(0, 31.6, { destination: { address: TRUNK, port: 5080 } })],
    ['about TCP', run(0, 31.6, { transport: 'tcp' })],
    ['of size, for fragments may come through', run(0, 31.6, { kind: 'too-big' })],
  ])('errors %s explain nothing', (_, other) => {
    expect(found('INVITE', [other])).toEqual(found('INVITE', []))
  })
})
