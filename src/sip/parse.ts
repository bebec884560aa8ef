import { AnomalyList, isSingleHeader } from './anomalies.ts'
import { checkContactExpires, checkHeader } from './header-checks.ts'
import { findHeaderEnd, splitHeaderLines } from './header-lines.ts'
import { fullHeaderName } from './header-names.ts'
import { MOST_VALUES, splitValues } from './list-values.ts'
import { type MediaType, parseDisposition, parseMediaType } from './media-type.ts'
import type { HeaderField, Malformed, SipMessage } from './message.ts'
import { splitBody } from './multipart.ts'
import { type NameAddress, parseNameAddress } from './name-address.ts'
import { NO_PARAMETERS } from './parameters.ts'
import { parseReason, parseReplaces } from './reason-header.ts'
import { parseCSeq, parseRAck, parseRSeq } from './sequence.ts'
import { looksLikeSip } from './start-line.ts'
import { parseCutStartLine, parseStartLine } from './start-line-fields.ts'
import { hasWhiteSpace, parseDecimal } from './token.ts'
import { parseVia } from './via.ts'

export interface ParseOptions {
  /** The capture does not hold all octets of the message. What is missing is then no fault of the sender. */
  readonly truncated?: boolean
  /** The message came over TCP, TLS, … where Content-Length is mandatory (RFC 3261 §18.3). */
  readonly stream?: boolean
}

