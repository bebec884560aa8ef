import { formatClock } from '../../model/time.ts'
import { statusText } from '../../sip/reason-phrases.ts'
import type { OptionsAnswers } from '../../sip/watch/facts.ts'
import type { Statement } from '../rule.ts'
import { REFUSAL_STATUSES } from './refusal-statuses.ts'

/** So many in a row; one or two are a moment. */
const LEAST = 3
/** Who asks whether a peer is up does so for longer, and never more rarely; a stranger now and then. */
const LEAST_US = 20e6
const MOST_INTERVAL_US = 600e6
/**
 * What says that calls would be refused too (RFC 3261 §11.2). Whatever else a host answers all its life (404, 405, 481, 483, 500, 501) shows that it is
 * there, and counts only where it accepted before.
 */
const DOWN: ReadonlySet<number> = new Set([403, 408, 503, 504])

/** Whoever is asked answers OPTIONS as an INVITE (RFC 3261 §11.2): these say how it is with a telephone that is there. */
const OF_CALLEE: ReadonlySet<number> = new Set([300, 301, 302, 480, 486, 600, 603])

const REMEDY =
  'Look at what the refusing side expects of OPTIONS (Request-URI, From, the address that they come from), and at which answers the asking side ' +
  'counts as up.'

/**
 * What a host says to those that ask it by OPTIONS whether it is up.
 *
 * @param answeredUs when a call between the two was answered last: then the one is up to the other, whatever it says to OPTIONS
 */
export function ofOptions({ source, destination, accepted, longest }: OptionsAnswers, answeredUs: number): Statement[] {
  if (longest === undefined || longest.count < LEAST) return []
  const { status, count, acceptedBefore, firstAt, lastAt, at } = longest
  const spanUs = lastAt.timeUs - firstAt.timeUs
  if (spanUs < LEAST_US || spanUs > (count - 1) * MOST_INTERVAL_US) return []
  if (!DOWN.has(status) && (acceptedBefore < LEAST || OF_CALLEE.has(status))) return []
  if (answeredUs >= firstAt.timeUs) return []
  const before = acceptedBefore === 0 ? '' : ` Before, it accepted ${acceptedBefore}.`
  const after = accepted > acceptedBefore ? ` Others, behind these, it accepted: ${accepted - acceptedBefore}.` : ''
  return [
    {
      kind: 'options',
      severity: 'warning',
      title: 'OPTIONS is refused: a trunk may be held to be down',
      remedy: REFUSAL_STATUSES.get(status)?.remedy ?? REMEDY,
      detail:
        `${destination} refuses ${count} OPTIONS of ${source} in a row with ${statusText(status)}, the first at ` +
        `${formatClock(firstAt.timeUs)}, the last at ${formatClock(lastAt.timeUs)}.${before}${after} Many an SBC holds its peer to be down then, and ` +
        'sends no calls there; one that counts any answer does not.',
      at,
      evidence: { refusedBy: destination, source, status, options: count, acceptedBefore, accepted },
    },
  ]
}
