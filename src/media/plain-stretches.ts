import { currentAnswer, type Exchange } from '../sdp/exchange.ts'
import type { PlainStretch } from '../srtp/plain-stretch.ts'
import type { BoundLine } from './binder.ts'
import { agreedKeying } from './media-line.ts'
import { CHANGE_GRACE_US } from './schedule.ts'

const FIRST = Number.NEGATIVE_INFINITY
const FOREVER = Number.POSITIVE_INFINITY

/**
 * The stretches that every dialog and hop which names the stream left in the clear: before a re-INVITE secured the
 * session, with 2 s for packets under way, and from the offer on by which one gave protection up.
 */
export function plainStretches(lines: readonly BoundLine[]): readonly PlainStretch[] {
  let common: readonly PlainStretch[] | undefined
  for (const chain of chainsOf(lines)) {
    const stretches = stretchesOf(chain)
    common = common === undefined ? stretches : common.flatMap((one) => stretches.flatMap((other) => both(one, other)))
    if (common.length === 0) return common
  }
  return common ?? []
}

/** Answered exchanges that follow one another in a dialog on a hop, in their order. */
function chainsOf(lines: readonly BoundLine[]): readonly (readonly BoundLine[])[] {
  const chains = new Map<Exchange, BoundLine[]>()
  for (const line of lines) {
    if (line.exchange.state !== 'answered') continue
    let first = line.exchange
    for (let depth = 0; first.previous !== undefined && depth < MAX_DEPTH; depth++) first = first.previous
    const known = chains.get(first)
    if (known === undefined) chains.set(first, [line])
    else known.push(line)
  }
  return [...chains.values()]
}

const MAX_DEPTH = 1e6

/** Lines are in the order of their offers. */
function stretchesOf(chain: readonly BoundLine[]): readonly PlainStretch[] {
  const stretches: PlainStretch[] = []
  for (const [n, { exchange, index }] of chain.entries()) {
    if (agreedKeying(exchange, index) !== 'none') continue
    const keyed = chain.slice(n + 1).find((later) => agreedKeying(later.exchange, later.index) !== 'none')
    const answer = keyed === undefined ? undefined : currentAnswer(keyed.exchange)
    stretches.push({
      from: n === 0 ? FIRST : exchange.offer.at.position,
      untilUs: answer === undefined ? FOREVER : answer.at.timeUs + CHANGE_GRACE_US,
    })
  }
  return stretches
}

function both(one: PlainStretch, other: PlainStretch): PlainStretch[] {
  return [{ from: Math.max(one.from, other.from), untilUs: Math.min(one.untilUs, other.untilUs) }]
}
