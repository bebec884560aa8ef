import { isAscii } from 'node:buffer'
import { HEADER_WORDS, HEADERS, MANDATORY, MAX_FORWARDS, SINGLE, unread } from './indexed-headers.ts'
import { METHOD_WORDS, METHODS } from './method-words.ts'
import {
  afterPrintable,
  afterSpaces,
  afterToken,
  afterUri,
  isSip20,
  MOST_OCTETS,
  numberIn,
  Span,
  UNSOUND,
  ValueParts,
} from './sound-values.ts'

const CR = 13
/** Of the Reason-Phrase, behind `SIP/2.0 488 `. */
const PHRASE = 12
const LF = 10
const SPACE = 32
const COLON = 58

const INVITE = METHODS.indexOf('INVITE')

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
  readonly sessionExpires = new Span()
  /** Of the first Authorization or Proxy-Authorization. */
  readonly credentials = new Span()
  /** The first WWW-Authenticate or Proxy-Authenticate. */
  readonly challenge = new Span()
  readonly reason = new Span()
  readonly reasonPhrase = new Span()
  readonly warning = new Span()
  /** Of a response. */
  readonly accept = new Span()
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
    this.sessionExpires.end = -1
    this.credentials.end = -1
    this.challenge.end = -1
    this.reason.end = -1
    this.reasonPhrase.end = -1
    this.warning.end = -1
    this.accept.end = -1
  }

  #statusLine(octets: Buffer): number {
    if (octets[7] !== SPACE || octets[11] !== SPACE) return UNSOUND
    this.status = numberIn(octets, 8, 11)
    if (this.status < 100 || this.status > 699) return UNSOUND
    const phraseEnd = afterPrintable(octets, PHRASE)
    if (phraseEnd === UNSOUND || phraseEnd - PHRASE > MOST_OCTETS) return UNSOUND
    this.reasonPhrase.set(PHRASE, phraseEnd)
    return afterLineEnd(octets, phraseEnd)
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
