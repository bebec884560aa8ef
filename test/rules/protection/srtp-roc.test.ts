import { describe, expect, test } from 'vitest'
import { srtpRoc } from '../../../src/rules/protection/srtp-roc.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, type StreamOptions, streamOf, traceOf } from '../media-trace.ts'

const RELAY = { address: '192.0.2.5', port: 30_000 }
const NEW_PORT = { ...CALLER, port: 30_010 }

/** A stream that starts with a counter of 1 where an answer asks for it, 5 s into the call. */
const startsAtOne = (options: StreamOptions, keyFingerprint: string) =>
  streamOf({
    ...options,
    from: 5,
    exchanges: [1],
    facts: { rocChanges: [{ ...frameAt(60, 5), kind: 'offset', expected: 0, found: 1, sequence: 1000, packets: 250 }] },
    report: { roc: { first: 1, last: 1 }, keyFingerprint },
  })

describe('srtp-roc (RFC 3711 §3.3.1)', () => {
  test.each<[string, StreamOptions, string, readonly string[]]>([
    ['goes on from another port', { source: NEW_PORT }, 'new', []],
    ['goes on from elsewhere under its key', { source: RELAY }, 'old', []],
    ['is sent on by a relay under a key of its own', { source: RELAY }, 'new', ['offset']],
  ])('a source that wrapped and %s', (_, options, key, expected) => {
    const before = streamOf({ until: 5, report: { roc: { first: 0, last: 1 }, keyFingerprint: 'old' } })
    const call = callOf({ exchanges: [hop(), hop({ seconds: 5, renegotiates: true })] })
    const streams = [before, startsAtOne({ destination: CALLEE, ...options }, key)]
    expect(srtpRoc.find(traceOf({ calls: [call], streams })).map(({ kind }) => kind)).toEqual(expected)
  })

  test.each([
    [20, ['offset']],
    [12, []],
  ])('a source that changes its SSRC in the middle, where the other one ended at %d s', (until, expected) => {
    const other = streamOf({ until, report: { ssrc: '0x00000001', roc: { first: 0, last: 0 } } })
    const change = { ...frameAt(60, 20), kind: 'offset', expected: 0, found: 1, sequence: 5000, packets: 90 } as const
    const next = streamOf({
      from: 20,
      facts: { rocChanges: [change] },
      report: { ssrc: '0x00000002', roc: { first: 1, last: 1 } },
    })
    const found = srtpRoc.find(traceOf({ calls: [callOf({ exchanges: [hop()] })], streams: [other, next] }))
    expect(found.map(({ kind }) => kind)).toEqual(expected)
  })

  test('looks at each stream a few times, however many streams start with another counter', () => {
    const COUNT = 500
    let reads = 0
    const streams = Array.from({ length: COUNT }, (_, n) => {
      const place = frameAt(10 + n, 0.2)
      const change = { ...place, kind: 'offset', expected: 0, found: 3, sequence: 1000, packets: 1 } as const
      const stream = streamOf({
        facts: { firstAt: { ...place, timeUs: place.timeUs + n }, rocChanges: [change] },
        report: { roc: { first: 3, last: 30 + n } },
      })
      const { report } = stream
      const get = () => {
        reads++
        return report
      }
      return Object.defineProperty(stream, 'report', { get })
    })
    const found = srtpRoc.find(traceOf({ calls: [callOf({ exchanges: [hop()] })], streams }))
    expect(found.map(({ kind }) => kind)).toEqual(Array(COUNT).fill('offset'))
    expect(reads).toBeLessThan(50 * COUNT)
  })
})
