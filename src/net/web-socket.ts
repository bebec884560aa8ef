import type { FrameRef } from '../bytes/frame-ref.ts'
import { GrowingOctets } from '../bytes/growing-octets.ts'
import { LIMITS } from '../limits/limits.ts'
import { looksLikeWebSocketUpgrade, mayBeginHttp, parseHttpHead } from './web-socket-handshake.ts'
import { WebSocketInflater } from './web-socket-inflater.ts'

const MAX_HANDSHAKE_OCTETS = LIMITS.webSocketHandshakeOctets.most
const MAX_MESSAGE_OCTETS = LIMITS.webSocketMessageOctets.most

/** RFC 6455 §5.2. */
const Opcode = { Continuation: 0x0, Text: 0x1, Binary: 0x2, Close: 0x8, Ping: 0x9, Pong: 0xa } as const
const FIN = 0x80
const RSV1 = 0x40
const RSV = 0x70
const MASK = 0x80

export type WebSocketAnomaly =
  | 'handshake-too-large'
  | 'frame-malformed'
  | 'message-too-large'
  | 'message-inflates-too-far'
  | 'message-undecodable'
  /** Octets were lost: reading goes on at the next segment that begins with a frame that carries SIP. */
  | 'out-of-step'

export interface WebSocketConsumer {
  /** A whole text or binary message, unmasked; the octets are the consumer's. */
  onMessage(bytes: Uint8Array, at: FrameRef): void
  onAnomaly?(anomaly: WebSocketAnomaly, at: FrameRef): void
}

/** `foreign`: the handshake names subprotocols, and SIP is not among them. */
type State = 'handshake' | 'body' | 'header' | 'payload' | 'out-of-step' | 'closed' | 'foreign'

/**
 * One direction of a WebSocket connection that carries SIP (RFC 7118): the HTTP/1.1 handshake, then frames (RFC 6455
 * §5), put together to messages.
 *
 * Joined midway or behind a gap nothing marks where a frame begins. But senders hand a frame at a time to TCP: reading
 * starts at the first pushed octets that begin with a header whose payload begins like SIP.
 */
export class WebSocketReader {
  private state: State = 'handshake'
  private readonly consumer: WebSocketConsumer
  private handshake = new GrowingOctets()
  private inflater: WebSocketInflater | undefined
  /** Octets of a body that are still to come. */
  private bodyLeft = 0
  private readonly header = new Uint8Array(14)
  private headerLength = 0
  private payloadLength = 0
  private payloadTaken = 0
  /** The message in progress; undefined: none is, or it is given up. */
  private message: GrowingOctets | undefined
  private compressed = false
  /** Frames were to come, or came. Before, it may be any HTTP. */
  private isSocket = false
  private offered: readonly string[] = []

  constructor(consumer: WebSocketConsumer) {
    this.consumer = consumer
  }

  /** Sec-WebSocket-Protocol of the handshake, as far as it was seen. */
  get subprotocols(): readonly string[] {
    return this.offered
  }

  /** Octets of memory that a header block or a message takes that is not whole, and the window of the inflater. */
  get heldOctets(): number {
    return this.handshake.capacity + (this.message?.capacity ?? 0) + (this.inflater?.heldOctets ?? 0)
  }

  /** The next octets of the direction; copied where they have to wait. */
  push(bytes: Uint8Array, at: FrameRef): void {
    this.inflater?.earn(bytes.length)
    let rest = bytes
    while (rest.length > 0) rest = rest.subarray(this.step(rest, at))
  }

  /** Octets are missing before those that come next. */
  gap(at: FrameRef): void {
    if (this.state === 'closed' || this.state === 'foreign') return
    if (this.state === 'handshake' && this.handshake.length === 0) return
    this.loseStep('out-of-step', at)
  }

