import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import type { AnalysedCall, Analysis } from '../../../src/model/analysis.ts'
import { type IcmpErrorRun, IcmpErrors } from '../../../src/model/icmp-errors.ts'
import { sipUndelivered } from '../../../src/rules/signalling/sip-undelivered.ts'
import type { SourceFacts } from '../../../src/sip/watch/facts.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, NOTHING_WATCHED, traceOf } from '../media-trace.ts'

const A: Endpoint = { address: CALLER.address, port: 5060 }
const B: Endpoint = { address: CALLEE.address, port: 5060 }
const ROUTER = '192.0.2.254'

const run = (changes: Partial<IcmpErrorRun> = {}, from = 0, until = 3): IcmpErrorRun => ({
  type: 3,
  code: 3,
  kind: 'port-unreachable',
  transport: 'udp',
  source: A,
  destination: B,
  by: B.address,
  count: 4,
  first: frameAt(20 + from, from),
  last: frameAt(20 + until, until),
  ...changes,
})

const REQUEST = { kind: 'request', source: A, destination: B, transport: 'udp' } as const
const RESPONSE = { kind: 'response', source: B, destination: A, transport: 'udp' } as const

/** An INVITE that nobody answers, repeated for three seconds. */
const LOST: AnalysedCall = {
  ...callOf({ state: 'incomplete', exchanges: [hop({ outcome: 'unanswered' })], paths: [REQUEST] }),
  answerUs: undefined,
  endUs: undefined,
  lastUs: frameAt(23, 3).timeUs,
}

/** Who sent requests, and nothing else is known of it. */
const SOURCE: SourceFacts = {
  address: '',
  missed: 0,
  invites: 0,
  peak: 0,
  targets: 0,
  silentTargets: 0,
  accounts: 0,
  refusedAccounts: 0,
  reachedAccounts: 0,
  silentAccounts: 0,
  more: false,
  probesAt: [],
  tries: [],
}

const found = (runs: readonly IcmpErrorRun[], calls: readonly AnalysedCall[] = [LOST], facts: Partial<Analysis> = {}) =>
  sipUndelivered.find(traceOf({ calls, icmp: new IcmpErrors(runs), ...facts }))

