import { describe, expect, test } from 'vitest'
import { LastHeard } from '../../src/scan/last-heard.ts'
import { settledBy } from '../../src/scan/settled.ts'
import { callOf, frameAt, streamOf, traceOf } from '../rules/media-trace.ts'

const S = 1_000_000
const NOON = 1_800_000_000 * S

describe('when something was heard last', () => {
  test('is the time of its last packet, where clocks agree', () => {
    const heard = new LastHeard()
    heard.look(0, 0)
    heard.look(NOON, 0)
    heard.of('a', NOON - S)
    expect(heard.look(NOON + 10 * S, 10_000)).toBe(NOON + 10 * S)
    expect(heard.of('a', NOON + 4 * S)).toBe(NOON + 4 * S)
    heard.look(NOON + 20 * S, 20_000)
    expect(heard.of('a', NOON + 4 * S)).toBe(NOON + 4 * S)
  })

  test.each([
    ['an hour late', -3600],
    ['an hour early', 3600],
  ])('is when it was seen to change, where its clock is %s', (_, seconds) => {
    const heard = new LastHeard()
    heard.look(NOON, 0)
    for (let n = 1; n < 100; n++) {
      const nowUs = heard.look(NOON + n * S, n * 1000)
      expect(nowUs - heard.of('a', NOON + (n + seconds) * S)).toBeLessThanOrEqual(S)
    }
    const nowUs = heard.look(NOON + 140 * S, 140_000)
    expect(nowUs - heard.of('a', NOON + (99 + seconds) * S)).toBeGreaterThan(40 * S)
  })

  test('goes on by our clock behind one packet from the future', () => {
    const heard = new LastHeard()
    heard.look(NOON, 0)
    const future = heard.look(NOON + 1e9 * S, 1000)
    heard.of('a', NOON)
    expect(heard.look(NOON + 2 * S, 2000)).toBe(future + S)
  })
})

test('a call from an agent with a late clock is kept as long as it is heard, and no longer than others', () => {
  const heard = new LastHeard()
  const look = (wallSeconds: number, agentSeconds: number) => {
    const call = { ...callOf(), state: 'early' as const, endUs: undefined, lastUs: frameAt(1, agentSeconds).timeUs }
    const media = streamOf({ call: undefined, until: agentSeconds })
    const nowUs = heard.look(frameAt(1, wallSeconds).timeUs, wallSeconds * 1000)
    const { calls, streams } = settledBy(traceOf({ calls: [call], streams: [media] }), nowUs, (name, ownUs) =>
      heard.of(name, ownUs),
    )
    return { calls: calls.size, streams: streams.size }
  }
  expect(look(1000, 1)).toEqual({ calls: 0, streams: 0 })
  expect(look(1001, 2)).toEqual({ calls: 0, streams: 0 })
  expect(look(1040, 2)).toEqual({ calls: 0, streams: 1 })
  expect(look(1200, 2)).toEqual({ calls: 1, streams: 1 })
})
