import { createHash } from 'node:crypto'
import { shownText } from './shown-value.ts'

/** Characters of a Call-ID in the table and in addresses. */
const MOST_TEXT = 200

/**
 * A Call-ID as the page lists it and its addresses name it. Of one that is too long, or that something is hidden in, only
 * a part can be shown: a digest tells it from others that are shown alike.
 */
export function callName(callId: string): string {
  const shown = shownText(callId, MOST_TEXT)
  return shown === callId ? shown : `${shown} #${createHash('sha256').update(callId).digest('hex').slice(0, 8)}`
}
