import { describe, expect, test } from 'vitest'
import { TcpFlag } from '../../../src/net/datagram.ts'
import { sipConnectionLost } from '../../../src/rules/signalling/sip-connection-lost.ts'
import { Watched } from '../../sip/watch/watched.ts'
import { frameAt, traceOf } from '../media-trace.ts'

const SBC = '203.0.113.5:40000'
const CARRIER = '198.51.100.20:5061'
const DATA = 0x18
const ACK = TcpFlag.Ack

interface Segment {
  readonly from: string
  readonly to: string
  readonly seconds: number
  readonly sequence?: number
  readonly octets?: number
  readonly flags?: number
  readonly capture?: number
}

const end = (text: string) => {
  const [address, port] = text.split(':')
  return { address, port: Number(port) }
}

function find(segments: readonly Segment[], untilSeconds = 1000, watched = new Watched()) {
  for (const [
    n,
    { from, to, seconds, sequence = 1, octets = 0, flags = octets > 0 ? DATA : ACK, capture = 0 },
  ] of segments.entries()) {
    const at = { ...frameAt(n + 1), timeUs: seconds * 1e6, capture }
    watched.watch.segment(flags, end(from), end(to), at, sequence, octets)
  }
  return sipConnectionLost.find(traceOf({ signalling: watched.watch.facts(() => untilSeconds * 1e6) }))
}

/** Both sides speak in turns, `rounds` times. */
const inUse = (rounds = 2, client = SBC, server = CARRIER): Segment[] =>
  Array.from({ length: rounds }, (_, n): Segment[] => [
    { from: client, to: server, seconds: n, sequence: 100 * n, octets: 100 },
    { from: server, to: client, seconds: n + 0.1, sequence: 100 * n, octets: 100 },
  ]).flat()

/** Timeouts that double from 0.2 s on (RFC 6298 §5.5). */
const again = (startSeconds: number, times = 7, from = SBC, to = CARRIER, octets = 400): Segment[] =>
  Array.from({ length: times }, (_, n) => ({
    from,
    to,
    seconds: startSeconds + 0.2 * (2 ** n - 1),
    sequence: 900,
    octets,
  }))

