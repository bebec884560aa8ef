import type { FrameRef } from '../bytes/frame-ref.ts'
import type { OnLimit } from '../limits/limits.ts'
import type { TcpSender } from '../net/tcp-connection.ts'
import { looksLikeSipFrame, WebSocketReader } from '../net/web-socket.ts'
import type { Transport } from '../sip/context.ts'
import { SipStreamReader } from '../sip/stream-framing.ts'

export interface StreamContentHandlers {
  onMessage(sender: TcpSender, bytes: Uint8Array, truncated: boolean, at: FrameRef, transport: Transport): void
  /** What is wrong in a WebSocket, or not read of it; a stable name. */
  onAnomaly(reason: string, at: FrameRef): void
  /** A message does not end where its Content-Length says. */
  onMisfit?(at: FrameRef): void
  /** One direction is a TLS record stream; its first octets. Nothing more of this direction is wanted. */
  onTls?(sender: TcpSender, first: Uint8Array, at: FrameRef): void
  /** A limit cut a message, or made it be passed over. */
  readonly onLimit?: OnLimit
  /** Neither direction is anything that is read here. */
  onForeign?(): void
}

/** How SIP travels in the streams of a connection: by itself, and in WebSocket frames (RFC 7118). */
export interface StreamTransports {
  readonly stream: Transport
  readonly socket: Transport
}

/** What the two octet streams of a connection carry: SIP, or SIP in WebSocket frames; anything else is let go. */
export class StreamContent {
  readonly #transports: StreamTransports
  readonly #handlers: StreamContentHandlers
  readonly #readers = new Map<TcpSender, SipStreamReader>()
  readonly #sockets = new Map<TcpSender, WebSocketReader>()
  readonly #foreign = new Set<TcpSender>()

  constructor(transports: StreamTransports, handlers: StreamContentHandlers) {
    this.#transports = transports
    this.#handlers = handlers
  }

  /** Octets of memory that messages take which are not whole yet. */
  get heldOctets(): number {
    let held = 0
    for (const reader of this.#readers.values()) held += reader.heldOctets
    for (const socket of this.#sockets.values()) held += socket.heldOctets
    return held
  }

  push(sender: TcpSender, bytes: Uint8Array, at: FrameRef): void {
    const socket = this.#sockets.get(sender)
    if (socket !== undefined) socket.push(bytes, at)
    else this.#reader(sender).push(bytes, at)
  }

  gap(sender: TcpSender, at: FrameRef): void {
    this.#readers.get(sender)?.gap(at)
    this.#sockets.get(sender)?.gap(at)
  }

  end(sender: TcpSender, at: FrameRef): void {
    this.#readers.get(sender)?.flush(at)
  }

  #reader(sender: TcpSender): SipStreamReader {
    let reader = this.#readers.get(sender)
    if (reader === undefined) {
      const { stream } = this.#transports
      reader = new SipStreamReader({
        onMessage: (bytes, at, truncated) => this.#handlers.onMessage(sender, bytes, truncated, at, stream),
        onMisfit: (at) => this.#handlers.onMisfit?.(at),
        onLimit: (name, at) => this.#handlers.onLimit?.(name, at),
        onForeign: (first, protocol, at) => {
          if (protocol === 'http' || looksLikeSipFrame(first)) this.#openSocket(sender).push(first, at)
          else this.#letGo(sender)
          if (protocol === 'tls') this.#handlers.onTls?.(sender, first, at)
        },
      })
      this.#readers.set(sender, reader)
    }
    return reader
  }

  #openSocket(sender: TcpSender): WebSocketReader {
    const { socket: transport } = this.#transports
    const socket = new WebSocketReader({
      onMessage: (bytes, at) => this.#handlers.onMessage(sender, bytes, false, at, transport),
      onAnomaly: (anomaly, at) => this.#handlers.onAnomaly(`web-socket-${anomaly}`, at),
    })
    this.#sockets.set(sender, socket)
    return socket
  }

  #letGo(sender: TcpSender): void {
    this.#foreign.add(sender)
    if (this.#foreign.size === 2) this.#handlers.onForeign?.()
  }
}
