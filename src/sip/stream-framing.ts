import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import { AnomalyList } from './anomalies.ts'
import { type ForeignProtocol, isHttpLine, isTlsRecord } from './foreign-protocol.ts'
import { splitHeaderLines } from './header-lines.ts'
import { isStartLine, looksLikeSip } from './start-line.ts'
import { StreamBuffer } from './stream-buffer.ts'
import { parseDecimal } from './token.ts'

/** What exceeds one is left out, a message is cut there, and reading goes on at the next start line. */
const LONGEST_START_LINE = LIMITS.sipStartLine.most
const LONGEST_HEADER_SECTION = LIMITS.sipHeaderSection.most
const LONGEST_MESSAGE = LIMITS.sipMessage.most
/** A stream whose first octets up to here hold no SIP start line is another protocol. */
const OPENING = 8192

export interface SipStreamHandlers {
  /**
   * One message with its body. `bytes` is valid during the call only; `at` is the frame with its last octet.
   * `truncated`: a gap, the end of the stream or a ceiling cut it.
   */
  readonly onMessage: (bytes: Uint8Array, at: FrameRef, truncated: boolean) => void
  /**
   * The stream is not SIP; the reader ignores all that follows. `firstBytes`: a copy of all octets so far (since the
   * last gap), so that another reader can begin with them.
   */
  readonly onForeign?: (firstBytes: Uint8Array, protocol: ForeignProtocol, at: FrameRef) => void
  /** Behind a message stands something that begins none: its Content-Length is wrong, or that of the one before. */
  readonly onMisfit?: (at: FrameRef) => void
  /** A ceiling cut a message, or made it be passed over. */
  readonly onLimit?: OnLimit
}

const State = { Between: 0, StartLine: 1, Header: 2, Body: 3, OpenBody: 4, SkipLine: 5 } as const
type State = (typeof State)[keyof typeof State]

/**
 * Cuts one direction of a stream transport into SIP messages (RFC 3261 §18.3). Content-Length says where a body ends.
 * Without it there is no body where Content-Type is missing too, else the body runs to the next start line.
 * Keep-alives (RFC 5626 §3.5.1) and empty lines between messages are skipped. Lines between messages that are no start
 * line are skipped and counted, which is how reading resumes after a gap. How the stream was cut into segments makes no
 * difference. Time is linear in the octets; memory is bounded by the ceilings above.
 */
export class SipStreamReader {
  readonly #handlers: SipStreamHandlers
  readonly #buffer = new StreamBuffer()
  #state: State = State.Between
  /** Where the current line begins, how far it was searched for LF, and where the body ends. */
  #lineStart = 0
  #scan = 0
  #bodyEnd = 0
  /** Nothing of SIP was seen yet. The buffer then keeps all octets since the beginning or the last gap. */
  #opening = true
  #afterGap = false
  #foreign = false
  #skippedOctets = 0
  /** A message ended where its Content-Length says, and none began since; whether that had a body. */
  #behind: 'body' | 'header' | undefined
  /** The frame with the last octet, and the one with the last line end. */
  #lastAt: FrameRef | undefined
  #lineAt: FrameRef | undefined

  constructor(handlers: SipStreamHandlers) {
    this.#handlers = handlers
  }

  /** True once `onForeign` was called. */
  get foreign(): boolean {
    return this.#foreign
  }

  /** Octets of memory that take those which are not used up. */
  get heldOctets(): number {
    return this.#buffer.bytes.length
  }

  /** Octets that belonged to no message, empty lines not counted. */
  get skippedOctets(): number {
    return this.#skippedOctets
  }

