import { AnomalyList } from './anomalies.ts'
import { findHeaderEnd, splitHeaderLines } from './header-lines.ts'
import { fullHeaderName } from './header-names.ts'
import { readHeaders } from './header-readers.ts'
import { type MediaType, parseDisposition } from './media-type.ts'
import type { Draft, HeaderField, Malformed, SipMessage } from './message.ts'
import { splitBody } from './multipart.ts'
import { NO_PARAMETERS } from './parameters.ts'
import { looksLikeSip } from './start-line.ts'
import { parseCutStartLine, parseStartLine } from './start-line-fields.ts'

export interface ParseOptions {
  /** The capture does not hold all octets of the message. What is missing is then no fault of the sender. */
  readonly truncated?: boolean
  /** The message came over TCP, TLS, … where Content-Length is mandatory (RFC 3261 §18.3). */
  readonly stream?: boolean
}

/**
 * Parses a SIP message (RFC 3261 §7) in `length` octets from `offset`. Tolerant: keeps what it understands, and
 * states the rest as anomalies. `Malformed` where the octets have no SIP start line. Never throws; time is linear in
 * `length`. The octets are copied: the message holds no reference to `bytes`.
 */
export function parseSip(
  bytes: Uint8Array,
  offset: number,
  length: number,
  options: ParseOptions = {},
): SipMessage | Malformed {
  if (!looksLikeSip(bytes, offset, length))
    return {
      kind: 'malformed',
      reason: 'not-sip',
      text: 'There is no SIP start line (RFC 3261 §7.1, §7.2).',
      offset: 0,
    }
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset + offset, Math.min(length, bytes.length - offset))
  const truncated = options.truncated === true
  const anomalies = new AnomalyList()
  let start = 0
  while (octets[start] === 13 || octets[start] === 10) start++
  if (start > 0) anomalies.add('leading-empty-lines')
  const headerEnd = findHeaderEnd(octets, start, octets.length)
  const terminated = headerEnd >= 0
  if (!terminated) anomalies.add(truncated ? 'capture-cut' : 'header-section-unterminated')
  const bodyStart = terminated ? headerEnd : octets.length
  const text = octets.toString('utf8', start, bodyStart)
  if (text.includes('\uFFFD')) anomalies.add('header-not-utf8')
  const lineFeed = text.indexOf('\n')
  const lineEnd = lineFeed < 0 ? text.length : lineFeed
  const bare = lineFeed >= 0 && text.charCodeAt(lineFeed - 1) !== 13
  if (bare) anomalies.add('bare-line-feed')
  const line = text.slice(0, lineFeed >= 0 && !bare ? lineEnd - 1 : lineEnd)
  const startLine = truncated && lineFeed < 0 ? parseCutStartLine(line) : parseStartLine(line, anomalies)
  const headers = splitHeaderLines(text, lineEnd + 1, anomalies, terminated || !truncated)
  const draft: Draft<SipMessage> = {
    kind: startLine.kind,
    method: startLine.method ?? '',
    version: startLine.version,
    callId: '',
    via: [],
    contact: [],
    contactIsWildcard: false,
    route: [],
    recordRoute: [],
    contentTypeParams: NO_PARAMETERS,
    reasons: [],
    body: NO_OCTETS,
    parts: [],
    truncated,
    lengthBytes: octets.length,
    headers,
    header: (name) => valuesOf(headers, name),
    anomalies: [],
  }
  if (startLine.requestUri !== undefined) draft.requestUri = startLine.requestUri
  if (startLine.status !== undefined) draft.status = startLine.status
  if (startLine.reason !== undefined) draft.reason = startLine.reason
  const present = readHeaders(draft, headers, anomalies)
  if (terminated || !truncated) stateMissing(draft, present, anomalies)
  delimitBody(draft, octets, bodyStart, { truncated, stream: options.stream === true && terminated }, anomalies)
  draft.anomalies = anomalies.list()
  return draft
}

const NO_OCTETS = new Uint8Array(0)

function valuesOf(headers: readonly HeaderField[], name: string): readonly string[] {
  const full = fullHeaderName(name)
  const values: string[] = []
  for (const [headerName, value] of headers) if (headerName === full) values.push(value)
  return values
}

function stateMissing(draft: Draft<SipMessage>, present: ReadonlySet<string>, anomalies: AnomalyList): void {
  for (const name of ['via', 'from', 'to', 'call-id', 'cseq']) if (!present.has(name)) anomalies.addMissing(name)
  const isRequest = draft.kind === 'request'
  if (isRequest && !present.has('max-forwards')) anomalies.addMissing('max-forwards')
  if (draft.from !== undefined && draft.from.tag === undefined) anomalies.add('from-tag-missing')
  const status = draft.status ?? 0
  if (status > 100 && draft.to !== undefined && draft.to.tag === undefined) anomalies.add('to-tag-missing')
  const needsContact = draft.method === 'INVITE' && (isRequest || (status >= 200 && status < 300))
  if (needsContact && !present.has('contact')) anomalies.add('contact-missing')
  if (draft.contactIsWildcard && (draft.contact.length > 0 || !(draft.method === 'REGISTER' && isRequest)))
    anomalies.add('contact-wildcard-not-alone')
}

const LINE_FEED = 0x0a
const RETURN = 0x0d
const NUL = 0
const EQUALS = 0x3d

/** Whether a session description is cut at `at`: within a line, or before one of the form `<type>=<value>`. Padding is no line. */
function goesOn(octets: Uint8Array, at: number): boolean {
  const isWithinLine = octets[at - 1] !== LINE_FEED && ![RETURN, LINE_FEED, NUL].includes(octets[at])
  return isWithinLine || (octets[at] >= 0x61 && octets[at] <= 0x7a && octets[at + 1] === EQUALS)
}

/** RFC 3261 §18.3: over UDP the body runs to the datagram's end, or as far as Content-Length says. */
function delimitBody(
  draft: Draft<SipMessage>,
  octets: Uint8Array,
  bodyStart: number,
  { truncated, stream }: Required<ParseOptions>,
  anomalies: AnomalyList,
): void {
  const available = octets.length - bodyStart
  const stated = draft.contentLength
  if (stated === undefined) {
    if (truncated) anomalies.add('capture-cut')
    if (stream && valuesOf(draft.headers, 'content-length').length === 0) anomalies.addMissingContentLength()
  } else if (stated > available) {
    anomalies.add(truncated ? 'capture-cut' : 'content-length-too-large')
  } else if (stated < available) {
    anomalies.add('octets-after-body')
    if (draft.contentType === 'application/sdp' && goesOn(octets, bodyStart + stated)) {
      anomalies.add('content-length-too-small')
    }
  }
  const length = Math.min(available, stated ?? available)
  draft.lengthBytes = bodyStart + length
  if (length === 0) return
  draft.body = new Uint8Array(octets.subarray(bodyStart, bodyStart + length))
  if (draft.contentType === undefined) anomalies.add('content-type-missing')
  const type: MediaType = { type: draft.contentType ?? '', params: draft.contentTypeParams }
  const disposition = valuesOf(draft.headers, 'content-disposition')[0]
  const cut = truncated && (stated === undefined || stated > available)
  draft.parts = splitBody(
    draft.body,
    type,
    disposition === undefined ? undefined : parseDisposition(disposition, anomalies),
    cut,
    anomalies,
  )
}
