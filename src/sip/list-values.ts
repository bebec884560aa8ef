import { LIMITS } from '../limits/limits.ts'
import type { AnomalyList } from './anomalies.ts'
import { trimWhiteSpace } from './token.ts'

/** Values kept of one header over all its lines. */
export const MOST_VALUES: number = LIMITS.sipHeaderValues.most

const QUOTE = 34
const BACKSLASH = 92

/**
 * The values of a comma-separated header (RFC 3261 §7.3.1), trimmed. Commas within quoted strings and within `<>`
 * separate nothing. Empty values are stated and left out.
 */
export function splitValues(text: string, anomalies: AnomalyList): string[] {
  const values: string[] = []
  let at = 0
  while (at <= text.length) {
    const end = endOfElement(text, at, 44, anomalies)
    const value = trimWhiteSpace(text.slice(at, end))
    at = end + 1
    if (value === '') {
      anomalies.add('list-value-empty')
    } else if (values.length < MOST_VALUES) {
      values.push(value)
    } else {
      anomalies.add('values-over-limit')
      break
    }
  }
  return values
}

/** Index of the next `separator` outside quoted strings and outside `<>`, or the text's length. */
export function endOfElement(text: string, from: number, separator: number, anomalies: AnomalyList): number {
  let at = from
  let inBrackets = false
  while (at < text.length) {
    const c = text.charCodeAt(at)
    if (c === QUOTE && !inBrackets) {
      at = endOfQuoted(text, at)
      if (at < 0) {
        anomalies.add('quote-unbalanced')
        return text.length
      }
    } else if (c === 60) {
      inBrackets = true
    } else if (c === 62) {
      inBrackets = false
    } else if (c === separator && !inBrackets) {
      return at
    }
    at++
  }
  return text.length
}

/** Index of the quote that closes the quoted string opened at `open`, escapes heeded; -1 where it is not closed. */
export function endOfQuoted(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === BACKSLASH) at++
    else if (c === QUOTE) return at
  }
  return -1
}

/** The content of a quoted string without its quotes: each quoted-pair becomes its second character (§25.1). */
export function unescapeQuoted(content: string): string {
  if (!content.includes('\\')) return content
  const pieces: string[] = []
  let from = 0
  for (let at = content.indexOf('\\'); at >= 0 && at + 1 < content.length; at = content.indexOf('\\', at + 2)) {
    pieces.push(content.slice(from, at))
    from = at + 1
  }
  pieces.push(content.slice(from))
  return pieces.join('')
}
