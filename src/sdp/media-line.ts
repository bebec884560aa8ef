import { LIMITS } from '../limits/limits.ts'
import { copyText } from '../sip/message-facts.ts'
import { OnceLine, type SdpLine } from './line-cache.ts'
import { sharedText } from './shared-text.ts'
import { usualMediaLine } from './usual-lines.ts'
import { afterBlanks, isBlank, splitWords } from './words.ts'

/** m= (RFC 8866 §5.14). */
export interface MediaLine {
  /** Absent where it cannot be read. */
  readonly port: number | undefined
  readonly format: MediaFormat
}

/** What an m= line says but its port; the same object for equal lines. */
export interface MediaFormat {
  readonly kind: string
  readonly portCount: number
  readonly protocol: string
  readonly formats: readonly string[]
  /** It has more formats than these. */
  readonly isCut: boolean
}

const MAX_FORMATS = LIMITS.sdpFormats.most

/** Reads an m= line. */
export function readMediaLine(line: SdpLine): MediaLine {
  const usual = line instanceof OnceLine ? usualMediaLine(line) : undefined
  if (usual === undefined) return parseMediaLine(line.value)
  const [kind, port, rest] = usual
  return { port, format: formatOf(kind, 1, rest) }
}

/** Reads `audio 49170/2 RTP/SAVP 0 8`. What is missing at the end stays empty, so that a cut line keeps its place. */
export function parseMediaLine(value: string): MediaLine {
  const [kind, afterKind] = firstWord(value)
  const [portField, rest] = firstWord(afterKind)
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(portField)
  const port = match ? Number(match[1]) : -1
  const portCount = match?.[2] === undefined ? 1 : Number(match[2])
  return { port: port >= 0 && port <= 0xffff ? port : undefined, format: formatOf(kind, portCount, rest) }
}

/** The first word of a text that does not begin with white space, and what follows the white space after it. */
function firstWord(text: string): [string, string] {
  let end = 0
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++
  return [text.slice(0, end), text.slice(afterBlanks(text, end))]
}

/** By what follows the port, each list by kind and number of ports. */
const FORMATS = new Map<string, MediaFormat[]>()
const MOST_KNOWN = 512
const LONGEST = 128
let known = 0

/** A device says the same in every call. */
function formatOf(kind: string, portCount: number, rest: string): MediaFormat {
  const ofRest = FORMATS.get(rest)
  if (ofRest !== undefined) {
    for (const each of ofRest) if (each.kind === kind && each.portCount === portCount) return each
  }
  const [protocol, words] = firstWord(rest)
  const formats = splitWords(words, MAX_FORMATS + 1)
  const format = {
    kind: sharedText(kind),
    portCount,
    protocol: sharedText(protocol),
    formats: formats.slice(0, MAX_FORMATS).map(copyText),
    isCut: formats.length > MAX_FORMATS,
  }
  if (kind.length + rest.length > LONGEST) return format
  if (++known > MOST_KNOWN) {
    FORMATS.clear()
    known = 1
  }
  FORMATS.set(copyText(rest), [...(FORMATS.get(rest) ?? []), format])
  return format
}
