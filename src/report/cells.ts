import { escapeText } from './escape.ts'

/** Text of which every character takes one column. */
const NARROW = /^[ -~]*$/
/** What terminals disagree about: letters of flags, shades of skin, and what Unicode has not given out (yet). */
const DISPUTED = /[\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}\p{Cn}]/gu
/** East Asian Width W and F (UAX #11), by blocks. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
/** Marks that stand on the character before them. */
const COMBINING = /[\p{Mn}\p{Me}]/u
/** More marks than this on one character are no writing, and spill over the lines beside it. */
const TOO_MANY_MARKS = /([\p{Mn}\p{Me}]{2})[\p{Mn}\p{Me}]+/gu
/** Stands where text was cut. */
const CUT = '~'

/** Text from the wire as the screen may show it: what has no certain width is written out, as hidden characters are. */
export function shownText(text: string): string {
  if (NARROW.test(text)) return text
  return escapeText(text.normalize('NFC').replace(TOO_MANY_MARKS, '$1')).replace(
    DISPUTED,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  )
}

/** Columns that a shown text takes. */
export function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += characterColumns(character)
  return columns
}

function characterColumns(character: string): number {
  if (NARROW.test(character)) return 1
  return COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1
}

/** Exactly so many columns of text: cut where it is longer, filled up where it is shorter. */
export function leftAligned(text: string, columns: number): string {
  return padded(cut(text, columns), columns)
}

/** The same, on the right side of its columns. */
export function rightAligned(text: string, columns: number): string {
  const kept = cut(text, columns)
  return ' '.repeat(columns - columnsOf(kept)) + kept
}

/** Its last columns, where it is longer: numbers tell apart by their end. */
export function cutFront(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  return columns < 1 ? '' : CUT + head([...text].reverse(), columns - 1, (kept, character) => character + kept)
}

/** At most so many columns of text. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  return columns < 1 ? '' : head(text, columns - 1, (kept, character) => kept + character) + CUT
}

function head(characters: Iterable<string>, columns: number, add: (kept: string, character: string) => string): string {
  let kept = ''
  let left = columns
  for (const character of characters) {
    left -= characterColumns(character)
    if (left < 0) break
    kept = add(kept, character)
  }
  return kept
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}

/**
 * Lines of at most `columns`, broken at spaces, and within a word that is longer than a line. The first begins with
 * `first`, the others with as many spaces as `rest` says.
 */
export function wrapped(text: string, columns: number, first: string, rest = first.length): string[] {
  const room = Math.max(1, columns - Math.max(rest, first.length))
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((word) => pieces(word, room))) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > room) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  lines.push(line)
  return lines.map((line, n) => (n === 0 ? first : ' '.repeat(rest)) + line)
}

function pieces(word: string, columns: number): string[] {
  if (columnsOf(word) <= columns) return word === '' ? [] : [word]
  const parts: string[] = []
  let rest = word
  while (columnsOf(rest) > columns) {
    const part = head(rest, columns, (kept, character) => kept + character) || rest.slice(0, 2)
    parts.push(part)
    rest = rest.slice(part.length)
  }
  return rest === '' ? parts : [...parts, rest]
}
