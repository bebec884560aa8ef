import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedExchange } from '../../model/analysis.ts'
import { formatClock } from '../../model/time.ts'
import { type AgreedLine, isHeld } from '../agreement.ts'
import { hopOf } from '../hop-of.ts'
import { type Direction, lastOf, type Silence } from './silence.ts'

const REMEDY =
  'Find out why the re-INVITE that takes the hold off was not accepted, and have its sender try again (after 491, RFC 3261 §14.1): ' +
  'until it is, the side that was held is to send nothing.'

/** So long one side goes on without the other behind the re-INVITE. */
const LEAST_US = 3_000_000

/**
 * What the side that held lacks because its peer is held still: it offered sendrecv again, that was refused or never answered,
 * and the agreement before it stays (RFC 3264 §8, RFC 3261 §14.1). Undefined where a hold was taken off, where nobody tried
 * to, or where the peer holds too.
 *
 * @param hearer the side that held
 */
export function stuckHold({ media, streams, back }: Direction, hearer: 'offerer' | 'answerer'): Silence | undefined {
  const { call, lines } = media
  const holds = lines.slice(lines.findLastIndex((line) => !isHold(line)) + 1)
  if (lines.length < 2 || holds.length === 0 || call.referUs !== undefined) return undefined
  const [{ index, offerAt }] = lines
  const isHearer = (source: string) => (source === offerAt.source.address) === (hearer === 'offerer')
  if (!holds.every((line) => isHearer(line.offerAt.source.address) && !isHeldByBoth(line))) return undefined
  const held = holds[holds.length - 1]
  const attempt = call.exchanges
    .slice(held.exchangeIndex + 1)
    .findLast(({ offer }) => isHearer(offer.source.address) && hopOf(offer) === hopOf(offerAt))
  const wanted = attempt?.offer.media[index]
  if (attempt === undefined || wanted === undefined || wanted.isCut || wanted.rejected || isHeld(wanted))
    return undefined
  const since = attempt.offer.at
  const goesOnUs = Math.min(lastOf(back), media.untilUs) - Math.max(since.timeUs, lastOf(streams))
  if (attempt.session.outcome === 'answered' || goesOnUs < LEAST_US) return undefined
  return {
    kind: 'held',
    sinceUs: Math.max(since.timeUs, lastOf(streams)),
    cause:
      `it is on hold since ${formatClock(held.offerAt.at.timeUs)} (a=${held.offer.direction} in frame ${held.offerAt.at.frame}), and the ` +
      `offer that takes the hold off, in frame ${since.frame}, ${fateOf(attempt)}`,
    remedy: REMEDY,
    at: [held.offerAt.at, since, ...refusalOf(attempt)],
  }
}

/** Not sendrecv both ways (RFC 3264 §8.4). */
function isHold({ offer, answer }: AgreedLine): boolean {
  return isHeld(offer) || isHeld(answer)
}

/** Who answers a=inactive to a=sendonly holds as well. */
function isHeldByBoth({ offer, answer }: AgreedLine): boolean {
  return offer.direction !== 'inactive' && answer.direction !== 'recvonly' && isHeld(answer)
}

function fateOf({ refusedStatus, refusedAt }: AnalysedExchange): string {
  if (refusedStatus === undefined) return 'was not answered'
  return `was refused with ${refusedStatus}${refusedAt === undefined ? '' : ` (frame ${refusedAt.frame})`}`
}

function refusalOf({ refusedAt }: AnalysedExchange): FrameRef[] {
  return refusedAt === undefined ? [] : [refusedAt]
}
