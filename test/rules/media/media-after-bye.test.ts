import { describe, expect, test } from 'vitest'
import type { AnalysedCall, AnalysedStream } from '../../../src/model/analysis.ts'
import { mediaAfterBye } from '../../../src/rules/media/media-after-bye.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, mediaAt, streamBack, streamOf, traceOf } from '../media-trace.ts'

const found = (streams: readonly AnalysedStream[], calls: readonly AnalysedCall[] = [callOf()]) =>
  mediaAfterBye.find(traceOf({ calls, streams }))

/** Another call, from one second of the trace to another, that wants its media where the first one did. */
const again = (from: number, until: number | undefined, offerMedia = mediaAt(CALLER)): AnalysedCall => {
  const {
    endUs: _,
    byeAnsweredUs: __,
    ...call
  } = callOf({ callId: 'two', exchanges: [hop({ seconds: from, offerMedia })] })
  const ended = until === undefined ? {} : { endUs: frameAt(1, until).timeUs, byeAnsweredUs: frameAt(1, until).timeUs }
  return { ...call, startUs: frameAt(1, from).timeUs, ...ended }
}

/** Media in a second capture, from one second by its clock to another. */
function apart(from: number, until: number, calls: readonly AnalysedCall[] = [callOf()]) {
  const stream = streamOf({ from, until })
  const [firstAt, lastAt] = [stream.firstAt, stream.lastAt].map((at) => ({ ...at, capture: 1 }))
  return traceOf({ calls, streams: [{ ...stream, firstAt, lastAt }], clocks: [0, 1] })
}

describe('media-after-bye (RFC 3261 §15)', () => {
  test('a stream that goes on more than 2 s after the BYE was answered', () => {
    const late = streamOf({ until: 15 })
    expect(found([late, streamBack()])).toMatchObject([
      { severity: 'warning', callId: 'one', streamId: late.report.id, frames: [161], evidence: { secondsAfter: 5 } },
    ])
  })

  test('both directions are one finding', () => {
    const [one, ...rest] = found([streamOf({ until: 15 }), streamBack({ until: 18 })])
    expect(rest).toEqual([])
    expect(one).toMatchObject({ evidence: { secondsAfter: 8 } })
    expect(one.detail).toContain('and back')
  })

  test('a source that begins only then', () => {
    expect(found([streamOf({ from: 20, until: 25 })])).toMatchObject([{ frames: [210, 261] }])
  })

  test('a call that failed: its early media ends with it', () => {
    const { byeAnsweredUs: _, ...failed } = callOf({ state: 'failed', seconds: 3 })
    expect(found([streamBack({ until: 8 })], [failed])).toHaveLength(1)
  })

  test('the port was used by another call, which is over too: that one is named', () => {
    expect(found([streamOf({ until: 40 })], [callOf(), again(12, 30)])).toMatchObject([
      { callId: 'two', evidence: { secondsAfter: 10 } },
    ])
  })

  test('by its length, where its clock cannot be compared with that of the signalling', () => {
    const [one, ...rest] = mediaAfterBye.find(apart(500, 513))
    expect(rest).toEqual([])
    expect(one).toMatchObject({ evidence: { secondsAfter: 3 } })
    expect(one.detail).toContain('lasts 3 s longer than the session did')
  })

  test('many are summed up', () => {
    const streams = Array.from({ length: 52 }, (_, n) =>
      streamOf({ destination: { ...CALLEE, port: 2 * n + 2 }, until: 15 }),
    )
    const all = found(streams)
    expect(all).toHaveLength(51)
    expect(all.at(-1)).toMatchObject({ evidence: { pairs: 2 } })
  })
})

describe('media-after-bye is silent', () => {
  test('media by another clock that lasts no longer than the session', () => {
    expect(mediaAfterBye.find(apart(500, 511))).toEqual([])
    expect(mediaAfterBye.find({ ...apart(500, 511), clocks: [0, 0] })).toHaveLength(1)
  })

  test('media by another clock on ports that were used again', () => {
    expect(mediaAfterBye.find(apart(500, 513, [callOf(), again(12, 39)]))).toEqual([])
  })

  test('2 s are borne', () => expect(found([streamOf({ until: 12 })])).toEqual([]))

  test('a call that goes on', () => {
    const { endUs: _, byeAnsweredUs: __, ...open } = callOf({ state: 'established' })
    expect(found([streamOf({ until: 60 })], [open])).toEqual([])
  })

  test('a BYE that nobody answered: it may never have arrived', () => {
    const { byeAnsweredUs: _, ...unanswered } = callOf()
    expect(found([streamOf({ until: 60 })], [unanswered])).toEqual([])
  })

  test('another call uses the same ports', () => {
    expect(found([streamOf({ until: 40 })], [callOf(), again(12, 39)])).toEqual([])
    expect(found([streamOf({ until: 40 })], [callOf(), again(12, undefined)])).toEqual([])
    expect(found([streamOf({ until: 40 })], [callOf(), again(12, 39), again(13, 20)])).toEqual([])
  })

  test('another call uses them behind a NAT: by their port where its signalling came from', () => {
    const behind = mediaAt({ address: '10.0.0.5', port: CALLER.port })
    expect(found([streamOf({ until: 40 })], [callOf(), again(12, 39, behind)])).toEqual([])
  })

  test('the answer to the BYE came late', () => {
    const slow = { ...callOf(), byeAnsweredUs: frameAt(1, 14).timeUs }
    expect(found([streamOf({ until: 15 })], [slow])).toEqual([])
  })

  test('RTCP, and streams of no call', () => {
    expect(
      found([streamOf({ until: 15, report: { kind: 'rtcp' } }), streamOf({ until: 15, call: undefined })]),
    ).toEqual([])
  })
})
