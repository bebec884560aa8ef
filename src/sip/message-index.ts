import { isAscii } from 'node:buffer'
import { AnomalyList } from './anomalies.ts'
import { checkHeader } from './header-checks.ts'
import { OctetWords } from './octet-words.ts'
import {
  afterNameAddress,
  afterNameAddresses,
  afterParameters,
  afterPrintable,
  afterSpaces,
  afterToken,
  afterUri,
  afterVia,
  isFoldedWord,
  isSip20,
  MOST_OCTETS,
  numberIn,
  Span,
  UNSOUND,
  ValueParts,
} from './sound-values.ts'

/** Methods that are told by their octets (IANA's registry). A message of another is for the full parser. */
export const METHODS = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'OPTIONS', 'REGISTER', 'INFO', 'MESSAGE', 'NOTIFY'],
  ...['PUBLISH', 'REFER', 'SUBSCRIBE'],
]
const METHOD_WORDS = new OctetWords(METHODS, false)

const CR = 13
const LF = 10
const SPACE = 32
const SLASH = 47
const COLON = 58

/** More header lines are for the full parser. */
const MOST_LINES = 64

/**
 * Where the parts of one message stand that the model asks for, found in one pass over its header section that makes
 * no text of anything. Only sound messages are indexed: those of which the full parser would state nothing at all.
 */
export class MessageIndex {
  /** Index in `METHODS`: of the request line, or of CSeq. */
  method = -1
  /** 0 for a request. */
  status = 0
  cseq = -1
  hops = 0
  /** -1 where there is none. */
  rseq = -1
  bodyStart = 0
  contentLength = -1
  readonly requestUri = new Span()
  readonly callId = new Span()
  readonly branch = new Span()
  readonly from = new Span()
  readonly fromTag = new Span()
  readonly to = new Span()
  readonly toTag = new Span()
  readonly contact = new Span()
  readonly userAgent = new Span()
  readonly server = new Span()
  readonly rack = new Span()
  readonly contentType = new Span()
  readonly sessionId = new Span()
  /** Of the first Authorization or Proxy-Authorization. */
  readonly credentials = new Span()
  readonly reason = new Span()
  readonly warning = new Span()
  /** Bits of `HEADERS` that are present. */
  present = 0
  readonly parts = new ValueParts()

  /** False where the octets are no sound message. `stream`: Content-Length is mandatory (RFC 3261 §18.3). */
  read(octets: Buffer, stream: boolean): boolean {
    this.#reset()
    let at = isSip20(octets, 0) ? this.#statusLine(octets) : this.#requestLine(octets)
    for (let line = 0; octets[at] !== CR; line++) {
      if (at === UNSOUND || line === MOST_LINES) return false
      at = this.#headerLine(octets, at)
    }
    if (octets[at + 1] !== LF) return false
    this.bodyStart = at + 2
    if (!isAscii(octets) && !isAscii(octets.subarray(0, at))) return false
    return this.#isComplete() && this.#isDelimited(octets.length - this.bodyStart, stream)
  }

