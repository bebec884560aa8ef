import { AnomalyList } from './anomalies.ts'
import { checkHeader } from './header-checks.ts'
import type { MessageIndex } from './message-index.ts'
import { METHOD_WORDS } from './method-words.ts'
import { OctetWords } from './octet-words.ts'
import {
  afterNameAddress,
  afterNameAddresses,
  afterParameters,
  afterPrintable,
  afterToken,
  afterVia,
  isFoldedWord,
  MOST_OCTETS,
  numberIn,
  type Span,
  UNSOUND,
} from './sound-values.ts'

const LF = 10
const SPACE = 32
const SLASH = 47

/** Steps over a header's value and takes down where its parts are: the index of the line's CR, or UNSOUND. */
type Read = (index: MessageIndex, octets: Buffer, start: number) => number

interface Header {
  /** Present; and in `SINGLE` where it may stand once only (RFC 3261 §7.3.1). */
  readonly bit: number
  readonly read: Read
}

/** Any octets up to the line's end. */
export const unread: Read = (_, octets, start) => octets.indexOf(LF, start) - 1
const never: Read = () => UNSOUND

const CALL_ID = 1
const CSEQ = 2
const FROM = 4
const TO = 8
const VIA = 16
export const MAX_FORWARDS = 32
export const MANDATORY = CALL_ID | CSEQ | FROM | TO | VIA
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
  [['accept'], 64, readAccept],
  [['authorization'], 64, readCredentials],
  [['proxy-authorization'], 64, readCredentials],
  [['www-authenticate'], 64, readChallenge],
  [['proxy-authenticate'], 64, readChallenge],
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
  [['session-expires', 'x'], 1 << 20, readSessionExpires],
  [['session-id'], 1 << 21, readSessionId],
  [['subject', 's'], 1 << 22, unread],
]

export const SINGLE = ~REPEATABLE
export const HEADERS: readonly Header[] = NAMED.flatMap(([names, bit, read]) => names.map(() => ({ bit, read })))
export const HEADER_WORDS = new OctetWords(
  NAMED.flatMap(([names]) => names),
  true,
)

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
  // Lines are joined by the full parser.
  if (end === UNSOUND || end - start > MOST_OCTETS || octets[end - 1] === SPACE || index.warning.end >= 0)
    return UNSOUND
  index.warning.set(start, end)
  return end
}

function readAccept(index: MessageIndex, octets: Buffer, start: number): number {
  if (index.status === 0) return unread(index, octets, start)
  return index.accept.end >= 0 ? UNSOUND : readText(index.accept, octets, start)
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

function readSessionExpires(index: MessageIndex, octets: Buffer, start: number): number {
  return readText(index.sessionExpires, octets, start)
}

/** As much as is kept of a text: a digest of several algorithms is longer than other values. */
function readCredentials(index: MessageIndex, octets: Buffer, start: number): number {
  return readFirst(index.credentials, octets, start)
}

function readChallenge(index: MessageIndex, octets: Buffer, start: number): number {
  return readFirst(index.challenge, octets, start)
}

function readFirst(span: Span, octets: Buffer, start: number): number {
  const end = afterPrintable(octets, start)
  if (end === UNSOUND || octets[end - 1] === SPACE) return UNSOUND
  if (span.end < 0) span.set(start, Math.min(end, start + MOST_OCTETS))
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
