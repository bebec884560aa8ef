import { sharedText } from './shared-text.ts'
import { afterBlanks, isBlank, splitWords } from './words.ts'

/** m= (RFC 8866 §5.14). */
export interface MediaLine {
  readonly kind: string
  /** Absent where it cannot be read. */
  readonly port?: number
  readonly portCount: number
  readonly protocol: string
  readonly formats: readonly string[]
}

const MAX_FORMATS = 256

/** Reads `audio 49170/2 RTP/SAVP 0 8`. What is missing at the end stays empty, so that a cut line keeps its place. */
export function parseMediaLine(value: string): MediaLine {
  const [kind, afterKind] = firstWord(value)
  const [portField, afterPort] = firstWord(afterKind)
  const [protocol, formats] = firstWord(afterPort)
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(portField)
  const port = match ? Number(match[1]) : -1
  return {
    kind: sharedText(kind),
    ...(port >= 0 && port <= 0xffff && { port }),
    portCount: match?.[2] === undefined ? 1 : Number(match[2]),
    protocol: sharedText(protocol),
    formats: formatsOf(formats),
  }
}

/** The first word of a text that does not begin with white space, and what follows the white space after it. */
function firstWord(text: string): [string, string] {
  let end = 0
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++
  return [text.slice(0, end), text.slice(afterBlanks(text, end))]
}

/** A device offers the same formats in every call: one list for all equal texts. */
const FORMATS = new Map<string, readonly string[]>()
const MOST_KNOWN = 512
const LONGEST = 64

function formatsOf(text: string): readonly string[] {
  if (text === '') return NO_FORMATS
  const known = FORMATS.get(text)
  if (known !== undefined) return known
  const formats = splitWords(text, MAX_FORMATS)
  if (text.length > LONGEST) return formats
  if (FORMATS.size >= MOST_KNOWN) FORMATS.clear()
  FORMATS.set(text, formats)
  return formats
}

const NO_FORMATS: readonly string[] = []
