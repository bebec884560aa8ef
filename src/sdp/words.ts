/** The words of a text, at most `most` of them; what separates them is spaces and tabs, as many as there are. */
export function splitWords(text: string, most = Number.POSITIVE_INFINITY): string[] {
  const words: string[] = []
  for (let at = 0; at < text.length && words.length < most; ) {
    const start = afterBlanks(text, at)
    at = start
    while (at < text.length && !isBlank(text.charCodeAt(at))) at++
    if (at > start) words.push(text.slice(start, at))
  }
  return words
}

/** The first index from `at` on that is neither space nor tab. */
export function afterBlanks(text: string, at: number): number {
  let next = at
  while (next < text.length && isBlank(text.charCodeAt(next))) next++
  return next
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

export function countWords(text: string): number {
  let words = 0
  for (let at = 0; at < text.length; at++) {
    if (!isBlank(text.charCodeAt(at)) && (at === 0 || isBlank(text.charCodeAt(at - 1)))) words++
  }
  return words
}

/** The last word of a text that does not end with a blank. */
export function lastWord(text: string): string {
  return text.slice(Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t')) + 1)
}
