import { describe, expect, test } from 'vitest'
import type { AnalysedCall, AnalysedStream, DescribedMedia } from '../../../src/model/analysis.ts'
import type { Stream } from '../../../src/model/report.ts'
import { codecNotNegotiated } from '../../../src/rules/media/codec-not-negotiated.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, mediaAt, streamBack, streamOf, traceOf } from '../media-trace.ts'

const EVENTS = (payloadType: number) => ({ payloadType, name: 'telephone-event', clockRate: 8000 })
const offerMedia = mediaAt(CALLER, { payloadTypes: [0, 8, 101], codecs: [EVENTS(101)] })
const answerMedia = mediaAt(CALLEE, { payloadTypes: [0, 96], codecs: [EVENTS(96)] })
const call = callOf({ exchanges: [hop({ offerMedia, answerMedia })] })

const found = (stream: AnalysedStream, one: AnalysedCall = call) =>
  codecNotNegotiated.find(traceOf({ calls: [one], streams: [stream] }))

/** A payload type from one second of the trace to another. */
const use = (payloadType: number, from = 1, until = 9) => ({
  payloadType,
  first: frameAt(10 + from * 10, from),
  last: frameAt(11 + until * 10, until),
})

const sending = (
  uses: readonly ReturnType<typeof use>[],
  facts: Partial<AnalysedStream> = {},
  report: Partial<Stream> = {},
) =>
  streamOf({
    facts: { payloadTypeUses: uses, ...facts },
    report: { payloadTypes: uses.map(({ payloadType }) => payloadType), ...report },
  })

describe('codec-not-negotiated (RFC 3264 §5.1, §6.1)', () => {
  test('a codec that the receiver does not list, though the sender does', () => {
    expect(found(sending([use(0), use(8, 4, 5)]))).toMatchObject([
      {
        severity: 'error',
        callId: 'one',
        frames: [50, 3],
        evidence: { payloadType: 8, codec: 'PCMA/8000', described: [0, 96] },
      },
    ])
  })

  test("digits under the sender's own number: the receiver's is named", () => {
    const [one] = found(sending([use(0), use(101, 4, 5)]))
    expect(one).toMatchObject({ evidence: { payloadType: 101, codec: 'telephone-event/8000', describedAs: 96 } })
    expect(one.detail).toContain('wants telephone-event/8000 as 96')
  })

  test('in SRTP that verifies; before the first failure where some of it fails', () => {
    expect(found(sending([use(8)], {}, { verified: 500, plain: 0 }))).toHaveLength(1)
    const failing = { plain: 0, verified: 490, failed: 10, firstFailedFrame: 60 }
    expect(found(sending([use(0), use(8, 4, 9)], {}, failing))).toHaveLength(1)
    expect(found(sending([use(0), use(8, 6, 9)], {}, failing))).toEqual([])
  })

  test('a re-INVITE takes a codec away, and it goes on for more than 2 s', () => {
    const fewer = hop({
      offerMedia,
      answerMedia: mediaAt(CALLEE, { payloadTypes: [8] }),
      seconds: 5,
      renegotiates: true,
    })
    const changed = callOf({ exchanges: [hop({ offerMedia, answerMedia }), fewer] })
    const named = {
      exchanges: [0, 1],
      lines: [0, 1].map((exchange) => ({ exchange, index: 0, sender: 'offerer' as const })),
    }
    expect(found(sending([use(0, 1, 7), use(8, 5, 9)], named), changed)).toEqual([])
    const [one, ...rest] = found(sending([use(0, 1, 9)], named), changed)
    expect(rest).toEqual([])
    expect(one).toMatchObject({ frames: [101, 53], evidence: { payloadType: 0, described: [8] } })
    expect(one.detail).toContain('asked for by frame 3')
  })

  test('a re-INVITE makes fax of the audio (RFC 3362), and it goes on for more than 2 s', () => {
    const image = { kind: 'image', profile: 'udptl', payloadTypes: [] }
    const [offer, answer] = [mediaAt(CALLER, image), mediaAt(CALLEE, image)]
    const fax = hop({ offerMedia: offer, answerMedia: answer, seconds: 5, renegotiates: true })
    const named = {
      exchanges: [0, 1],
      lines: [0, 1].map((exchange) => ({ exchange, index: 0, sender: 'offerer' as const })),
    }
    const changed = callOf({ exchanges: [hop({ offerMedia, answerMedia }), fax] })
    const [one] = found(sending([use(0, 1, 9)], named), changed)
    expect(one.detail).toContain('which asked for it in frame 3 and no longer wants any. Seen in frame')
  })

  test('the callee sends by the numbers of a re-INVITE that it made itself: the caller receives by its answer', () => {
    const again = hop({
      from: CALLEE.address,
      to: CALLER.address,
      offerMedia: answerMedia,
      answerMedia: mediaAt(CALLER, { payloadTypes: [0] }),
      seconds: 3,
      renegotiates: true,
    })
    const swapped = callOf({ exchanges: [hop({ offerMedia, answerMedia }), again] })
    const lines = [
      { exchange: 0, index: 0, sender: 'answerer' },
      { exchange: 1, index: 0, sender: 'offerer' },
    ] as const
    const stream = streamBack({
      facts: { lines, payloadTypeUses: [use(8, 1, 9)] },
      report: { payloadTypes: [8] },
    })
    expect(found(stream, swapped)).toMatchObject([{ evidence: { payloadType: 8, described: [0] } }])
  })

  test('a type of which only its being there is known', () => {
    expect(found(sending([use(0)], {}, { payloadTypes: [0, 77] }))).toMatchObject([{ evidence: { payloadType: 77 } }])
  })
})

