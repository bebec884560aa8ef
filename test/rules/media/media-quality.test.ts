import { describe, expect, test } from 'vitest'
import type { AnalysedCall, AnalysedStream } from '../../../src/model/analysis.ts'
import type { Stream } from '../../../src/model/report.ts'
import { mediaQuality } from '../../../src/rules/media/media-quality.ts'
import { CALLEE, CALLER, callOf, hop, type StreamOptions, streamBack, streamOf, traceOf } from '../media-trace.ts'

const found = (streams: readonly AnalysedStream[], calls: readonly AnalysedCall[] = [callOf()]) =>
  mediaQuality.find(traceOf({ calls, streams }))

/** 10 s at 50 packets a second, of which some are lost. */
const losing = (lost: number, facts: Partial<AnalysedStream> = {}, report: Partial<Stream> = {}) =>
  streamOf({ facts, report: { packets: 500 - lost, lost, ...report } })

const held = callOf({ exchanges: [hop(), hop({ seconds: 3, renegotiates: true })] })
const inSilence = { holes: { inSilence: 100, inLeaps: 0 } }

describe('media-quality: loss (RFC 3550 A.3)', () => {
  test('over 1 %, with the worst hole', () => {
    const largest = { packets: 20, durationMs: 420, capture: 0, frame: 77 }
    const [one, ...rest] = found([losing(40, { holes: { inSilence: 0, inLeaps: 0, largest } })])
    expect(rest).toEqual([])
    expect(one).toMatchObject({
      kind: 'loss',
      severity: 'warning',
      frames: [77],
      evidence: { lost: 40, expected: 500, lossPercent: 8, mostAtOnce: 20, mostAtOnceMs: 420 },
    })
  })

  test('most at once, where the times of the packets do not tell how long that was', () => {
    const largest = { packets: 20, durationMs: 0, capture: 0, frame: 77 }
    const [{ detail, evidence }] = found([losing(40, { holes: { inSilence: 0, inLeaps: 0, largest } })])
    expect(detail).toContain('At most 20 at once, before frame 77.')
    expect(evidence).not.toHaveProperty('mostAtOnceMs')
  })

  test('1 % is borne', () => {
    expect(found([losing(5)])).toEqual([])
    expect(found([losing(6)])).toHaveLength(1)
  })

  test('duplicates are no packets that arrived', () => {
    expect(found([losing(6, {}, { packets: 1500, duplicates: 500, captureDuplicates: 500 })])).toHaveLength(1)
  })

  test('an outage within a session that nobody changed', () => {
    expect(found([losing(100, inSilence)])).toHaveLength(1)
  })

  test('is none where another source had the way meanwhile, whatever the numbers did (RFC 3550 §8.2)', () => {
    const largest = { packets: 100, durationMs: 2000, capture: 0, frame: 60 }
    const paused = losing(100, { holes: { inSilence: 100, inLeaps: 0, largest } })
    const music = (options: StreamOptions) =>
      streamOf({ from: 3, until: 4.8, report: { ssrc: '0x00000002' }, ...options })
    expect(found([paused, music({})])).toEqual([])
    const fromOtherPort = music({ source: { ...CALLER, port: 2 }, report: {} })
    expect(found([paused, fromOtherPort])).toEqual([])
    expect(found([paused, music({ until: 3.9 }), music({ from: 4, until: 4.8 })])).toEqual([])
    const others = [
      music({ until: 3.3 }),
      music({ until: 9 }),
      music({ destination: { ...CALLEE, port: 2 } }),
      music({ source: { ...CALLER, port: 2 } }),
      music({ report: { kind: 'rtcp' } }),
    ]
    for (const other of others) expect(found([paused, other])).toHaveLength(1)
  })

  test('where streams lack the same time, the capture may', () => {
    const hole = (frame: number, durationMs: number) =>
      losing(100, { holes: { inSilence: 100, inLeaps: 0, largest: { packets: 100, durationMs, capture: 0, frame } } })
    const details = (...streams: AnalysedStream[]) => found(streams).map(({ detail }) => detail.split('. ').at(-1))
    const missing =
      'Another stream lacks the same time: a part of the capture may be missing, a file of a ring for one.'
    expect(details(hole(500, 2000), hole(503, 2019))).toEqual([missing, missing])
    for (const other of [hole(700, 2000), hole(503, 900)]) {
      expect(details(hole(500, 2000), other)).not.toContain(missing)
    }
    expect(details(hole(500, 200), hole(503, 200))).not.toContain(missing)
  })

  test('SRTP is judged by its sequence numbers too, whether or not its tags verify', () => {
    const [none, all] = [
      { plain: 0, unverified: 460 },
      { plain: 0, failed: 460 },
    ].map((report) => found([losing(40, {}, report)]))
    expect([none.length, all.length]).toEqual([1, 1])
  })

  test('a damaged capture, and one whose every stream loses, are named', () => {
    const lost = { reason: 'damaged: no record begins here', atByte: 99 }
    const captures = [
      {
        path: 'a.pcap',
        format: 'pcap',
        linkTypes: [],
        frames: 1,
        bytes: 1,
        truncatedFrames: 0,
        malformedFrames: 0,
        undecodedFrames: 0,
        lost,
      },
    ] as const
    const [one] = mediaQuality.find(traceOf({ calls: [callOf()], streams: [losing(40)], captures }))
    expect(one.detail).toContain('capture itself')
    const dropping = captures.map((capture) => ({ ...capture, droppedFrames: 12 }))
    const [other] = mediaQuality.find(traceOf({ calls: [callOf()], streams: [losing(40)], captures: dropping }))
    expect(other.detail).toContain('dropped 12 frames')
    expect(found([losing(40), losing(40), losing(40)])[0].detail).toContain('capturing host')
    expect(found([losing(40), streamBack()])[0].detail).not.toContain('capturing host')
  })

  test('many streams are summed up', () => {
    const all = found(Array.from({ length: 53 }, () => losing(40)))
    expect(all).toHaveLength(51)
    expect(all.at(-1)).toMatchObject({ evidence: { streams: 3 } })
  })
})