  /** The stream's next octets, which came in the frame `at`. */
  push(bytes: Uint8Array, at: FrameRef): void {
    if (this.#foreign || bytes.length === 0) return
    const moved = this.#buffer.append(bytes)
    this.#lineStart -= moved
    this.#scan -= moved
    this.#bodyEnd -= moved
    this.#lastAt = at
    while (!this.#foreign && this.#step(at));
    // The state stays: a line that is passed over may go on.
    if (this.#buffer.start === this.#buffer.end) this.#rewind()
  }

  /** Octets are missing here. The message under way ends, truncated. */
  gap(at: FrameRef): void {
    if (this.#foreign) return
    this.#endMessage(at, true)
    this.#afterGap = true
    this.#behind = undefined
    this.#restart()
  }

  /** The stream has ended, or the capture has. */
  flush(at: FrameRef): void {
    if (this.#foreign) return
    const sawOctets = this.#buffer.start < this.#buffer.end
    this.#endMessage(at, this.#state !== State.OpenBody)
    if (this.#opening && sawOctets) this.#stateForeign('unknown', at)
    this.#restart()
  }

  #restart(): void {
    this.#state = State.Between
    this.#rewind()
  }

  #rewind(): void {
    this.#buffer.clear()
    this.#lineStart = 0
    this.#scan = 0
  }

  #endMessage(at: FrameRef, truncated: boolean): void {
    const { start, end } = this.#buffer
    const inMessage = this.#state === State.Header || this.#state === State.Body || this.#state === State.OpenBody
    if (inMessage) this.#emit(end, this.#lastAt ?? at, truncated)
    else if (!this.#opening) this.#skippedOctets += end - start
  }

  /** Does what the octets at hand allow; false where more are needed. */
  #step(at: FrameRef): boolean {
    switch (this.#state) {
      case State.Between:
        return this.#skipEmptyLines()
      case State.StartLine:
        return this.#readStartLine(at)
      case State.Header:
        return this.#readHeaderLine(at)
      case State.Body:
        if (this.#buffer.end < this.#bodyEnd) return false
        this.#endBody(at)
        return true
      case State.OpenBody:
        return this.#readOpenBodyLine(at)
      case State.SkipLine: {
        const lineEnd = this.#nextLineEnd(Number.POSITIVE_INFINITY)
        this.#skipTo(lineEnd < 0 ? this.#buffer.end : lineEnd + 1)
        if (lineEnd >= 0) this.#state = State.Between
        return lineEnd >= 0
      }
    }
  }

  #skipEmptyLines(): boolean {
    const { bytes, start, end } = this.#buffer
    let next = this.#lineStart
    while (next < end && (bytes[next] === 13 || bytes[next] === 10)) next++
    // Keep-alives before anything else say nothing about the protocol.
    if (!this.#opening || this.#lineStart === start) this.#buffer.start = next
    this.#lineStart = next
    this.#scan = next
    if (next === end) return false
    this.#state = State.StartLine
    return true
  }

  #readStartLine(at: FrameRef): boolean {
    const { bytes, start, end } = this.#buffer
    const isFirstLine = this.#opening && !this.#afterGap && this.#lineStart === start
    if (isFirstLine) {
      const tls = isTlsRecord(bytes, start, end)
      if (tls === undefined) return false
      if (tls) return this.#stateForeign('tls', at)
    }
    const lineEnd = this.#nextLineEnd(LONGEST_START_LINE)
    if (lineEnd === NEED_MORE) return false
    if (lineEnd >= 0 && isStartLine(bytes, this.#lineStart, lineEnd)) {
      this.#opening = false
      this.#behind = undefined
      this.#buffer.start = this.#lineStart
      this.#lineStart = this.#scan
      this.#state = State.Header
      return true
    }
    if (lineEnd >= 0) this.#checkFit(lineEnd, at)
    if (isFirstLine && lineEnd >= 0 && isHttpLine(bytes, this.#lineStart, lineEnd))
      return this.#stateForeign('http', at)
    this.#state = lineEnd >= 0 ? State.Between : State.SkipLine
    if (lineEnd === TOO_LONG && looksLikeSip(bytes, this.#lineStart, this.#scan - this.#lineStart)) {
      this.#handlers.onLimit?.('sipStartLine', at)
    }
    this.#skipTo(this.#scan)
    if (this.#opening && this.#lineStart - start >= OPENING) return this.#stateForeign('unknown', at)
    return true
  }

  #readHeaderLine(at: FrameRef): boolean {
    const lineEnd = this.#nextLineEnd(LONGEST_HEADER_SECTION - (this.#lineStart - this.#buffer.start))
    if (lineEnd === NEED_MORE) return false
    if (lineEnd === TOO_LONG) {
      // Who calls whom stands in front, mostly: a message that is cut is better than none.
      this.#handlers.onLimit?.('sipHeaderSection', at)
      this.#emit(this.#scan, at, true)
      this.#state = State.SkipLine
      return true
    }
    const { bytes, start } = this.#buffer
    const length = lineEnd - this.#lineStart
    this.#lineStart = this.#scan
    if (length > 1 || (length === 1 && bytes[lineEnd - 1] !== 13)) return true
    const headerEnd = this.#scan
    const body = delimitBody(bytes.subarray(start, headerEnd))
    if (body.lengthBytes !== undefined && headerEnd - start + body.lengthBytes > LONGEST_MESSAGE) {
      this.#handlers.onLimit?.('sipMessage', at)
      this.#emit(headerEnd, at, true)
    } else if (body.lengthBytes !== undefined || !body.hasType) {
      this.#bodyEnd = headerEnd + (body.lengthBytes ?? 0)
      this.#state = State.Body
    } else {
      this.#lineAt = at
      this.#state = State.OpenBody
    }
    return true
  }

  #endBody(at: FrameRef): void {
    const body = this.#buffer.bytes.subarray(this.#lineStart, this.#bodyEnd)
    const isMisfit = endsWithinLine(body)
    this.#emit(this.#bodyEnd, at, false)
    this.#behind = isMisfit ? undefined : body.length > 0 ? 'body' : 'header'
    if (isMisfit) this.#handlers.onMisfit?.(at)
  }

  /** What stands behind a message and begins none. Keep-alives of a kind of their own are no header lines. */
  #checkFit(lineEnd: number, at: FrameRef): void {
    if (this.#behind === undefined) return
    if (this.#behind === 'header' && !isOfMessage(this.#buffer.bytes, this.#lineStart, lineEnd)) return
    this.#behind = undefined
    this.#handlers.onMisfit?.(at)
  }

  #readOpenBodyLine(at: FrameRef): boolean {
    const { bytes, start } = this.#buffer
    const lineEnd = this.#nextLineEnd(LONGEST_MESSAGE - (this.#lineStart - start))
    if (lineEnd === NEED_MORE) return false
    if (lineEnd === TOO_LONG) {
      this.#handlers.onLimit?.('sipMessage', at)
      this.#emit(this.#scan, at, true)
      this.#state = State.SkipLine
    } else if (isStartLine(bytes, this.#lineStart, lineEnd)) {
      this.#emit(this.#lineStart, this.#lineAt ?? at, false)
    } else {
      this.#lineAt = at
      this.#lineStart = this.#scan
    }
    return true
  }

  /**
   * Index of the LF that ends the current line, with `#scan` just after it. TOO_LONG, with `#scan` at the ceiling, where
   * `longest` octets have none; NEED_MORE where that is still open.
   */
  #nextLineEnd(longest: number): number {
    const { bytes, end } = this.#buffer
    const limit = Math.min(end, this.#lineStart + longest)
    while (this.#scan < limit) if (bytes[this.#scan++] === 10) return this.#scan - 1
    return limit < this.#lineStart + longest ? NEED_MORE : TOO_LONG
  }

  /** Leaves octets out: they are no part of a message. */
  #skipTo(position: number): void {
    this.#skippedOctets += position - (this.#opening ? this.#lineStart : this.#buffer.start)
    if (!this.#opening) this.#buffer.start = position
    this.#lineStart = position
    this.#scan = position
  }

  #emit(messageEnd: number, at: FrameRef, truncated: boolean): void {
    this.#handlers.onMessage(this.#buffer.bytes.subarray(this.#buffer.start, messageEnd), at, truncated)
    this.#buffer.start = messageEnd
    this.#lineStart = messageEnd
    this.#scan = messageEnd
    this.#state = State.Between
  }

  #stateForeign(protocol: ForeignProtocol, at: FrameRef): false {
    this.#foreign = true
    const { bytes, start, end } = this.#buffer
    const firstBytes = new Uint8Array(bytes.subarray(start, end))
    this.#buffer.clear()
    this.#handlers.onForeign?.(firstBytes, protocol, at)
    return false
  }
}

/** Whether a line is a header line, or one of a session description: no keep-alive of a kind of its own. */
function isOfMessage(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === COLON || bytes[at] === EQUALS) return at > start
    if (!isNameOctet(bytes[at])) return false
  }
  return false
}

/** Whether a session description ends in what is no line of one: the beginning of the next message. */
function endsWithinLine(body: Uint8Array): boolean {
  if (body.length < 2 || body[0] !== V || body[1] !== EQUALS || body[body.length - 1] === 10) return false
  const last = body.subarray(body.lastIndexOf(10) + 1)
  return last[1] !== EQUALS && last.some((octet) => octet !== 13 && octet !== 0)
}

/** Letters and hyphens. */
function isNameOctet(octet: number): boolean {
  const folded = octet | 32
  return octet === HYPHEN || (folded >= 97 && folded <= 122)
}

const [HYPHEN, COLON, EQUALS, V] = [45, 58, 61, 118]

const NEED_MORE = -1
const TOO_LONG = -2

/** What the header fields say about the body; the first Content-Length counts, as in `parseSip`. */
function delimitBody(headerSection: Uint8Array): {
  readonly lengthBytes: number | undefined
  readonly hasType: boolean
} {
  const text = Buffer.from(headerSection.buffer, headerSection.byteOffset, headerSection.length).toString('latin1')
  const headers = splitHeaderLines(text, text.indexOf('\n') + 1, new AnomalyList())
  const length = headers.find(([name]) => name === 'content-length')
  return {
    lengthBytes: length === undefined ? undefined : parseDecimal(length[1]),
    hasType: headers.some(([name]) => name === 'content-type'),
  }
}