describe('the same octets again and again, and nothing comes back', () => {
  test('toward the server: an error', () => {
    const [one, ...others] = find([...inUse(), ...again(10)])
    expect(others).toEqual([])
    expect(one).toMatchObject({
      kind: 'silent',
      severity: 'error',
      frames: [5, 11],
      evidence: { source: '203.0.113.5', destination: CARRIER, silent: 1, times: 7, octets: 400, spanMs: 12_600 },
    })
    expect(one.detail).toContain('sends the same 400 octets 7 times within 12.6 s')
    expect(one.detail).not.toContain('forgotten')
  })

  test('after a long silence: who keeps state on the way may have forgotten it', () => {
    expect(find([...inUse(), ...again(700)])[0].detail).toContain('Nothing had been said on it for 699 s')
  })

  test('a long segment: the path may lose it', () => {
    const [one] = find([...inUse(), ...again(10, 7, SBC, CARRIER, 1448)])
    expect(one.detail).toContain('long segment')
    expect(one.remedy).toContain('MTU')
  })

  test('several segments after a long silence: it is the silence, though the last is sent again first (RFC 8985 §7.3)', () => {
    const long = again(700.01, 6, SBC, CARRIER, 1448).map((one) => ({ ...one, sequence: 2000 }))
    const tail = { from: SBC, to: CARRIER, octets: 600, sequence: 3448 }
    const segments = [
      ...inUse(),
      long[0],
      { ...tail, seconds: 700.011 },
      { ...tail, seconds: 700.15 },
      ...long.slice(1),
    ]
    const [one] = find(segments)
    expect(one).toMatchObject({ evidence: { octets: 1448, idleSeconds: 699 } })
    expect(one.detail).not.toContain('long segment')
  })

  test('toward a client that is gone: a warning', () => {
    expect(find([...inUse(3), ...again(10, 7, CARRIER, SBC)])).toMatchObject([
      { severity: 'warning', evidence: { source: '198.51.100.20', destination: '203.0.113.5' } },
    ])
  })

  test('until its sender resets it, closes it, or asks for another one', () => {
    for (const flags of [TcpFlag.Rst, TcpFlag.Fin | ACK, TcpFlag.Syn])
      expect(find([...inUse(), ...again(10), { from: SBC, to: CARRIER, seconds: 40, flags }])).toHaveLength(1)
  })

  test('several connections of the two are one finding', () => {
    const other = '203.0.113.5:40001'
    const segments = [...inUse(), ...inUse(2, other), ...again(10), ...again(10, 5, other)]
    expect(find(segments)).toMatchObject([{ evidence: { silent: 2, times: 7 } }])
  })

  test.each([
    [
      'whatever comes back shows that they may have arrived',
      [...again(10), { from: CARRIER, to: SBC, seconds: 30, octets: 90 }],
    ],
    ['three times are not enough', again(10, 3)],
    ['nor are copies of another interface', Array.from({ length: 9 }, (_, n) => again(10 + n * 0.05, 1)[0])],
    ['nor what another capture shows', again(10).map((one, n) => ({ ...one, capture: n }))],
    ['probes of a window that is closed', again(10, 7, SBC, CARRIER, 1)],
    ['other octets each time are not sent again', again(10).map((one, n) => ({ ...one, sequence: 900 + n }))],
  ])('%s', (_, segments) => expect(find([...inUse(), ...segments])).toEqual([]))

  test('the capture has to go on', () => expect(find([...inUse(), ...again(10, 5)], 13.2)).toEqual([]))

  test('a handshake that nobody goes on with is none: nothing was in use', () =>
    expect(find([...inUse(1), ...again(10)])).toEqual([]))

  test('another port is not one of SIP', () => {
    const web = '198.51.100.20:443'
    expect(find([...inUse(2, SBC, web), ...again(10, 7, SBC, web)])).toEqual([])
  })

  test('where both ends have a port of SIP either is a server', () => {
    const [a, b] = ['203.0.113.5:5061', '198.51.100.20:5061']
    for (const [from, to] of [
      [a, b],
      [b, a],
    ])
      expect(find([...inUse(3, from, to), ...again(10, 7, from, to)])).toMatchObject([
        { severity: 'error', evidence: { source: from.split(':')[0], destination: to } },
      ])
  })

  test('the last words of who closes, and what is said into a connection that is closed', () => {
    const last = again(400, 7, SBC, CARRIER, 31)
    const own = last.map((one) => ({ ...one, flags: DATA | TcpFlag.Fin }))
    expect(find([...inUse(), ...own])).toEqual([])
    expect(find([...inUse(), { from: CARRIER, to: SBC, seconds: 60, flags: TcpFlag.Fin | ACK }, ...last])).toEqual([])
  })

  test('toward a scanner', () => {
    const watched = new Watched().say({
      from: '203.0.113.5',
      to: '198.51.100.20',
      start: 'OPTIONS',
      callId: 's',
      headers: ['User-Agent: friendly-scanner'],
    })
    expect(find([...inUse(3), ...again(10, 7, CARRIER, SBC)], 1000, watched)).toEqual([])
  })
})

test('at an unusual port where SIP is spoken', () => {
  const server = '198.51.100.20:5091'
  const segments = [...inUse(3, SBC, server), ...again(100, 7, SBC, server)]
  expect(find(segments)).toEqual([])
  const watched = new Watched()
  watched.watch.server(end(server), frameAt(1))
  expect(find(segments, 1000, watched)).toMatchObject([{ severity: 'error', evidence: { destination: server } }])
})

describe('a RST for the first octets after a long silence', () => {
  const reset = (idle: number, before: readonly Segment[] = inUse()): Segment[] => [
    ...before,
    { from: SBC, to: CARRIER, seconds: 1.1 + idle, sequence: 900, octets: 400 },
    { from: CARRIER, to: SBC, seconds: 1.15 + idle, flags: TcpFlag.Rst },
  ]

  test('a warning', () => {
    expect(find(reset(400))).toMatchObject([
      { kind: 'reset', severity: 'warning', frames: [5, 6], evidence: { reset: 1, silent: 0, idleSeconds: 400 } },
    ])
  })

  test('without the silence it is a refusal of its own', () => expect(find(reset(5))).toEqual([]))

  test('behind a FIN it is how connections end', () =>
    expect(find(reset(400, [...inUse(), { from: SBC, to: CARRIER, seconds: 1.2, flags: TcpFlag.Fin | ACK }]))).toEqual(
      [],
    ))

  test('what went on between two captures nobody knows', () =>
    expect(find([...inUse(), ...reset(400, []).map((one) => ({ ...one, capture: 1 }))])).toEqual([]))
})

test('more than fifty are summed up', () => {
  const segments = Array.from({ length: 60 }, (_, n) => {
    const client = `203.0.113.${n + 1}:40000`
    return [...inUse(2, client), ...again(10, 7, client)]
  }).flat()
  const findings = find(segments)
  expect(findings).toHaveLength(51)
  expect(findings[50]).toMatchObject({ severity: 'error', evidence: { more: 10 } })
})
