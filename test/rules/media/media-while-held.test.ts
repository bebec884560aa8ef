import { describe, expect, test } from 'vitest'
import type { AnalysedCall, AnalysedStream, DescribedMedia } from '../../../src/model/analysis.ts'
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
    const elsewhere = hop({ ...turn(5, 'inactive', 'inactive'), from: '192.0.2.1', to: '192.0.2.2', seconds: 5 })
    const twoHops = callOf({ seconds: 20, exchanges: [hop(), turn(5, 'inactive', 'inactive'), elsewhere] })
    expect(found([answering()], twoHops)).toEqual([])
    expect(found([answering(20, { exchanges: [0] })], held('inactive', 'inactive'))).toEqual([])
  })

  test('where captures may have clocks of their own, and of RTCP', () => {
    const call = held('inactive', 'inactive')
    expect(found([answering()], call, { severalCaptures: true })).toEqual([])
    const rtcp = streamBack({ ...both, report: { kind: 'rtcp', talkSeconds: 20 } })
    expect(found([rtcp], call)).toEqual([])
  })
})
