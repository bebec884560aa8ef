import { expect, test } from 'vitest'
import type { AnalysedCall, DescribedFact, DescribedMedia } from '../../../src/model/analysis.ts'
import { isWantedThroughout, wantedTypes } from '../../../src/rules/media/wanted-types.ts'
import { CALLEE, callOf, frameAt, hop, mediaAt, streamOf } from '../media-trace.ts'

const PCMU = { payloadType: 0, name: 'PCMU', clockRate: 8000 }
const wanting = (changes: Partial<DescribedMedia> = {}) =>
  mediaAt(CALLEE, { payloadTypes: [0], codecs: [PCMU], ...changes })
const answering = (...answers: Partial<DescribedFact>[]): AnalysedCall => {
  const exchange = hop()
  const [answer] = exchange.answers
  return callOf({ exchanges: [{ ...exchange, answers: answers.map((changes) => ({ ...answer, ...changes })) }] })
}
const plain = streamOf()

test('a stream of one m= line that was described once, with a codec for each type', () => {
  expect(isWantedThroughout(plain, answering({ media: [wanting()] }))).toBe(true)
  expect(wantedTypes(plain.lines, answering({ media: [wanting()] }))).toMatchObject([
    { types: new Set([0]), untilUs: Number.POSITIVE_INFINITY },
  ])
})

test('nothing is taken for wanted that no codec stands for, or that another line lists', () => {
  const use = { payloadType: 96, first: frameAt(20, 1), last: frameAt(90, 8) }
  const wanted = answering({ media: [wanting()] })
  expect(isWantedThroughout(streamOf({ report: { payloadTypes: [0, 96] } }), wanted)).toBe(false)
  expect(isWantedThroughout(streamOf({ facts: { payloadTypeUses: [use] } }), wanted)).toBe(false)
  for (const changes of [{ rejected: true }, { profile: 'udptl' }, { codecs: [] }]) {
    expect(isWantedThroughout(plain, answering({ media: [wanting(changes)] }))).toBe(false)
  }
  expect(isWantedThroughout(plain, answering({ bundles: true, media: [wanting({ codecs: [] }), wanting()] }))).toBe(
    false,
  )
  expect(isWantedThroughout(plain, answering())).toBe(false)
  expect(isWantedThroughout(plain, answering({ media: [wanting()] }, { media: [wanting()] }))).toBe(false)
})

test('where a later exchange may say otherwise, nothing is taken for wanted throughout', () => {
  const exchange = hop({ answerMedia: wanting() })
  const call = callOf({ exchanges: [exchange, { ...exchange, renegotiates: true }] })
  expect(isWantedThroughout(streamOf({ exchanges: [0, 1] }), call)).toBe(false)
})