  /** Takes octets from the front and says how many: one at least. */
  private step(bytes: Uint8Array, at: FrameRef): number {
    switch (this.state) {
      case 'handshake':
        return this.takeHandshake(bytes, at)
      case 'body': {
        const taken = Math.min(this.bodyLeft, bytes.length)
        this.bodyLeft -= taken
        if (this.bodyLeft === 0) this.state = 'handshake'
        return taken
      }
      case 'header':
        return this.takeHeader(bytes, at)
      case 'payload':
        return this.takePayload(bytes, at)
      case 'out-of-step':
        if (looksLikeWebSocketUpgrade(bytes)) this.state = 'handshake'
        else if (looksLikeSipFrame(bytes)) this.beginFrames()
        else return bytes.length
        return this.step(bytes, at)
      case 'closed':
      case 'foreign':
        return bytes.length
    }
  }

  private takeHandshake(bytes: Uint8Array, at: FrameRef): number {
    const before = this.handshake.length
    this.handshake.add(bytes.subarray(0, MAX_HANDSHAKE_OCTETS))
    const octets = this.handshake.take()
    const gathered = Buffer.from(octets.buffer, octets.byteOffset, octets.length)
    if (!mayBeginHttp(gathered)) {
      this.handshake = new GrowingOctets()
      this.state = 'out-of-step'
      return this.step(bytes, at)
    }
    // It may come an octet at a time: what was looked through before is not looked through again.
    const end = gathered.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end === -1) {
      if (gathered.length >= MAX_HANDSHAKE_OCTETS) this.loseStep('handshake-too-large', at)
      return bytes.length
    }
    this.handshake = new GrowingOctets()
    const head = parseHttpHead(gathered.subarray(0, end))
    this.offered = head.subprotocols
    this.bodyLeft = head.bodyLength ?? 0
    if (head.upgrade) this.open(head.deflate)
    else if (head.bodyLength === undefined) this.state = 'out-of-step'
    else if (head.bodyLength > 0) this.state = 'body'
    return end + 4 - before
  }

  private open(deflate: boolean): void {
    this.inflater = deflate ? new WebSocketInflater() : undefined
    // RFC 7118 §4.1 demands the subprotocol; where none is named, what the messages hold decides.
    if (this.offered.length === 0 || this.offered.includes('sip')) this.beginFrames()
    else this.state = 'foreign'
    this.headerLength = 0
    this.message = undefined
  }

  private beginFrames(): void {
    this.state = 'header'
    this.isSocket = true
  }

  private takeHeader(bytes: Uint8Array, at: FrameRef): number {
    // After a handshake that was refused the client may ask again on the same connection.
    if (this.headerLength === 0 && looksLikeWebSocketUpgrade(bytes)) {
      this.state = 'handshake'
      return this.takeHandshake(bytes, at)
    }
    const { header } = this
    let taken = 0
    do header[this.headerLength++] = bytes[taken++]
    while (taken < bytes.length && this.headerLength < headerOctets(header, this.headerLength))
    if (this.headerLength === headerOctets(header, this.headerLength)) this.beginFrame(at)
    return taken
  }

  private beginFrame(at: FrameRef): void {
    this.headerLength = 0
    this.payloadTaken = 0
    this.payloadLength = payloadOctets(this.header)
    if (!this.isFrameAllowed()) {
      this.loseStep('frame-malformed', at)
      return
    }
    if (this.opcode === Opcode.Text || this.opcode === Opcode.Binary) {
      this.message = new GrowingOctets()
      this.compressed = (this.header[0] & RSV1) !== 0
    }
    if (!this.isControl) this.limitMessage(at)
    this.state = 'payload'
    if (this.payloadLength === 0) this.endFrame(at)
  }

  private get opcode(): number {
    return this.header[0] & 0x0f
  }

  private get isControl(): boolean {
    return this.opcode >= Opcode.Close
  }

  private isFrameAllowed(): boolean {
    const [first] = this.header
    const reserved = first & RSV
    if (!Number.isSafeInteger(this.payloadLength)) return false
    // §5.5: control frames are short and never fragmented.
    if (this.isControl) {
      return this.opcode <= Opcode.Pong && (first & FIN) !== 0 && this.payloadLength <= 125 && reserved === 0
    }
    if (this.opcode > Opcode.Binary) return false
    return reserved === 0 || (reserved === RSV1 && this.inflater !== undefined && this.opcode !== Opcode.Continuation)
  }

  /** The frame's payload is passed over where its message would become too large. */
  private limitMessage(at: FrameRef): void {
    if (this.message === undefined || this.message.length + this.payloadLength <= MAX_MESSAGE_OCTETS) return
    this.message = undefined
    this.consumer.onAnomaly?.('message-too-large', at)
  }

  private takePayload(bytes: Uint8Array, at: FrameRef): number {
    const taken = Math.min(bytes.length, this.payloadLength - this.payloadTaken)
    if (!this.isControl && this.message !== undefined) {
      unmask(this.message.add(bytes.subarray(0, taken)), this.header, this.payloadTaken)
    }
    this.payloadTaken += taken
    if (this.payloadTaken === this.payloadLength) this.endFrame(at)
    return taken
  }

  private endFrame(at: FrameRef): void {
    this.state = this.opcode === Opcode.Close ? 'closed' : 'header'
    if (this.isControl || (this.header[0] & FIN) === 0) return
    const { message } = this
    this.message = undefined
    if (message === undefined) return
    const whole = message.take()
    const plain = this.compressed ? (this.inflater?.inflate(whole) ?? 'message-undecodable') : whole
    if (typeof plain === 'string') this.consumer.onAnomaly?.(plain, at)
    else this.consumer.onMessage(plain, at)
  }

  private loseStep(anomaly: WebSocketAnomaly, at: FrameRef): void {
    this.state = 'out-of-step'
    this.handshake = new GrowingOctets()
    this.headerLength = 0
    this.message = undefined
    // The window that compressed messages refer to is lost as well; without one they are undecodable, and said to be.
    if (this.inflater !== undefined) this.inflater = new WebSocketInflater()
    if (this.isSocket || anomaly !== 'out-of-step') this.consumer.onAnomaly?.(anomaly, at)
  }
}

