import { LIMITS } from '../limits/limits.ts'
import type { AnomalyList } from './anomalies.ts'
import { fullHeaderName } from './header-names.ts'
import type { HeaderField } from './message.ts'
import { isToken, isWhiteSpace, trimWhiteSpace } from './token.ts'

/** RFC 4475 §3.1.1.7 has 44. */
const MOST_HEADERS = LIMITS.sipHeaderLines.most

const CR = 13
const LF = 10

/**
 * Where the header fields end: the index of the first octet after the empty line, searched from `start` (the beginning
 * of a line) to `end`; -1 where there is none. CRLF and bare LF are both line ends.
 */
export function findHeaderEnd(bytes: Uint8Array, start: number, end: number): number {
  let lineStart = start
  while (lineStart < end) {
    if (bytes[lineStart] === LF) return lineStart + 1
    if (bytes[lineStart] === CR && lineStart + 1 < end && bytes[lineStart + 1] === LF) return lineStart + 2
    const lineFeed = bytes.indexOf(LF, lineStart)
    if (lineFeed < 0 || lineFeed >= end) return -1
    lineStart = lineFeed + 1
  }
  return -1
}

/**
 * Splits header text from `start` (just after the start line) into fields, folded lines joined by one space
 * (RFC 3261 §7.3.1). Lines without a colon or with a bad name are stated and left out. `keepLast` is false where the
 * octets were cut within the last line, which is then left out: half a Call-ID is another Call-ID.
 */
export function splitHeaderLines(
  text: string,
  start: number,
  anomalies: AnomalyList,
  keepLast = true,
): readonly HeaderField[] {
  const fields: HeaderField[] = []
  /** The field that the lines read last belong to; none where they were left out. */
  let open: OpenField | undefined
  let at = start
  while (at < text.length) {
    const lineFeed = text.indexOf('\n', at)
    if (lineFeed < 0 && !keepLast) {
      // A continuation may follow the cut: the field before it is whole only if this line begins another one.
      if (isWhiteSpace(text.charCodeAt(at))) open = undefined
      break
    }
    const lineEnd = lineFeed < 0 ? text.length : lineFeed
    const bare = lineFeed >= 0 && (lineFeed === at || text.charCodeAt(lineFeed - 1) !== CR)
    if (bare) anomalies.add('bare-line-feed')
    const line = text.slice(at, lineFeed >= 0 && !bare ? lineEnd - 1 : lineEnd)
    at = lineEnd + 1
    if (line.length === 0) break
    if (isWhiteSpace(line.charCodeAt(0))) {
      if (open !== undefined) open.pieces.push(trimWhiteSpace(line))
      else if (fields.length === 0) anomalies.add('fold-without-header')
      continue
    }
    close(open, fields)
    open = undefined
    if (fields.length >= MOST_HEADERS) {
      anomalies.add('headers-over-limit')
      break
    }
    open = openField(line, anomalies)
  }
  close(open, fields)
  return fields
}

interface OpenField {
  readonly name: string
  /** Its value, line by line. */
  readonly pieces: string[]
}

function openField(line: string, anomalies: AnomalyList): OpenField | undefined {
  const colon = line.indexOf(':')
  if (colon < 0) {
    anomalies.add('header-without-colon')
    return undefined
  }
  const written = trimWhiteSpace(line.slice(0, colon))
  if (!isToken(written)) {
    anomalies.add('header-name-not-token')
    return undefined
  }
  return { name: fullHeaderName(written), pieces: [trimWhiteSpace(line.slice(colon + 1))] }
}

function close(open: OpenField | undefined, fields: HeaderField[]): void {
  if (open === undefined) return
  const { name, pieces } = open
  fields.push([name, pieces.length === 1 ? pieces[0] : joinFolded(pieces)])
}

function joinFolded(pieces: readonly string[]): string {
  return pieces.filter((piece) => piece !== '').join(' ')
}
