import { describe, expect, test } from 'vitest'
import type { AnalysedCall } from '../../src/model/analysis.ts'
import { settledBy } from '../../src/scan/settled.ts'
import { callOf, frameAt, streamOf, traceOf } from '../rules/media-trace.ts'

const at = (seconds: number): number => frameAt(1, seconds).timeUs
/** Its last message comes ten seconds after the answer. */
const ended = callOf()
const without = (state: AnalysedCall['state'], call = ended): AnalysedCall => ({ ...call, state, endUs: undefined })

describe('what has ended for good', () => {
  test.each([
    ['an ended call', ended, 32],
    ['an INVITE without an answer (Timer C)', without('early'), 180],
    ['a call whose beginning was not captured', without('incomplete'), 180],
    ['parties that say nothing any more', without('established'), 3600],
  ])('%s, when its patience is over and not before', (_, call, seconds) => {
    const trace = traceOf({ calls: [call] })
    expect(settledBy(trace, at(10 + seconds)).calls.size).toBe(0)
    expect(settledBy(trace, at(10 + seconds + 1)).calls.size).toBe(1)
  })

  test('media keeps a call, and a call its silent streams', () => {
    const [early, late] = [streamOf({ until: 5 }), streamOf({ until: 60 })]
    const trace = traceOf({ calls: [ended], streams: [early, late] })
    expect(settledBy(trace, at(80)).streams).toEqual(new Set())
    expect(settledBy(trace, at(93)).streams).toEqual(new Set([early.report.id, late.report.id]))
  })

  test('a stream of no call goes by itself', () => {
    const stray = streamOf({ call: undefined, until: 20 })
    const trace = traceOf({ streams: [stray] })
    expect(settledBy(trace, at(52)).streams.size).toBe(0)
    expect(settledBy(trace, at(53)).streams).toEqual(new Set([stray.report.id]))
  })

  test('legs of one call go together', () => {
    const [first, second] = [ended, callOf({ callId: 'two', seconds: 30 })]
    const trace = traceOf({
      calls: [first, second],
      joined: [{ calls: [0, 1], by: ['media'], certainty: 'certain' }],
    })
    expect(settledBy(trace, at(50)).calls.size).toBe(0)
    expect(settledBy(trace, at(63)).calls).toEqual(new Set([0, 1]))
  })
})