/** Octets of a frame header (RFC 6455 §5.2), of which `known` are there: two at least until the length is known. */
function headerOctets(header: Uint8Array, known: number): number {
  if (known < 2) return 2
  const length = header[1] & 0x7f
  return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + ((header[1] & MASK) !== 0 ? 4 : 0)
}

/** Payload length of a whole frame header; beyond the safe integers where it is absurd. */
function payloadOctets(header: Uint8Array): number {
  const length = header[1] & 0x7f
  if (length < 126) return length
  const view = new DataView(header.buffer, header.byteOffset)
  return length === 126 ? view.getUint16(2) : view.getUint32(2) * 0x1_0000_0000 + view.getUint32(6)
}

/** Takes the mask (RFC 6455 §5.3) off a piece of payload that begins at `offset` in its frame. */
function unmask(piece: Uint8Array, header: Uint8Array, offset: number): void {
  if ((header[1] & MASK) === 0) return
  const key = headerOctets(header, 2) - 4
  for (let i = 0; i < piece.length; i++) piece[i] ^= header[key + ((offset + i) & 3)]
}

/** Whether octets begin with the header of a text or binary frame whose payload begins like SIP (RFC 3261 §7). */
export function looksLikeSipFrame(bytes: Uint8Array): boolean {
  if (bytes.length < 2) return false
  const [first] = bytes
  const opcode = first & 0x0f
  if ((first & RSV) !== 0 || (opcode !== Opcode.Text && opcode !== Opcode.Binary)) return false
  const header = bytes.subarray(0, 14)
  const start = headerOctets(header, 2)
  if (bytes.length < start + 12 || header.length < 14) return false
  const payload = new Uint8Array(bytes.subarray(start, start + 20))
  unmask(payload, header, 0)
  return /^(?:SIP\/2\.0 |[A-Z]{3,12} sips?:|[A-Z]{3,12} tel:)/.test(String.fromCharCode(...payload))
}
