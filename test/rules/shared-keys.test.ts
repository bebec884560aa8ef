import { expect, test } from 'vitest'
import type { AnalysedStream } from '../../src/model/analysis.ts'
import { streamsOfSharedKeys } from '../../src/rules/shared-keys.ts'
import { streamOf } from './media-trace.ts'

function under(keys: readonly string[], kind: 'rtp' | 'rtcp' = 'rtp'): AnalysedStream {
  const verifiedUnder = keys.map((fingerprint) => ({ fingerprint, packets: 100 }))
  return streamOf({ report: { kind }, facts: { verifiedUnder } })
}

test('keys of one stream are left out, the others come in the order of their first streams', () => {
  const [a, b, c, d] = [under(['first', 'alone']), under(['second']), under(['second']), under(['first', 'second'])]
  expect([...streamsOfSharedKeys({ streams: [a, b, c, d] })]).toEqual([
    ['first', [a, d]],
    ['second', [b, c, d]],
  ])
})

test('RTCP is protected by the same key as its RTP (RFC 3711 §4.3)', () => {
  expect(streamsOfSharedKeys({ streams: [under(['one']), under(['one'], 'rtcp')] }).size).toBe(0)
})
