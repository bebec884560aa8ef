import { expect, test } from 'vitest'
import type { AnalysedCall, AnalysedStream } from '../../src/model/analysis.ts'
import { mediaWhileHeld } from '../../src/rules/media/media-while-held.ts'
import { cryptoMismatch } from '../../src/rules/protection/crypto-mismatch.ts'
import { CALLEE, CALLER, callOf, hop, mediaAt, streamOf, traceOf } from './media-trace.ts'

const STREAMS = 200
const TURNS = 30

/** Streams of one binding, which share the list of its lines. */
function streamsOf(of: AnalysedStream): AnalysedStream[] {
  return Array.from({ length: STREAMS }, (_, n) => ({ ...of, report: { ...of.report, id: `s${n}` } }))
}

/** A value, and how often it was asked for. */
function counted<T extends object, K extends keyof T>(
  object: T,
  key: K,
): { readonly of: T; readonly times: () => number } {
  let times = 0
  const value = object[key]
  const of = Object.defineProperty({ ...object }, key, {
    get: () => {
      times++
      return value
    },
  })
  return { of, times: () => times }
}

const all = Array.from({ length: TURNS }, (_, n) => n)

test('the holds of thousands of streams are found once for the lines that they share', () => {
  const turns = all.map((n) =>
    hop({
      seconds: 10 * n,
      renegotiates: n > 0,
      offerMedia: { ...mediaAt(CALLER), direction: n === 0 ? 'sendrecv' : 'inactive' },
      answerMedia: { ...mediaAt(CALLEE), direction: n === 0 ? 'sendrecv' : 'inactive' },
    }),
  )
  const call = counted<AnalysedCall, 'exchanges'>(callOf({ exchanges: turns, seconds: 300 }), 'exchanges')
  const streams = streamsOf(streamOf({ exchanges: all, until: 300, report: { talkSeconds: 300 } }))
  expect(mediaWhileHeld.find(traceOf({ calls: [call.of], streams }))).toHaveLength(51)
  expect(call.times()).toBeLessThan(10)
})

test('and so are the hops that may change their keys', () => {
  const hops = all.map((n) => hop({ seconds: 10 * n, renegotiates: n > 1, from: `192.0.2.${n % 2}` }))
  const call = counted<AnalysedCall, 'exchanges'>(callOf({ exchanges: hops }), 'exchanges')
  const of = streamOf({ exchanges: all, report: { plain: 0, verified: 500, protection: 'srtp' } })
  expect(cryptoMismatch.find(traceOf({ calls: [call.of], streams: streamsOf(of) }))).toEqual([])
  expect(call.times()).toBeLessThan(2 * TURNS)
})

test('thousands of m= lines without a key ask once what streams show', () => {
  const unkeyed = { profile: 'RTP/SAVP' }
  const turns = all.map((n) =>
    hop({ seconds: 10 * n, offerMedia: mediaAt(CALLER, unkeyed), answerMedia: mediaAt(CALLEE, unkeyed) }),
  )
  const stream = counted<AnalysedStream, 'report'>(streamOf({ exchanges: all }), 'report')
  const streams = [...streamsOf(streamOf({ exchanges: all })), stream.of]
  expect(cryptoMismatch.find(traceOf({ calls: [callOf({ exchanges: turns })], streams }))).toMatchObject([
    { kind: 'offer-lacks-crypto' },
  ])
  expect(stream.times()).toBeLessThan(TURNS)
})
