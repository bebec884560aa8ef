/** The names of suites (RFC 4568 §6.2 and its registry): words of letters and digits, joined by `_`. */
export const SUITE_WORD = /^[a-z0-9]{1,8}(_[a-z0-9]{1,8})+$/i

/** Long words of base64 or hexadecimal; numbers, UUIDs, suites and words joined by `-` are none. */
export function isLikeKey(word: string): boolean {
  if (word.length < 20 || /^\d+$/.test(word) || /^[a-z]+(-[a-z0-9]+)+$/.test(word) || SUITE_WORD.test(word))
    return false
  return !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(word)
}

/** A text with something else in the place of each word that is like a key. */
export function replaceKeyLike(text: string, replacement: (word: string) => string): string {
  return text.replace(/[\w+/=-]{20,}/g, (word) => (isLikeKey(word) ? replacement(word) : word))
}
