import { addToList } from '../bytes/lists-by-key.ts'
import type { Exchange } from '../sdp/exchange.ts'
import type { PlainStretch } from '../srtp/plain-stretch.ts'
import type { BoundLine } from './binding.ts'
import { agreedKeying, answersTaking } from './media-line.ts'
import { CHANGE_GRACE_US } from './schedule.ts'

const FIRST = Number.NEGATIVE_INFINITY
const FOREVER = Number.POSITIVE_INFINITY

/**
 * The stretches that every dialog and hop which names the stream left in the clear: before a re-INVITE secured the
 * session, with 2 s for packets under way, and from the offer on by which one gave protection up.
 */
export function plainStretches(lines: readonly BoundLine[]): readonly PlainStretch[] {
  if (!lines.some(isAgreedPlain)) return NO_STRETCHES
  let common: readonly PlainStretch[] | undefined
  for (const chain of chainsOf(lines)) {
    const stretches = stretchesOf(chain)
    common = common === undefined ? stretches : inBoth(common, stretches)
    if (common.length === 0) return common
  }
  return common ?? NO_STRETCHES
}

export const NO_STRETCHES: readonly PlainStretch[] = []

function isAgreedPlain({ exchange, index }: BoundLine): boolean {
  if (exchange.state !== 'answered') return false
  return answersTaking(exchange, index).some((answer) => agreedKeying(exchange, index, answer) === 'none')
}

/** Answered exchanges that follow one another in a dialog on a hop, in their order. */
function chainsOf(lines: readonly BoundLine[]): readonly (readonly BoundLine[])[] {
  const chains = new Map<Exchange, BoundLine[]>()
  for (const line of lines) {
    if (line.exchange.state !== 'answered') continue
    const { first } = line.exchange
    addToList(chains, first, line)
  }
  return [...chains.values()]
}

/** Lines are in the order of their offers, and so are the stretches; a later one lasts longer. */
function stretchesOf(chain: readonly BoundLine[]): readonly PlainStretch[] {
  const stretches: PlainStretch[] = []
  let untilUs = FOREVER
  for (const { from, answeredUs, isPlain } of chain.flatMap(agreementsIn).reverse()) {
    if (isPlain) stretches.push({ from, untilUs })
    else untilUs = answeredUs + CHANGE_GRACE_US
  }
  return lasting(stretches.reverse())
}

/** Each answer of an exchange agrees anew: a 200 may secure what the 183 left in the clear, or give it up. */
function agreementsIn({ exchange, index }: BoundLine, n: number) {
  return answersTaking(exchange, index).map((answer, nth) => {
    const begins = nth === 0 ? exchange.offer : (answer ?? exchange.offer)
    return {
      from: n === 0 && nth === 0 ? FIRST : begins.at.position,
      answeredUs: answer?.at.timeUs ?? FOREVER,
      isPlain: agreedKeying(exchange, index, answer) === 'none',
    }
  })
}

/**
 * What is plain for both. A position is plain up to the latest end of the stretches that have begun: of two such lists the
 * earlier of the two ends counts, wherever either changes. So there are never more stretches than both have together.
 */
function inBoth(one: readonly PlainStretch[], other: readonly PlainStretch[]): readonly PlainStretch[] {
  const stretches: PlainStretch[] = []
  for (let a = 0, b = 0; a < one.length || b < other.length; ) {
    const from = Math.min(one[a]?.from ?? FOREVER, other[b]?.from ?? FOREVER)
    while (a < one.length && one[a].from <= from) a++
    while (b < other.length && other[b].from <= from) b++
    if (a > 0 && b > 0) stretches.push({ from, untilUs: Math.min(one[a - 1].untilUs, other[b - 1].untilUs) })
  }
  return lasting(stretches)
}

/** Stretches in the order of their beginnings, without those that last no longer than one before them. */
function lasting(stretches: readonly PlainStretch[]): readonly PlainStretch[] {
  const kept: PlainStretch[] = []
  for (const stretch of stretches) {
    const before = kept.at(-1)
    if (before === undefined || stretch.untilUs > before.untilUs) kept.push(stretch)
  }
  return kept
}
