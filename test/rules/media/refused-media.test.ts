import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { type IcmpErrorRun, IcmpErrors } from '../../../src/model/icmp-errors.ts'
import { noMedia } from '../../../src/rules/media/no-media.ts'
import { oneWayMedia } from '../../../src/rules/media/one-way-media.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, mediaAt, streamBack, streamOf, traceOf } from '../media-trace.ts'

interface Told extends Partial<Omit<IcmpErrorRun, 'first' | 'last'>> {
  /** Seconds after the answer. */
  readonly from?: number
  readonly until?: number
}

/** Errors that answer what the caller sends, one a second, unless said otherwise. */
function told({ from = 0, until = 10, ...changes }: Told = {}): IcmpErrorRun {
  const { destination = CALLEE } = changes
  return {
    type: 3,
    code: 3,
    kind: 'port-unreachable',
    transport: 'udp',
    source: CALLER,
    destination,
    by: destination.address,
    count: Math.max(1, Math.round(until - from)),
    first: frameAt(500 + from, from),
    last: frameAt(500 + until, until),
    ...changes,
  }
}

const BOTH = [streamOf(), streamBack()]

const found = (runs: readonly IcmpErrorRun[], streams: readonly AnalysedStream[] = BOTH, call = callOf()) =>
  oneWayMedia.find(traceOf({ calls: [call], streams, icmp: new IcmpErrors(runs) }))

const kinds = (...all: Parameters<typeof found>) =>
  found(...all).map(({ kind, evidence }) => [kind, evidence.hearsNothing])

