import { currentAnswer } from '../sdp/exchange.ts'
import type { UnseenStretch } from '../srtp/unseen-stretch.ts'
import type { BoundLine } from './binder.ts'
import { describedBy, mediaOf } from './media-line.ts'
import { CHANGE_GRACE_US } from './schedule.ts'

const FIRST = Number.NEGATIVE_INFINITY
const FOREVER = Number.POSITIVE_INFINITY

/**
 * When a stream's sender went by an agreement of which the capture does not hold what it described: before the first that
 * was captured, and from an offer on that was answered by nobody, or that only its answer tells of. Each ends with the 2 s
 * after the next answer.
 */
export function unseenStretches(lines: readonly BoundLine[]): readonly UnseenStretch[] {
  if (!lines.some(mayBeUnseen)) return NO_UNSEEN
  const seen = lines.filter((line) => !isUnseen(line))
  return [...before(seen), ...between(lines, seen)]
}

export const NO_UNSEEN: readonly UnseenStretch[] = []

function mayBeUnseen(line: BoundLine): boolean {
  return line.exchange.continuesUnseen === true || isUnseen(line)
}

/** Nothing is there of what the sender described, or what is there ends before its keys. */
function isUnseen({ exchange, index, sender }: BoundLine): boolean {
  return !describedBy(exchange, sender).some((described) => {
    const media = mediaOf(described, index)
    return media !== undefined && !(media.isCut && media.crypto.length === 0)
  })
}

/** All that was captured goes on from what was not: the first answer's grace is when that ends. */
function before(seen: readonly BoundLine[]): readonly UnseenStretch[] {
  if (seen.length === 0 || !seen.every(goesOn)) return NO_UNSEEN
  const ends = seen.flatMap((line) => (isFirstSeen(line) ? answeredUs(line) : []))
  if (ends.length === 0) return NO_UNSEEN
  return [{ agreement: -1, from: FIRST, untilUs: Math.max(...ends) + CHANGE_GRACE_US, isFirst: true }]
}

function goesOn({ exchange }: BoundLine): boolean {
  return exchange.previous !== undefined || exchange.continuesUnseen === true
}

/** Whether the sender described nothing that was captured in the exchange before. */
function isFirstSeen({ exchange, index, sender }: BoundLine): boolean {
  const { previous } = exchange
  if (previous === undefined) return true
  const tag = sender === 'offerer' ? exchange.offererTag : exchange.answererTag
  return isUnseen({
    exchange: previous,
    index,
    sender: previous.offererTag === tag ? 'offerer' : 'answerer',
    match: 'both',
  })
}

/** What a later exchange of a dialog agreed on; on another hop it may have been seen. */
function between(lines: readonly BoundLine[], seen: readonly BoundLine[]): readonly UnseenStretch[] {
  return lines.flatMap((line): UnseenStretch[] => {
    const { depth, state, offer } = line.exchange
    if (depth === 0 || state === 'refused' || seen.includes(line)) return []
    if (seen.some(({ exchange }) => exchange.depth === depth)) return []
    const ends = seen.filter(({ exchange }) => exchange.depth > depth).flatMap(answeredUs)
    const untilUs = ends.length === 0 ? FOREVER : Math.min(...ends) + CHANGE_GRACE_US
    return [{ agreement: depth * 8, from: offer.at.position, untilUs, isFirst: false }]
  })
}

function answeredUs({ exchange }: BoundLine): number[] {
  const answer = currentAnswer(exchange)
  return answer === undefined ? [] : [answer.at.timeUs]
}
