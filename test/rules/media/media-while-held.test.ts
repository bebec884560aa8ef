import { describe, expect, test } from 'vitest'
import type { AnalysedCall, AnalysedExchange, AnalysedStream, DescribedMedia } from '../../../src/model/analysis.ts'
import { mediaWhileHeld } from '../../../src/rules/media/media-while-held.ts'
import { CALLEE, CALLER, callOf, hop, mediaAt, streamBack, streamOf, traceOf } from '../media-trace.ts'

type Direction = DescribedMedia['direction']

const found = (streams: readonly AnalysedStream[], call: AnalysedCall, more = {}) =>
  mediaWhileHeld.find(traceOf({ calls: [call], streams, ...more }))

/** The directions that offer and answer agree on from a second on. */
const turn = (seconds: number, offer: Direction, answer: Direction) =>
  hop({
    seconds,
    renegotiates: seconds > 0,
    offerMedia: { ...mediaAt(CALLER), direction: offer },
    answerMedia: { ...mediaAt(CALLEE), direction: answer },
  })

const held = (offer: Direction, answer: Direction) =>
  callOf({ seconds: 20, exchanges: [hop(), turn(5, offer, answer)] })
const both = { exchanges: [0, 1], until: 20 }
const speaking = (talkSeconds = 20, options = {}) => streamOf({ ...both, ...options, report: { talkSeconds } })
const answering = (talkSeconds = 20, options = {}) => streamBack({ ...both, ...options, report: { talkSeconds } })

/** The same descriptions between two other hosts. */
const onHop = (from: string, to: string, exchange: AnalysedExchange, seconds: number): AnalysedExchange => {
  const { offer, answer } = { offer: exchange.offer.media[0], answer: exchange.answers[0].media[0] }
  return hop({ from, to, seconds, renegotiates: seconds > 0, offerMedia: offer, answerMedia: answer })
}

describe('media-while-held (RFC 3264 §8.4)', () => {
  test('a=inactive, and one side goes on', () => {
    const stream = answering()
    expect(found([speaking(5), stream], held('inactive', 'inactive'))).toMatchObject([
      {
        severity: 'warning',
        callId: 'one',
        streamId: stream.report.id,
        evidence: { direction: 'inactive', secondsSent: 13 },
      },
    ])
  })

  test('the one that is held goes on; the one that holds may send, music for one', () => {
    const [one, ...rest] = found([speaking(), answering()], held('sendonly', 'recvonly'))
    expect(rest).toEqual([])
    expect(one.detail).toMatch(/^198\.51\.100\.20:\d+ sends at least 13 s of RTP to 203\.0\.113\.10:\d+ while/)
    expect(one.detail).toContain('a=recvonly since 22:13:25.000 UTC (offer in frame')
  })

  test('on through a hold that was taken back: it was heard longer than it was to be', () => {
    const call = callOf({
      seconds: 30,
      exchanges: [hop(), turn(5, 'inactive', 'inactive'), turn(15, 'sendrecv', 'sendrecv')],
    })
    const through = { exchanges: [0, 1, 2], until: 30 }
    expect(found([speaking(30, through), answering(30, through)], call)).toHaveLength(2)
    expect(found([speaking(20, through), answering(22, through)], call)).toEqual([])
  })
})

describe('media-while-held on several hops', () => {
  const PROXY = '192.0.2.1'
  const proxied = (...turns: readonly (readonly [number, Direction, Direction])[]) => {
    const hops = [
      [CALLER.address, PROXY],
      [PROXY, CALLEE.address],
    ] as const
    const exchanges = [[0, 'sendrecv', 'sendrecv'] as const, ...turns].flatMap(([seconds, offer, answer]) =>
      hops.map(([from, to]) => onHop(from, to, turn(seconds, offer, answer), seconds)),
    )
    return callOf({ seconds: 20, exchanges })
  }

  test('that say the same, as a proxy passes it on', () => {
    const call = proxied([5, 'sendonly', 'recvonly'])
    const all = { exchanges: [0, 1, 2, 3], until: 20 }
    const [one, ...rest] = found([speaking(20, all), answering(20, all)], call)
    expect(rest).toEqual([])
    expect(one).toMatchObject({ evidence: { direction: 'recvonly', secondsSent: 13 } })
  })

  test('of which the sender is described on one', () => {
    const call = proxied([5, 'inactive', 'inactive'])
    expect(found([answering(20, { exchanges: [1, 3] })], call)).toHaveLength(1)
  })

  test('but not where one of them gave it leave', () => {
    const all = { exchanges: [0, 1, 2, 3, 4, 5], until: 20 }
    const call = proxied([5, 'inactive', 'inactive'], [12, 'sendrecv', 'sendrecv'])
    const onOne = { ...call, exchanges: call.exchanges.toSpliced(3, 1) }
    expect(found([answering(20, all)], call)).toHaveLength(1)
    expect(found([answering(20, { ...all, exchanges: [0, 1, 2, 3, 4] })], onOne)).toEqual([])
  })
})

describe('media-while-held is silent', () => {
  test('where the sender stops, or takes its time', () => {
    const call = held('inactive', 'inactive')
    expect(found([speaking(5, { until: 5.1 }), answering(8, { until: 8 })], call)).toEqual([])
  })

  test('where packets only keep a NAT open: no gap of theirs is talk', () => {
    expect(found([speaking(5), answering(5)], held('inactive', 'inactive'))).toEqual([])
  })

  test('where the two sides do not say the same', () => {
    expect(found([answering()], held('sendonly', 'sendrecv'))).toEqual([])
    expect(found([speaking()], held('recvonly', 'recvonly'))).toEqual([])
  })

  test('where the hold was refused, was one of another hop, or another stream was meant', () => {
    const refused = callOf({
      seconds: 20,
      exchanges: [hop(), { ...turn(5, 'inactive', 'inactive'), session: { ...hop().session, outcome: 'refused' } }],
    })
    expect(found([answering()], refused)).toEqual([])
    const elsewhere = onHop('192.0.2.1', '192.0.2.2', turn(5, 'inactive', 'inactive'), 5)
    expect(found([answering()], callOf({ seconds: 20, exchanges: [hop(), elsewhere] }))).toEqual([])
    expect(found([answering(20, { exchanges: [0] })], held('inactive', 'inactive'))).toEqual([])
  })

  test('where captures may have clocks of their own, and of RTCP', () => {
    const call = held('inactive', 'inactive')
    expect(found([answering()], call, { severalCaptures: true })).toEqual([])
    const rtcp = streamBack({ ...both, report: { kind: 'rtcp', talkSeconds: 20 } })
    expect(found([rtcp], call)).toEqual([])
  })
})
