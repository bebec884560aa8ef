import { TOKEN_OCTETS } from '../bytes/token-octets.ts'

/** Whether the whole text is a non-empty token (RFC 3261 §25.1). */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 255 || TOKEN_OCTETS[c] !== 1) return false
  }
  return text.length > 0
}

/** Linear white space within an unfolded line. CR and LF count too, so that a stray one never joins two words. */
export function isWhiteSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}

/** The first index at or after `at` that is no white space. */
export function skipWhiteSpace(text: string, at: number): number {
  let i = at
  while (i < text.length && isWhiteSpace(text.charCodeAt(i))) i++
  return i
}

/** Where the word that begins at `at` ends. */
export function wordEnd(text: string, at: number): number {
  let i = at
  while (i < text.length && !isWhiteSpace(text.charCodeAt(i))) i++
  return i
}

/** A text without the white space around it; only what `LWS` names, unlike String.trim. */
export function trimWhiteSpace(text: string): string {
  const start = skipWhiteSpace(text, 0)
  let end = text.length
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** Whether white space stands anywhere in the text. */
export function hasWhiteSpace(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (isWhiteSpace(text.charCodeAt(i))) return true
  return false
}

/** A run of decimal digits as a number (Infinity where it is too long for one), undefined where the text is anything else. */
export function parseDecimal(text: string): number | undefined {
  if (text.length === 0) return undefined
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 48 || c > 57) return undefined
  }
  const value = Number(text)
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.POSITIVE_INFINITY
}
