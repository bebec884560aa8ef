import { currentAnswer, type Described } from '../sdp/exchange.ts'
import type { UnseenStretch } from '../srtp/unseen-stretch.ts'
import type { BoundLine } from './binding.ts'
import { mediaOf } from './media-line.ts'
import { agreementNumber, CHANGE_GRACE_US } from './schedule.ts'
import { isMasked } from './sdes-keys.ts'

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
  return [...before(seen), ...between(lines)]
}

export const NO_UNSEEN: readonly UnseenStretch[] = []

function mayBeUnseen(line: BoundLine): boolean {
  return line.exchange.continuesUnseen === true || isUnseen(line)
}

/** Nothing is there of what the sender described, or what is there ends before its keys or masks them. */
function isUnseen({ exchange, index, sender }: BoundLine): boolean {
  if (sender === 'offerer') return !isDescribed(exchange.offer, index)
  return !exchange.answers.some((answer) => isDescribed(answer, index))
}

/** Of what the sender described nothing is missing but the keys themselves. */
function showsMask({ exchange, index, sender }: BoundLine): boolean {
  const described = sender === 'offerer' ? [exchange.offer] : exchange.answers
  return described.some((one) => {
    const crypto = mediaOf(one, index)?.crypto ?? []
    return crypto.length > 0 && crypto.every(isMasked)
  })
}

function isDescribed(described: Described, index: number): boolean {
  const media = mediaOf(described, index)
  if (media === undefined || (media.isCut && media.crypto.length === 0)) return false
  return media.crypto.length === 0 || !media.crypto.every(isMasked)
}

/** All that was captured goes on from what was not: the first answer's grace is when that ends. */
function before(seen: readonly BoundLine[]): readonly UnseenStretch[] {
  if (seen.length === 0 || !seen.every(goesOn)) return NO_UNSEEN
  const first = seen.filter(isFirstSeen)
  const ends = first.flatMap(answeredUs)
  if (ends.length === 0) return NO_UNSEEN
  const isMasked = first.map(lineBefore).every((line) => line !== undefined && showsMask(line))
  return [{ agreement: -1, from: FIRST, untilUs: Math.max(...ends) + CHANGE_GRACE_US, isFirst: true, isMasked }]
}

function goesOn({ exchange }: BoundLine): boolean {
  return exchange.previous !== undefined || exchange.continuesUnseen === true
}

/** Whether the sender described nothing that was captured in the exchange before. */
function isFirstSeen(line: BoundLine): boolean {
  const before = lineBefore(line)
  return before === undefined || isUnseen(before)
}

/** The same line of the exchange before, and which side its sender was there. */
function lineBefore({ exchange, index, sender }: BoundLine): BoundLine | undefined {
  const { previous } = exchange
  if (previous === undefined) return undefined
  const tag = sender === 'offerer' ? exchange.offererTag : exchange.answererTag
  return { exchange: previous, index, sender: previous.offererTag === tag ? 'offerer' : 'answerer', match: 'both' }
}

/**
 * What later exchanges of a dialog agreed on; on another hop it may have been seen. Those between which nothing was seen are one
 * stretch: of what somebody asks for over and over, and nobody answers, there may be hundreds.
 */
function between(lines: readonly BoundLine[]): readonly UnseenStretch[] {
  const deepestFirst = [...lines].sort((a, b) => b.exchange.depth - a.exchange.depth)
  const stretches: UnseenStretch[] = []
  let untilUs = FOREVER
  let goesOnIn: UnseenStretch | undefined
  for (let n = 0; n < deepestFirst.length; ) {
    const begin = n
    const { depth } = deepestFirst[begin].exchange
    while (n < deepestFirst.length && deepestFirst[n].exchange.depth === depth) n++
    const level = deepestFirst.slice(begin, n)
    const seen = level.filter((line) => !isUnseen(line))
    if (seen.length > 0) {
      goesOnIn = undefined
      for (const answered of seen.flatMap(answeredUs)) untilUs = Math.min(untilUs, answered + CHANGE_GRACE_US)
      continue
    }
    const standing = depth === 0 ? NO_LINES : level.filter(({ exchange }) => exchange.state !== 'refused')
    if (standing.length === 0) continue
    const from = Math.min(goesOnIn?.from ?? FOREVER, ...standing.map(({ exchange }) => exchange.offer.at.position))
    if (goesOnIn !== undefined) stretches.pop()
    const isMasked = standing.every(showsMask) && goesOnIn?.isMasked !== false
    goesOnIn = { agreement: agreementNumber(depth, 0), from, untilUs, isFirst: false, isMasked }
    stretches.push(goesOnIn)
  }
  return stretches
}

const NO_LINES: readonly BoundLine[] = []

function answeredUs({ exchange }: BoundLine): number[] {
  const answer = currentAnswer(exchange)
  return answer === undefined ? [] : [answer.at.timeUs]
}
