import { describe, expect, test } from 'vitest'
import type { BoundLine } from '../../src/media/binding.ts'
import { plainStretches } from '../../src/media/plain-stretches.ts'
import type { Exchange } from '../../src/sdp/exchange.ts'
import { audio, crypto, described, exchange } from './exchanges.ts'

const [A, B] = ['203.0.113.10', '198.51.100.20']
const FOREVER = Number.POSITIVE_INFINITY
const FIRST = Number.NEGATIVE_INFINITY

const side = (address: string, isSecure: boolean) =>
  isSecure ? audio(address, 4000, 'RTP/SAVP', crypto(1, 7)) : audio(address, 4000, 'RTP/AVP')

/** Offered in a frame, answered two frames (and seconds) later. */
function agreed(
  frame: number,
  isSecure: boolean,
  more: { previous?: Exchange; state?: Exchange['state'] } = {},
): Exchange {
  const answers = more.state === undefined ? [described(frame + 2, side(B, isSecure), B, A)] : []
  return exchange('one', described(frame, side(A, isSecure)), answers, more)
}

const lines = (...exchanges: readonly Exchange[]): BoundLine[] =>
  exchanges.map((one) => ({ exchange: one, index: 0, sender: 'offerer', match: 'both' }))

describe('when a keyed session was agreed to be plain', () => {
  test('never, where every exchange keys it', () => {
    const first = agreed(1, true)
    expect(plainStretches(lines(first, agreed(50, true, { previous: first })))).toEqual([])
  })

  test('until 2 s after the answer to the re-INVITE that secures it', () => {
    const first = agreed(1, false)
    expect(plainStretches(lines(first, agreed(50, true, { previous: first })))).toEqual([
      { from: FIRST, untilUs: 54_000_000 },
    ])
  })

  test('by a 183 or by the 200 behind it, where these answer a best-effort offer (RFC 8643 §3) otherwise', () => {
    const offer = described(1, audio(A, 4000, 'RTP/AVP', crypto(1, 7)))
    const answer = (frame: number, ...keyed: readonly string[]) =>
      described(frame, audio(B, 4000, 'RTP/AVP', ...keyed), B, A)
    const stretches = (...answers: ReturnType<typeof answer>[]) =>
      plainStretches(lines(exchange('one', offer, answers)))
    expect(stretches(answer(3), answer(9, crypto(1, 8)))).toEqual([{ from: FIRST, untilUs: 11_000_000 }])
    expect(stretches(answer(3, crypto(1, 8)), answer(9))).toEqual([{ from: 8, untilUs: FOREVER }])
    expect(stretches(answer(3), answer(9))).toEqual([{ from: FIRST, untilUs: FOREVER }])
  })

  test('from the offer on that gives protection up', () => {
    const first = agreed(1, true)
    const second = agreed(50, false, { previous: first })
    expect(plainStretches(lines(first, second))).toEqual([{ from: 49, untilUs: FOREVER }])
    expect(plainStretches(lines(first, second, agreed(90, true, { previous: second })))).toEqual([
      { from: 49, untilUs: 94_000_000 },
    ])
  })

  test('not where another hop or fork keys it all the while', () => {
    const first = agreed(1, true)
    const second = agreed(50, false, { previous: first })
    expect(plainStretches(lines(first, second, agreed(2, true)))).toEqual([])
  })

  test('where the other hop gives it up too, from the later offer on', () => {
    const [first, hop] = [agreed(1, true), agreed(2, true)]
    const [second, next] = [agreed(50, false, { previous: first }), agreed(51, false, { previous: hop })]
    expect(plainStretches(lines(first, hop, second, next))).toEqual([{ from: 50, untilUs: FOREVER }])
  })

  test('an offer that was refused changes nothing', () => {
    const first = agreed(1, true)
    expect(plainStretches(lines(first, agreed(50, false, { previous: first, state: 'refused' })))).toEqual([])
  })

  test('of many hops that change over and over: no more than they have together', () => {
    const hop = (from: number): Exchange[] => {
      const chain: Exchange[] = []
      for (let n = 0; n < 100; n++) {
        const previous = chain.at(-1)
        chain.push(agreed(from + 50 * n, n % 2 === 0, previous === undefined ? {} : { previous }))
      }
      return chain
    }
    const hops = [hop(1), hop(2), hop(3), hop(4)]
    const all = plainStretches(lines(...hops.flat().sort((a, b) => a.offer.at.position - b.offer.at.position)))
    const each = hops.map((chain) => plainStretches(lines(...chain)))
    expect(all.length).toBeLessThanOrEqual(each.flat().length)
    const isIn = (stretches: typeof all, position: number) =>
      stretches.some(({ from, untilUs }) => from <= position && (position + 1) * 1_000_000 < untilUs)
    for (let position = 0; position < 5000; position++) {
      expect(isIn(all, position)).toBe(each.every((stretches) => isIn(stretches, position)))
    }
  })
})
