import { expect, test } from 'vitest'
import type { BoundLine } from '../../src/media/binding.ts'
import { unseenStretches } from '../../src/media/unseen-agreements.ts'
import type { Exchange } from '../../src/sdp/exchange.ts'
import { audio, crypto, described, exchange } from './exchanges.ts'

const FOREVER = Number.POSITIVE_INFINITY
const text = (octet: number) => audio('203.0.113.10', 4000, 'RTP/SAVP', crypto(1, octet))

/** The exchanges of a dialog, each answered a second after its offer or not at all; an offer every ten frames. */
function dialog(areAnswered: readonly boolean[]): Exchange[] {
  const exchanges: Exchange[] = []
  for (const [n, isAnswered] of areAnswered.entries()) {
    const answers = isAnswered ? [described(10 * n + 2, text(n + 100))] : []
    const previous = exchanges.at(-1)
    exchanges.push(exchange('call', described(10 * n + 1, text(n)), answers, previous && { previous }))
  }
  return exchanges
}

const sentBy = (sender: BoundLine['sender'], exchanges: readonly Exchange[]): BoundLine[] =>
  exchanges.map((one) => ({ exchange: one, index: 0, sender, match: 'both' }))

test('what was offered again and not answered: one stretch up to the next answer, whatever comes how often', () => {
  const exchanges = dialog([true, false, false, true, false, true, ...Array.from({ length: 500 }, () => false)])
  expect(unseenStretches(sentBy('answerer', exchanges))).toEqual([
    { agreement: 48, from: 60, untilUs: FOREVER, isFirst: false, isMasked: false },
    { agreement: 32, from: 40, untilUs: 54_000_000, isFirst: false, isMasked: false },
    { agreement: 8, from: 10, untilUs: 34_000_000, isFirst: false, isMasked: false },
  ])
  expect(unseenStretches(sentBy('offerer', exchanges))).toEqual([])
})

test('an offer that was refused changed nothing, and one that was answered on another hop was seen', () => {
  const [first, second] = dialog([true, false])
  const onOtherHop = exchange('call', second.offer, [described(12, text(101))], { previous: first })
  expect(unseenStretches(sentBy('answerer', [first, second, onOtherHop]))).toEqual([])
  expect(unseenStretches(sentBy('answerer', [first, Object.assign(second, { state: 'refused' })]))).toEqual([])
})
