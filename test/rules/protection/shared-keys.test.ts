import { expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { oppositeStreams, streamsOfSharedKeys } from '../../../src/rules/protection/shared-keys.ts'
import { streamOf } from '../media-trace.ts'

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

test('who offered first and answers a later offer sends in one direction still (RFC 3264 §8)', () => {
  const [a, b, relay] = ['203.0.113.10:4000', '198.51.100.20:6000', '198.51.100.1:5000']
  const sent = (src: string, dst: string, sender: 'offerer' | 'answerer') =>
    streamOf({
      report: { src, dst, sender, mediaIndex: 0 },
      facts: { call: 0, lines: [{ exchange: 1, index: 0, sender }] },
    })
  const [toRelay, direct] = [sent(a, relay, 'offerer'), sent(a, b, 'answerer')]
  expect(oppositeStreams([toRelay, direct])).toBeUndefined()
  const back = sent(relay, b, 'answerer')
  expect(oppositeStreams([toRelay, direct, back])).toEqual([toRelay, back])
})
