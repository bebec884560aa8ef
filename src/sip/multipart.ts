import { LIMITS } from '../limits/limits.ts'
import type { AnomalyList } from './anomalies.ts'
import { findHeaderEnd, splitHeaderLines } from './header-lines.ts'
import { type MediaType, parseDisposition, parseMediaType } from './media-type.ts'
import type { Parameters } from './message.ts'
import { NO_PARAMETERS } from './parameters.ts'

/** A leaf body. */
export interface BodyPart {
  /** Media type, lower case, without parameters; '' where none is given. */
  readonly contentType: string
  readonly contentTypeParams: Parameters
  /** A view of the message's octets. */
  readonly bytes: Uint8Array
  /** Content-Disposition's type, lower case (RFC 3261 §20.11): `session`, `render`, `early-session`, … */
  readonly disposition?: string
}

/** More than any message in use has, so that work stays linear. */
const MOST_PARTS = LIMITS.sipBodyParts.most
const DEEPEST_NESTING = LIMITS.sipBodyNesting.most

/** RFC 2046 §5.1: a part without Content-Type. */
const DEFAULT_TYPE: MediaType = { type: 'text/plain', params: NO_PARAMETERS }

interface Pending {
  readonly bytes: Uint8Array
  readonly type: MediaType
  readonly disposition?: string
  readonly depth: number
}

/**
 * The leaf bodies of a body, in order: those of a multipart of any subtype (RFC 2046 §5.1, RFC 5621 §3.1), nested ones
 * included, or the body itself. `truncated`: a missing closing delimiter is the capture's doing.
 */
export function splitBody(
  bytes: Uint8Array,
  type: MediaType,
  disposition: string | undefined,
  truncated: boolean,
  anomalies: AnomalyList,
): readonly BodyPart[] {
  const leaves: BodyPart[] = []
  const stack: Pending[] = [pending(bytes, type, disposition, 0)]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const isMultipart = next.type.type.startsWith('multipart/')
    if (isMultipart && next.depth < DEEPEST_NESTING) {
      const parts = splitMultipart(next, truncated, anomalies)
      for (let i = parts.length - 1; i >= 0; i--) stack.push(parts[i])
      if (parts.length > 0) continue
    } else if (isMultipart) {
      anomalies.add('body-nesting-over-limit')
    }
    if (leaves.length >= MOST_PARTS) {
      anomalies.add('body-parts-over-limit')
      break
    }
    leaves.push({
      contentType: next.type.type,
      contentTypeParams: next.type.params,
      bytes: next.bytes,
      ...(next.disposition !== undefined && { disposition: next.disposition }),
    })
  }
  return leaves
}

/** The parts of one multipart; none where its boundary is not given or not found. */
function splitMultipart(whole: Pending, truncated: boolean, anomalies: AnomalyList): Pending[] {
  const boundary = whole.type.params.get('boundary') ?? ''
  const body = Buffer.from(whole.bytes.buffer, whole.bytes.byteOffset, whole.bytes.length)
  const delimiter = Buffer.from(`--${boundary}`, 'utf8')
  let at = boundary === '' ? -1 : nextDelimiter(body, delimiter, 0)
  if (at < 0) {
    anomalies.add('multipart-boundary-missing')
    return []
  }
  const parts: Pending[] = []
  while (!isClosing(body, at + delimiter.length)) {
    if (parts.length >= MOST_PARTS) {
      anomalies.add('body-parts-over-limit')
      break
    }
    const lineFeed = body.indexOf(10, at + delimiter.length)
    const start = lineFeed < 0 ? body.length : lineFeed + 1
    at = nextDelimiter(body, delimiter, start)
    const end = at < 0 ? body.length : beforeLineEnd(body, start, at)
    parts.push(parsePart(whole.bytes.subarray(start, end), whole.depth + 1, anomalies))
    if (at < 0) {
      anomalies.add(truncated ? 'capture-cut' : 'multipart-unterminated')
      break
    }
  }
  return parts
}

/** Index of the next delimiter that begins a line, -1 where there is none. */
function nextDelimiter(body: Buffer, delimiter: Buffer, from: number): number {
  let at = body.indexOf(delimiter, from)
  while (at > 0 && at !== from && body[at - 1] !== 10) at = body.indexOf(delimiter, at + 1)
  return at
}

/** `--` after the boundary (RFC 2046 §5.1.1, close-delimiter). */
function isClosing(body: Buffer, at: number): boolean {
  return body[at] === 45 && body[at + 1] === 45
}

/** The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1). */
function beforeLineEnd(body: Buffer, start: number, delimiterAt: number): number {
  let end = delimiterAt
  if (end > start && body[end - 1] === 10) end--
  if (end > start && body[end - 1] === 13) end--
  return end
}

function parsePart(bytes: Uint8Array, depth: number, anomalies: AnomalyList): Pending {
  const headerEnd = findHeaderEnd(bytes, 0, bytes.length)
  if (headerEnd < 0) {
    anomalies.add('multipart-part-malformed')
    return pending(bytes, DEFAULT_TYPE, undefined, depth)
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, headerEnd).toString('utf8')
  let type = DEFAULT_TYPE
  let disposition: string | undefined
  for (const [name, value] of splitHeaderLines(text, 0, anomalies)) {
    if (name === 'content-type') type = parseMediaType(value, anomalies)
    else if (name === 'content-disposition') disposition = parseDisposition(value, anomalies)
    else if (name === 'content-transfer-encoding' && !IDENTITY_ENCODINGS.has(value.toLowerCase()))
      anomalies.add('multipart-transfer-encoded')
  }
  return pending(bytes.subarray(headerEnd), type, disposition, depth)
}

/** RFC 2045 §6.2: encodings that leave the octets as they are. */
const IDENTITY_ENCODINGS: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])

function pending(bytes: Uint8Array, type: MediaType, disposition: string | undefined, depth: number): Pending {
  return { bytes, type, depth, ...(disposition !== undefined && { disposition }) }
}