  #reset(): void {
    this.method = -1
    this.status = 0
    this.cseq = -1
    this.hops = 0
    this.rseq = -1
    this.contentLength = -1
    this.present = 0
    this.requestUri.end = -1
    this.contact.end = -1
    this.userAgent.end = -1
    this.server.end = -1
    this.rack.end = -1
    this.contentType.end = -1
    this.sessionId.end = -1
    this.credentials.end = -1
    this.reason.end = -1
    this.warning.end = -1
  }

  #statusLine(octets: Buffer): number {
    if (octets[7] !== SPACE || octets[11] !== SPACE) return UNSOUND
    this.status = numberIn(octets, 8, 11)
    if (this.status < 100 || this.status > 699) return UNSOUND
    return afterLineEnd(octets, afterPrintable(octets, 12))
  }

  #requestLine(octets: Buffer): number {
    const methodEnd = afterToken(octets, 0)
    this.method = METHOD_WORDS.indexOf(octets, 0, methodEnd)
    if (this.method < 0 || octets[methodEnd] !== SPACE) return UNSOUND
    const uri = methodEnd + 1
    const uriEnd = afterUri(octets, uri, true)
    if (uriEnd === UNSOUND || uriEnd - uri > MOST_OCTETS) return UNSOUND
    if (octets[uriEnd] !== SPACE || !isSip20(octets, uriEnd + 1)) return UNSOUND
    this.requestUri.set(uri, uriEnd)
    return afterLineEnd(octets, uriEnd + 8)
  }

  #headerLine(octets: Buffer, start: number): number {
    const nameEnd = afterToken(octets, start)
    if (octets[nameEnd] !== COLON || nameEnd === start) return UNSOUND
    const value = afterSpaces(octets, nameEnd + 1)
    const header = HEADER_WORDS.indexOf(octets, start, nameEnd)
    if (header < 0) return afterLineEnd(octets, unread(this, octets, value))
    const { bit, read } = HEADERS[header]
    if ((this.present & bit & SINGLE) !== 0) return UNSOUND
    this.present |= bit
    return afterLineEnd(octets, read(this, octets, value))
  }

  /** RFC 3261 §8.1.1, §8.2.6.2, §12.1.1. The lack of a From tag, and of a branch, is unsound by itself. */
  #isComplete(): boolean {
    const isInvite = this.method === INVITE
    const isSuccess = this.status >= 200 && this.status < 300
    if ((this.present & MANDATORY) !== MANDATORY) return false
    if (this.status === 0 && (this.present & MAX_FORWARDS) === 0) return false
    if (this.status > 100 && this.toTag.end < 0) return false
    return !isInvite || !(this.status === 0 || isSuccess) || this.contact.end >= 0
  }

  /** RFC 3261 §18.3, §20.15. */
  #isDelimited(available: number, stream: boolean): boolean {
    if (this.contentLength < 0 ? stream : this.contentLength !== available) return false
    return available === 0 || this.contentType.end >= 0
  }
}

/** The line after one that ends at `at`; a line that begins with white space continues it (RFC 3261 §7.3.1). */
function afterLineEnd(octets: Buffer, at: number): number {
  if (at === UNSOUND || octets[at] !== CR || octets[at + 1] !== LF) return UNSOUND
  return octets[at + 2] === SPACE ? UNSOUND : at + 2
}

/** Steps over a header's value and takes down where its parts are: the index of the line's CR, or UNSOUND. */
type Read = (index: MessageIndex, octets: Buffer, start: number) => number

interface Header {
  /** Present; and in `SINGLE` where it may stand once only (RFC 3261 §7.3.1). */
  readonly bit: number
  readonly read: Read
}

/** Any octets up to the line's end. */
const unread: Read = (_, octets, start) => octets.indexOf(LF, start) - 1
const never: Read = () => UNSOUND

const CALL_ID = 1
const CSEQ = 2
const FROM = 4
const TO = 8
const VIA = 16
const MAX_FORWARDS = 32
const MANDATORY = CALL_ID | CSEQ | FROM | TO | VIA
const REPEATABLE = VIA | 64