describe('one-way-media: packets that ICMP errors answer (RFC 1122 §3.2.2.1)', () => {
  test('the port of the receiver is closed through the call: refused, by whom and since when', () => {
    const [one, ...rest] = found([told({ from: 1 })])
    expect(rest).toEqual([])
    expect(one).toMatchObject({
      kind: 'refused',
      severity: 'error',
      streamId: expect.any(String),
      frames: [3, 10, 501, 510],
      evidence: {
        hearsNothing: CALLEE.address,
        silent: CALLER.address,
        since: '2023-11-14T22:13:21.000000Z',
        icmp: { by: CALLEE.address, kind: 'port-unreachable', type: 3, code: 3, errors: 9 },
      },
    })
    expect(one.detail).toContain(
      '198.51.100.20 answers it with ICMP port unreachable (first in frame 501, last in 510): nothing listens on 198.51.100.20:40000',
    )
    expect(one.remedy).toContain('listens on that port')
  })

  test('without anything that comes back, too', () => {
    const [one, ...rest] = found([told()], [streamOf()])
    expect([one.kind, ...rest.map(({ kind }) => kind)]).toEqual(['refused', 'no-packets'])
  })

  test('both directions, each for itself', () => {
    const back = told({ source: CALLEE, destination: CALLER })
    expect(kinds([told(), back])).toEqual([
      ['refused', CALLEE.address],
      ['refused', CALLER.address],
    ])
  })

  test.each<[string, Told]>([
    ['the port opens a second after the answer', { until: 1, count: 5 }],
    ['it opens three seconds after it', { until: 3, count: 3 }],
    ['it closes with the BYE', { from: 9.5, until: 13, count: 4 }],
    ['it closes a second before', { from: 8.9, until: 13, count: 5 }],
    ['errors came once', { from: 5, until: 5 }],
    ['it opens while the call runs', { from: 0, until: 4 }],
    ['they are about RTCP', { destination: { ...CALLEE, port: CALLEE.port + 1 } }],
    ['they are about another sender', { source: { ...CALLER, port: CALLER.port + 2 } }],
    ['some packets are too big, which the others are not', { kind: 'too-big', code: 4 }],
    ['a fragment of some is missing', { kind: 'fragments-missing', type: 11, code: 1 }],
    ['they are about TCP', { transport: 'tcp' }],
  ])('nothing where %s', (_name, run) => {
    expect(kinds([told(run)])).toEqual([])
  })

  test('nothing while the call was held', () => {
    const held = hop({ seconds: 2, offerMedia: mediaAt(CALLER, { direction: 'sendonly' }), renegotiates: true })
    const call = callOf({ exchanges: [hop(), held] })
    expect(kinds([told({ from: 2, until: 10 })], BOTH, call)).toEqual([])
  })

  test('since the answer, where early media was refused before it', () => {
    const early = streamOf({ from: -3 })
    const [one] = found([told({ from: -3 })], [early, streamBack()])
    expect(one.evidence.since).toBe('2023-11-14T22:13:20.000000Z')
  })

  test('nothing where it is sent elsewhere later: it is heard there', () => {
    const moved: Endpoint = { ...CALLEE, port: CALLEE.port + 10 }
    const [refused, heard] = [streamOf({ until: 5 }), streamOf({ from: 5, destination: moved })]
    expect(kinds([told({ until: 5 })], [refused, heard, streamBack()])).toEqual([])
    // Both are refused.
    const runs = [told({ until: 5 }), told({ from: 5, destination: moved })]
    expect(kinds(runs, [refused, heard, streamBack()])).toEqual([['refused', CALLEE.address]])
  })

  test('a sender that gives up for it: refused up to its last packet', () => {
    expect(kinds([told({ until: 4 })], [streamOf({ until: 4 }), streamBack()])).toEqual([['refused', CALLEE.address]])
  })

  test('a sender that gives up at once: stopped, and why', () => {
    const [one] = found([told({ from: 1, until: 1.5 })], [streamOf({ until: 2 }), streamBack()])
    expect(one).toMatchObject({ kind: 'stopped', evidence: { icmp: { kind: 'port-unreachable' } } })
    expect(one.detail).toContain('ICMP port unreachable')
    expect(one.remedy).toContain('listens on that port')
    const [another] = found([told({ from: 1, until: 1.5 })], [streamOf({ until: 5 }), streamBack()])
    expect(another.detail).not.toContain('ICMP')
  })

  test.each<[string, Told, string, string]>([
    [
      'a firewall in place of the receiver',
      { by: '192.0.2.254' },
      '192.0.2.254 answers it with ICMP port unreachable (first in frame 500, last in 510) in place of 198.51.100.20: a firewall on the way',
      'firewall or NAT',
    ],
    [
      'a firewall that says so',
      { by: '192.0.2.254', code: 13, kind: 'prohibited' },
      '192.0.2.254 rejects it with ICMP communication administratively prohibited',
      'media ports',
    ],
    [
      'a host that is gone',
      { by: '192.0.2.254', code: 1, kind: 'host-unreachable' },
      '192.0.2.254 says with ICMP host unreachable',
      'ARP',
    ],
    [
      'a router without a route',
      { by: '192.0.2.254', code: 0, kind: 'network-unreachable' },
      'no route to 198.51.100.20',
      'a route',
    ],
    [
      'a circle',
      { by: '192.0.2.254', type: 11, code: 0, kind: 'ttl-exceeded' },
      'drops it with ICMP time to live exceeded',
      'traceroute',
    ],
  ])('%s', (_name, run, says, mends) => {
    const [one] = found([told(run)])
    expect(one.kind).toBe('refused')
    expect(one.detail).toContain(says)
    expect(one.remedy).toContain(mends)
  })

  test('of IPv6 the words of ICMPv6', () => {
    const there = { address: '2001:db8::2', port: 40000 }
    const [one] = found(
      [told({ destination: there, type: 1, code: 3, kind: 'host-unreachable', by: '2001:db8::1' })],
      [streamOf({ destination: there }), streamBack()],
    )
    expect(one.detail).toContain('ICMPv6 address unreachable')
  })

  test('a private address is why nobody is there: that is said, and ICMP proves it', () => {
    const inside = { address: '10.0.0.5', port: 30000 }
    const lost = streamBack({ destination: inside })
    const run = told({ source: CALLEE, destination: inside, by: '192.0.2.254', code: 1, kind: 'host-unreachable' })
    const call = callOf({ exchanges: [hop({ offerMedia: mediaAt(inside) })] })
    const [one] = found([run], [streamOf(), lost], call)
    expect(one).toMatchObject({ kind: 'unreachable', evidence: { icmp: { by: '192.0.2.254' } } })
    expect(one.detail).toContain('where it cannot arrive; 192.0.2.254 says with ICMP host unreachable')
  })

  test('packets that nobody could hear anyway: the closed port comes before the key', () => {
    const failing = streamOf({ report: { failed: 500, plain: 0, protection: 'srtp' } })
    expect(kinds([told()], [failing, streamBack()])).toEqual([['refused', CALLEE.address]])
    expect(kinds([], [failing, streamBack()])).toEqual([['unverifiable', CALLEE.address]])
  })

  test('packets that were not captured, but refused: no-packets, and what ICMP says of them', () => {
    const [one, ...rest] = found([told({ source: CALLEE, destination: CALLER })], [streamOf()])
    expect(rest).toEqual([])
    expect(one).toMatchObject({ kind: 'no-packets', severity: 'error', evidence: { icmp: { by: CALLER.address } } })
    expect(one.detail).toContain('ICMP port unreachable')
    // A firewall may reject another sender, and let this one through.
    const other = { source: { ...CALLEE, address: '192.0.2.9' }, destination: CALLER, by: '192.0.2.254' }
    const [open] = found([told(other)], [streamOf()])
    expect(open.kind).toBe('no-packets')
    expect(open.detail).not.toContain('ICMP')
  })
})

describe('no-media: what ICMP says where no media was captured', () => {
  const run = told({ from: 4 })
  const silent = (icmp: readonly IcmpErrorRun[]) =>
    noMedia.find(traceOf({ calls: [callOf()], icmp: new IcmpErrors(icmp) }))

  test('media was sent and refused: an error of the call, with who refused it', () => {
    const [one] = silent([run])
    expect(one).toMatchObject({ severity: 'error', callId: 'one', frames: [3, 504, 510] })
    expect(one.detail).toContain('198.51.100.20 answers it with ICMP port unreachable')
  })

  test('not of what was refused before the call, as it began, or elsewhere', () => {
    for (const other of [
      told({ from: -9, until: -5 }),
      told({ until: 1, count: 5 }),
      told({ destination: { ...CALLEE, port: 9 } }),
    ]) {
      expect(silent([other])).toMatchObject([{ severity: 'warning', evidence: { calls: 1 } }])
    }
  })
})