type Draft = { -readonly [Name in keyof SipMessage]: SipMessage[Name] }
type Reader = (draft: Draft, value: string, anomalies: AnomalyList) => void

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
  const octets = new Uint8Array(Math.min(length, bytes.length - offset))
  octets.set(bytes.subarray(offset, offset + octets.length))
  const truncated = options.truncated === true
  const anomalies = new AnomalyList()
  let start = 0
  while (octets[start] === 13 || octets[start] === 10) start++
  if (start > 0) anomalies.add('leading-empty-lines')
  const headerEnd = findHeaderEnd(octets, start, octets.length)
  const terminated = headerEnd >= 0
  if (!terminated) anomalies.add(truncated ? 'capture-cut' : 'header-section-unterminated')
  const bodyStart = terminated ? headerEnd : octets.length
  const text = Buffer.from(octets.buffer, start, bodyStart - start).toString('utf8')
  if (text.includes('\uFFFD')) anomalies.add('header-not-utf8')
  const lineFeed = text.indexOf('\n')
  const lineEnd = lineFeed < 0 ? text.length : lineFeed
  const bare = lineFeed >= 0 && text.charCodeAt(lineFeed - 1) !== 13
  if (bare) anomalies.add('bare-line-feed')
  const line = text.slice(0, lineFeed >= 0 && !bare ? lineEnd - 1 : lineEnd)
  const startLine = truncated && lineFeed < 0 ? parseCutStartLine(line) : parseStartLine(line, anomalies)
  const headers = splitHeaderLines(text, lineEnd + 1, anomalies, terminated || !truncated)
  const draft: Draft = {
    ...startLine,
    method: startLine.method ?? '',
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

/** What is done with a header's value. Singletons: only their first value gets here. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['call-id', readCallId],
  ['cseq', readCSeq],
  ['from', (draft, value, anomalies) => assign(draft, 'from', parseNameAddress(value, anomalies))],
  ['to', (draft, value, anomalies) => assign(draft, 'to', parseNameAddress(value, anomalies))],
  ['via', (draft, value, anomalies) => appendValues(draft, 'via', value, parseVia, anomalies)],
  ['contact', readContact],
  ['route', (draft, value, anomalies) => appendValues(draft, 'route', value, parseNameAddress, anomalies)],
  ['record-route', (draft, value, anomalies) => appendValues(draft, 'recordRoute', value, parseNameAddress, anomalies)],
  ['rack', (draft, value, anomalies) => assign(draft, 'rack', parseRAck(value, anomalies))],
  ['rseq', (draft, value, anomalies) => assign(draft, 'rseq', parseRSeq(value, anomalies))],
  ['content-type', readContentType],
  ['content-length', readContentLength],
  ['user-agent', (draft, value) => assign(draft, 'userAgent', value)],
  ['server', (draft, value) => assign(draft, 'server', value)],
  ['session-id', (draft, value) => assign(draft, 'sessionId', value)],
  ['replaces', (draft, value, anomalies) => assign(draft, 'replaces', parseReplaces(value, anomalies))],
  ['reason', (draft, value, anomalies) => appendValues(draft, 'reasons', value, parseReason, anomalies)],
])

function readHeaders(draft: Draft, headers: readonly HeaderField[], anomalies: AnomalyList): ReadonlySet<string> {
  const present = new Set<string>()
  for (const [name, value] of headers) {
    if (present.has(name) && isSingleHeader(name)) {
      anomalies.addRepeated(name)
      continue
    }
    present.add(name)
    READERS.get(name)?.(draft, value, anomalies)
    checkHeader(name, value, anomalies)
  }
  return present
}

function assign<Name extends keyof Draft>(draft: Draft, name: Name, value: Draft[Name] | undefined): void {
  if (value !== undefined) draft[name] = value
}

type ListName = 'via' | 'contact' | 'route' | 'recordRoute' | 'reasons'

/** Adds the values of one header line to a list of the draft, which is a fresh array of this parse. */
function appendValues<Name extends ListName>(
  draft: Draft,
  name: Name,
  text: string,
  parse: (value: string, anomalies: AnomalyList) => SipMessage[Name][number] | undefined,
  anomalies: AnomalyList,
): void {
  const list = draft[name] as SipMessage[Name][number][]
  for (const value of splitValues(text, anomalies)) {
    if (list.length >= MOST_VALUES) {
      anomalies.add('values-over-limit')
      return
    }
    const parsed = parse(value, anomalies)
    if (parsed !== undefined) list.push(parsed)
  }
}

function readCallId(draft: Draft, value: string, anomalies: AnomalyList): void {
  if (value === '' || hasWhiteSpace(value)) anomalies.add('call-id-malformed')
  draft.callId = value
}

function readCSeq(draft: Draft, value: string, anomalies: AnomalyList): void {
  const parsed = parseCSeq(value, anomalies)
  if (parsed === undefined) return
  assign(draft, 'cseq', parsed.cseq)
  if (draft.kind === 'response') draft.method = parsed.method
  else if (parsed.method !== draft.method) anomalies.add('cseq-method-mismatch')
}

function readContact(draft: Draft, value: string, anomalies: AnomalyList): void {
  if (value === '*') {
    draft.contactIsWildcard = true
    return
  }
  appendValues(draft, 'contact', value, contactAddress, anomalies)
}

function contactAddress(value: string, anomalies: AnomalyList): NameAddress | undefined {
  const contact = parseNameAddress(value, anomalies)
  checkContactExpires(contact?.params.get('expires'), anomalies)
  return contact
}

function readContentType(draft: Draft, value: string, anomalies: AnomalyList): void {
  const { type, params } = parseMediaType(value, anomalies)
  draft.contentType = type
  draft.contentTypeParams = params
}

function readContentLength(draft: Draft, value: string, anomalies: AnomalyList): void {
  const length = parseDecimal(value)
  if (length === undefined || !Number.isFinite(length)) anomalies.add('content-length-malformed')
  else draft.contentLength = length
}

function stateMissing(draft: Draft, present: ReadonlySet<string>, anomalies: AnomalyList): void {
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

/** RFC 3261 §18.3: over UDP the body runs to the datagram's end, or as far as Content-Length says. */
function delimitBody(
  draft: Draft,
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
  }
  const length = Math.min(available, stated ?? available)
  draft.lengthBytes = bodyStart + length
  if (length === 0) return
  draft.body = octets.subarray(bodyStart, bodyStart + length)
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