/** Every header whose value the full parser looks at, or that may stand once only; by name and compact form. */
const NAMED: readonly (readonly [names: readonly string[], bit: number, read: Read])[] = [
  [['call-id', 'i'], CALL_ID, readCallId],
  [['cseq'], CSEQ, readCSeq],
  [['from', 'f'], FROM, readFrom],
  [['to', 't'], TO, readTo],
  [['via', 'v'], VIA, readVia],
  [['max-forwards'], MAX_FORWARDS, readMaxForwards],
  [['contact', 'm'], 64, readContact],
  [['route'], 64, readRoute],
  [['record-route'], 64, readRoute],
  [['reason'], 64, readReason],
  [['warning'], 64, readWarning],
  [['authorization'], 64, readCredentials],
  [['proxy-authorization'], 64, readCredentials],
  [['content-encoding', 'e'], 64, never],
  [['content-disposition'], 64, never],
  [['replaces'], 64, never],
  [['content-length', 'l'], 1 << 7, readContentLength],
  [['content-type', 'c'], 1 << 8, readContentType],
  [['user-agent'], 1 << 9, readUserAgent],
  [['server'], 1 << 10, readServer],
  [['rseq'], 1 << 11, readRSeq],
  [['rack'], 1 << 12, readRAck],
  [['expires'], 1 << 13, readNumber],
  [['min-expires'], 1 << 14, readNumber],
  [['date'], 1 << 15, checked('date')],
  [['retry-after'], 1 << 16, checked('retry-after')],
  [['event', 'o'], 1 << 17, unread],
  [['mime-version'], 1 << 18, unread],
  [['refer-to', 'r'], 1 << 19, unread],
  [['session-expires', 'x'], 1 << 20, unread],
  [['session-id'], 1 << 21, readSessionId],
  [['subject', 's'], 1 << 22, unread],
]

const SINGLE = ~REPEATABLE
const HEADERS: readonly Header[] = NAMED.flatMap(([names, bit, read]) => names.map(() => ({ bit, read })))
const HEADER_WORDS = new OctetWords(
  NAMED.flatMap(([names]) => names),
  true,
)
const INVITE = METHODS.indexOf('INVITE')

function readCallId(index: MessageIndex, octets: Buffer, start: number): number {
  const end = afterPrintable(octets, start)
  if (end === UNSOUND || end === start || end - start > MOST_OCTETS) return UNSOUND
  for (let at = start; at < end; at++) if (octets[at] === SPACE) return UNSOUND
  index.callId.set(start, end)
  return end
}

/** The number is below 2^31 for having nine digits at most. */
function readCSeq(index: MessageIndex, octets: Buffer, start: number): number {
  const numberEnd = afterToken(octets, start)
  const end = afterToken(octets, numberEnd + 1)
  index.cseq = numberIn(octets, start, numberEnd)
  if (index.cseq < 0 || octets[numberEnd] !== SPACE) return UNSOUND
  const method = METHOD_WORDS.indexOf(octets, numberEnd + 1, end)
  if (method < 0 || (index.status === 0 && method !== index.method)) return UNSOUND
  index.method = method
  return end
}

function readFrom(index: MessageIndex, octets: Buffer, start: number): number {
  const { parts, from, fromTag } = index
  const end = afterNameAddress(octets, start, parts)
  if (end === UNSOUND || parts.tag.end < 0) return UNSOUND
  from.set(parts.uri.start, parts.uri.end)
  fromTag.set(parts.tag.start, parts.tag.end)
  return end
}

function readTo(index: MessageIndex, octets: Buffer, start: number): number {
  const { parts, to, toTag } = index
  const end = afterNameAddress(octets, start, parts)
  if (end === UNSOUND) return UNSOUND
  to.set(parts.uri.start, parts.uri.end)
  toTag.set(parts.tag.start, parts.tag.end)
  return end
}

function readVia(index: MessageIndex, octets: Buffer, start: number): number {
  const { parts, branch } = index
  const end = afterVia(octets, start, parts)
  if (end !== UNSOUND && index.hops++ === 0) branch.set(parts.branch.start, parts.branch.end)
  return end
}

function readContact(index: MessageIndex, octets: Buffer, start: number): number {
  const { parts, contact } = index
  const end = afterNameAddresses(octets, start, parts)
  if (end !== UNSOUND && contact.end < 0) contact.set(parts.uri.start, parts.uri.end)
  return end
}

function readRoute(index: MessageIndex, octets: Buffer, start: number): number {
  return afterNameAddresses(octets, start, index.parts)
}

function readReason(index: MessageIndex, octets: Buffer, start: number): number {
  const protocolEnd = afterToken(octets, start)
  if (protocolEnd === start) return UNSOUND
  const end = afterParameters(octets, protocolEnd, index.parts)
  if (end === UNSOUND || end - start > MOST_OCTETS) return UNSOUND
  if (index.reason.end < 0) index.reason.set(start, end)
  return end
}