describe('media-quality: jitter (RFC 3550 §6.4.1, A.8)', () => {
  test('over 20 ms at its highest', () => {
    expect(found([streamOf({ report: { maxJitterMs: 29.3, jitterMs: 12, reordered: 81 } })])).toMatchObject([
      { kind: 'jitter', severity: 'warning', evidence: { maxJitterMs: 29.3, jitterMs: 12, reordered: 81 } },
    ])
  })

  test('20 ms are borne; without a known clock nothing is said', () => {
    expect(found([streamOf({ report: { maxJitterMs: 20, jitterMs: 3 } }), streamBack()])).toEqual([])
  })
})

describe("media-quality: timestamps by another clock than the codec's (RFC 3550 §5.1)", () => {
  const facts = { otherClock: { sent: 16000, agreed: 8000, jitterUs: 40_000 } }

  test('is not told as jitter', () => {
    const report = { codec: 'G722/8000', maxJitterMs: 40.2, jitterMs: 40 }
    const [one, ...rest] = found([streamOf({ facts, report })])
    expect(rest).toEqual([])
    expect(one).toMatchObject({ kind: 'clock', evidence: { sentClock: 16000, agreedClock: 8000, jitterMs: 40 } })
    expect(one.detail).toContain('by 16000 a second; those of G722/8000 advance by 8000')
  })

  test('is told where the jitter that it looks like would be borne', () => {
    expect(found([streamOf({ facts, report: { maxJitterMs: 19, jitterMs: 18 } })])).toMatchObject([{ kind: 'clock' }])
  })
})

describe('media-quality is silent', () => {
  test('a stream too short to speak of', () => {
    const report = { packets: 40, lost: 9, maxJitterMs: 40 }
    expect(found([streamOf({ report })])).toEqual([])
    expect(found([streamOf({ report: { packets: 58, lost: 2 } })])).toEqual([])
  })

  test('RTCP', () => expect(found([losing(40, {}, { kind: 'rtcp', maxJitterMs: 40 })])).toEqual([]))

  test('a hole that a hold made, but not what is lost beside it', () => {
    expect(found([losing(100, inSilence)], [held])).toEqual([])
    expect(found([losing(110, inSilence)], [held])).toMatchObject([{ evidence: { lost: 10 } }])
  })

  test('a silence of media whose signalling nobody saw', () => {
    expect(found([{ ...losing(100, inSilence), call: undefined } as never])).toEqual([])
  })

  test('a source that renumbers itself', () => {
    expect(found([losing(100, { holes: { inSilence: 0, inLeaps: 100 } })])).toEqual([])
  })

  test('numbers damaged on the way: those packets fail verification', () => {
    expect(found([losing(8, {}, { plain: 0, verified: 484, failed: 8 })])).toEqual([])
  })
})