describe('sip-undelivered: ICMP errors about SIP (RFC 3261 §18.4)', () => {
  test('an INVITE to a closed port: who says so, and where', () => {
    const [one, ...rest] = found([run()])
    expect(rest).toEqual([])
    expect(one).toMatchObject({
      kind: 'closed-port',
      severity: 'error',
      callId: 'one',
      frames: [20, 23],
      evidence: { calls: 1, answered: 0, icmp: { by: B.address, kind: 'port-unreachable', errors: 4 } },
    })
    expect(one.detail).toBe(
      'SIP over UDP from 203.0.113.10 to 198.51.100.20:5060 does not arrive: 198.51.100.20 answers it with ICMP port ' +
        'unreachable (first in frame 20, last in 23): nothing listens on 198.51.100.20:5060, or a firewall or NAT there ' +
        'rejects it. A call was on its way then, and not answered.',
    )
    expect(one.remedy).toContain('listens on that address and port')
  })

  test.each<[IcmpErrorRun['kind'], string, string]>([
    ['prohibited', 'prohibited', 'rejects it'],
    ['host-unreachable', 'unreachable', 'nobody answers there'],
    ['network-unreachable', 'unreachable', 'no route'],
    ['ttl-exceeded', 'ttl-exceeded', 'in a circle'],
    ['too-big', 'too-big', 'larger than the next link takes, 1400 octets'],
    ['fragments-missing', 'too-big', 'fragments of it were lost'],
  ])('%s is %s', (reason, kind, says) => {
    const [one] = found([run({ kind: reason, by: ROUTER, ...(reason === 'too-big' && { mtu: 1400 }) })])
    expect(one).toMatchObject({ kind, severity: 'error' })
    expect(one.detail).toContain(says)
  })

  test('errors that go on in the next file of a rotated set have times: frames are counted anew there', () => {
    const [{ detail, evidence }] = found([run({ last: { ...frameAt(1, 3), capture: 1 } })])
    expect(detail).toContain('(first at 22:13:20.000 UTC, last at 22:13:23.000 UTC)')
    expect(evidence.icmp).not.toHaveProperty('lastFrame')
  })

  test('a router that needs some seconds to find nobody', () => {
    expect(found([run({ kind: 'host-unreachable', by: ROUTER }, 7, 7)])).toHaveLength(1)
    expect(found([run({ kind: 'host-unreachable', by: ROUTER }, 30, 30)])).toEqual([])
  })

  test('an answered call: a warning, and nothing of what came after its end', () => {
    const answered = callOf({ paths: [REQUEST, RESPONSE] })
    const [one] = found([run()], [answered])
    expect(one).toMatchObject({ severity: 'warning', evidence: { answered: 1 } })
    expect(one.detail).toMatch(/and answered all the same\.$/)
    expect(found([run({}, 10.1, 12)], [answered])).toEqual([])
    expect(found([run({ source: B, destination: A, by: A.address }, 10.1, 12)], [answered])).toEqual([])
  })

  test('not of a call that was established meanwhile: its flow is that of other calls too', () => {
    const established = callOf({ paths: [REQUEST, RESPONSE] })
    expect(found([run({}, 4, 6)], [established])).toEqual([])
  })

  test('a BYE that nobody answers: a warning', () => {
    const hungUp = { ...callOf({ paths: [REQUEST, RESPONSE] }), byeAnsweredUs: undefined }
    expect(found([run({}, 10, 11)], [hungUp])).toMatchObject([{ severity: 'warning' }])
  })

  test('of size nothing where the call was answered: the sender learns it and sends fragments (RFC 1191 §6.3)', () => {
    const big = run({ kind: 'too-big', code: 4, by: ROUTER })
    expect(found([big], [callOf({ paths: [REQUEST, RESPONSE] })])).toEqual([])
    expect(found([big], [{ ...LOST, paths: [REQUEST, RESPONSE] }])).toEqual([])
    // The receiver says that its port is closed: the fragments have come.
    expect(found([big, run({}, 1, 3)]).map(({ kind }) => kind)).toEqual(['closed-port'])
  })

  test('a target of a fork that is gone, where another answers: a warning', () => {
    const gone = { address: '192.0.2.77', port: 5060 }
    const forked = callOf({ paths: [REQUEST, RESPONSE, { ...REQUEST, destination: gone }] })
    const [one, ...rest] = found([run({ destination: gone, by: gone.address })], [forked])
    expect(rest).toEqual([])
    expect(one.severity).toBe('warning')
  })

  test('the calls of a trunk that is down are one finding', () => {
    const calls = Array.from({ length: 20 }, (_, n) => ({ ...LOST, callId: `call-${n}` }))
    const [one, ...rest] = found([run(), run({ source: { ...A, port: 5070 } })], calls)
    expect(rest).toEqual([])
    expect(one.callId).toBeUndefined()
    expect(one.detail).toMatch(/ 20 calls were on their way then, and not answered\.$/)
    const [some] = found([run()], [...calls, callOf({ callId: 'good', paths: [REQUEST, RESPONSE] })])
    expect(some.detail).toContain('21 calls were on their way then, and 1 of them answered')
  })

  const REGISTERS = {
    transport: 'udp',
    source: A,
    destination: B,
    messages: 3,
    registers: 3,
    registrar: B,
    at: [frameAt(1)],
  } as const
  /** The trunk sent responses to the PBX. */
  const ANSWERING = {
    ...NOTHING_WATCHED,
    peers: [
      {
        source: B.address,
        destination: A.address,
        transport: 'udp',
        requests: 0,
        responses: 3,
        at: [frameAt(2)],
        responsesAt: [frameAt(2)],
        lastAt: frameAt(2),
      },
    ],
  } as const

  test('REGISTER to a registrar that is down, without a call', () => {
    const [one] = found([run()], [], { clearSip: [REGISTERS] })
    expect(one).toMatchObject({ kind: 'closed-port', severity: 'error', evidence: { calls: 0 } })
    expect(one.detail).toMatch(/ REGISTER goes there\.$/)
    expect(found([run()], [], { clearSip: [REGISTERS], signalling: ANSWERING })).toMatchObject([
      { severity: 'warning' },
    ])
    expect(found([run()], [], { clearSip: [{ ...REGISTERS, registers: 0, registrar: undefined }] })).toEqual([])
  })

  test('a pair of endpoints is kept once: the registrar is where the REGISTER went, whoever spoke first', () => {
    const back = { ...REGISTERS, source: B, destination: A }
    expect(found([run()], [], { clearSip: [back] })).toHaveLength(1)
    expect(found([run({ source: B, destination: A, by: A.address })], [], { clearSip: [back] })).toEqual([])
  })

  test('of size nothing where the registrar answers', () => {
    const big = [run({ kind: 'too-big', code: 4, by: ROUTER })]
    expect(found(big, [], { clearSip: [REGISTERS], signalling: ANSWERING })).toEqual([])
    expect(found(big, [], { clearSip: [REGISTERS] })).toMatchObject([{ kind: 'too-big' }])
  })

  test('a PBX that asks many phones of which some are off is no scanner', () => {
    const pbx = { ...SOURCE, address: A.address, targets: 40, silentTargets: 18 }
    const signalling = { ...NOTHING_WATCHED, responses: true, sources: [pbx] }
    expect(found([run()], [LOST], { signalling })).toHaveLength(1)
    const scanner = { ...pbx, silentTargets: 39 }
    expect(found([run()], [LOST], { signalling: { ...signalling, sources: [scanner] } })).toEqual([])
  })

  test('errors of many hosts are summed up', () => {
    const runs = Array.from({ length: 60 }, (_, n) => run({ by: `192.0.2.${n + 1}` }))
    expect(found(runs).map(({ evidence }) => evidence.more)).toEqual([...Array(50).fill(undefined), 10])
  })

  test('nothing of media, of TCP, of other hosts, or of what a scanner meets', () => {
    expect(found([run({ destination: CALLEE })])).toEqual([])
    expect(found([run({ transport: 'tcp' })])).toEqual([])
    expect(found([run({ destination: { ...B, address: '192.0.2.9' } })])).toEqual([])
    const scanners = [{ address: A.address, product: 'friendly-scanner', requests: 1, at: [frameAt(1)] }]
    expect(found([run()], [LOST], { signalling: { ...NOTHING_WATCHED, scanners } })).toEqual([])
  })
})