const checkWarning = checked('warning')

function readWarning(index: MessageIndex, octets: Buffer, start: number): number {
  const end = checkWarning(index, octets, start)
  if (end === UNSOUND || end - start > MOST_OCTETS || octets[end - 1] === SPACE) return UNSOUND
  if (index.warning.end < 0) index.warning.set(start, end)
  return end
}

function readMaxForwards(_: MessageIndex, octets: Buffer, start: number): number {
  const end = afterToken(octets, start)
  const number = numberIn(octets, start, end)
  return number >= 0 && number <= 255 ? end : UNSOUND
}

function readNumber(_: MessageIndex, octets: Buffer, start: number): number {
  const end = afterToken(octets, start)
  return numberIn(octets, start, end) >= 0 ? end : UNSOUND
}

function readContentLength(index: MessageIndex, octets: Buffer, start: number): number {
  const end = afterToken(octets, start)
  index.contentLength = numberIn(octets, start, end)
  return index.contentLength >= 0 ? end : UNSOUND
}

/** `type/subtype` without parameters, and no multipart. */
function readContentType(index: MessageIndex, octets: Buffer, start: number): number {
  const slash = afterToken(octets, start)
  const end = afterToken(octets, slash + 1)
  if (slash === start || octets[slash] !== SLASH || end === slash + 1 || end - start > MOST_OCTETS) return UNSOUND
  if (isFoldedWord(octets, start, 109, 117, 108)) return UNSOUND
  index.contentType.set(start, end)
  return end
}

function readUserAgent(index: MessageIndex, octets: Buffer, start: number): number {
  return readText(index.userAgent, octets, start)
}

function readSessionId(index: MessageIndex, octets: Buffer, start: number): number {
  return readText(index.sessionId, octets, start)
}

/** As much as is kept of a text: a digest of several algorithms is longer than other values. */
function readCredentials({ credentials }: MessageIndex, octets: Buffer, start: number): number {
  const end = afterPrintable(octets, start)
  if (end === UNSOUND || octets[end - 1] === SPACE) return UNSOUND
  if (credentials.end < 0) credentials.set(start, Math.min(end, start + MOST_OCTETS))
  return end
}

function readServer(index: MessageIndex, octets: Buffer, start: number): number {
  return readText(index.server, octets, start)
}

function readText(span: Span, octets: Buffer, start: number): number {
  const end = afterPrintable(octets, start)
  if (end === UNSOUND || end - start > MOST_OCTETS || octets[end - 1] === SPACE) return UNSOUND
  span.set(start, end)
  return end
}

function readRSeq(index: MessageIndex, octets: Buffer, start: number): number {
  const end = afterToken(octets, start)
  index.rseq = numberIn(octets, start, end)
  return index.rseq > 0 ? end : UNSOUND
}

/** `response-num CSeq-num method` (RFC 3262 §7.2). */
function readRAck(index: MessageIndex, octets: Buffer, start: number): number {
  const rseqEnd = afterToken(octets, start)
  const cseqEnd = afterToken(octets, rseqEnd + 1)
  const end = afterToken(octets, cseqEnd + 1)
  if (octets[rseqEnd] !== SPACE || octets[cseqEnd] !== SPACE || end === cseqEnd + 1) return UNSOUND
  if (numberIn(octets, start, rseqEnd) < 0 || numberIn(octets, rseqEnd + 1, cseqEnd) < 0) return UNSOUND
  index.rack.set(start, end)
  return end
}

/** Values that are rare, and checked as the full parser does it. */
function checked(name: string): Read {
  return (_, octets, start) => {
    const end = afterPrintable(octets, start)
    if (end === UNSOUND) return UNSOUND
    const anomalies = new AnomalyList()
    checkHeader(name, octets.toString('latin1', start, end).trimEnd(), anomalies)
    return anomalies.list().length === 0 ? end : UNSOUND
  }
}