describe('codec-not-negotiated is silent', () => {
  test('what the receiver lists, each side by its own numbers', () => {
    expect(found(sending([use(0), use(96)]))).toEqual([])
    const back = { payloadTypeUses: [use(0), use(101)] }
    expect(found(streamBack({ facts: back, report: { payloadTypes: [0, 101] } }))).toEqual([])
  })

  test('comfort noise (RFC 3389 §4)', () => {
    expect(found(sending([use(0)], {}, { payloadTypes: [0, 13, 19] }))).toEqual([])
  })

  test('early media before the receiver said anything', () => {
    const late = callOf({ exchanges: [hop({ offerMedia, answerMedia, answer: { at: frameAt(99, 6) } })] })
    expect(found(sending([use(8, 1, 5)]), late)).toEqual([])
    expect(found(sending([use(8, 1, 9)]), late)).toHaveLength(1)
  })

  test('packets that did not verify, and those of nobody known', () => {
    expect(found(sending([use(8)], {}, { plain: 0, failed: 500 }))).toEqual([])
    expect(found(sending([use(8)], {}, { plain: 0, unverified: 500 }))).toEqual([])
    expect(found(sending([use(8)], {}, { kind: 'rtcp' }))).toEqual([])
    expect(found(sending([use(8)], { match: 'source' }))).toEqual([])
  })

  test('a stray toward the port from a host that is none of the call', () => {
    const stray = (address: string) =>
      streamOf({
        source: { address, port: 7000 },
        facts: { match: 'destination', payloadTypeUses: [use(8)] },
        report: { payloadTypes: [8] },
      })
    expect(found(stray('192.0.2.99'))).toEqual([])
    expect(found(stray(CALLER.address))).toHaveLength(1)
  })

  test('a bundled line (RFC 9143): any m= line of the description may be meant', () => {
    const video: DescribedMedia = mediaAt(CALLEE, { index: 1, kind: 'video', payloadTypes: [120] })
    const bundled = hop({ offerMedia, answerMedia, answer: { bundles: true, media: [answerMedia, video] } })
    expect(found(sending([use(0), use(120)]), callOf({ exchanges: [bundled] }))).toEqual([])
  })

  test('a proxy passes fewer codecs on: the other hop wants them all the same', () => {
    const fewer = hop({
      from: CALLEE.address,
      to: '192.0.2.9',
      answerMedia: mediaAt(CALLEE, { payloadTypes: [0] }),
      seconds: 1,
    })
    const proxied = callOf({ exchanges: [hop({ offerMedia, answerMedia }), fewer] })
    const lines = [0, 1].map((exchange) => ({ exchange, index: 0, sender: 'offerer' as const }))
    expect(found(sending([use(96)], { lines }), proxied)).toEqual([])
  })

  test('a re-INVITE that was refused', () => {
    const refused = hop({ offerMedia, seconds: 3, outcome: 'refused', renegotiates: true })
    const asked = callOf({ exchanges: [hop({ offerMedia, answerMedia }), refused] })
    const lines = [0, 1].map((exchange) => ({ exchange, index: 0, sender: 'offerer' as const }))
    expect(found(sending([use(0)], { lines }), asked)).toEqual([])
  })

  test('a description without payload types that can be read', () => {
    const unread = callOf({ exchanges: [hop({ offerMedia, answerMedia: mediaAt(CALLEE, { payloadTypes: [] }) })] })
    expect(found(sending([use(8)]), unread)).toEqual([])
  })
})
