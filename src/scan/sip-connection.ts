import type { FrameRef } from '../bytes/frame-ref.ts'
import type { TcpConnection, TcpConsumer, TcpSender } from '../net/tcp-connection.ts'
import type { MessageContext, Transport } from '../sip/context.ts'
import type { SessionSecrets } from '../tls/session-secrets.ts'
import { TlsConnection } from '../tls/tls-connection.ts'
import { StreamContent } from './stream-content.ts'

/** Who wants to know what TCP connections carry. */
export interface SipConnectionListener {
  message(bytes: Uint8Array, truncated: boolean, context: MessageContext): void
  /** The connection carries TLS; once for each. */
  tls(connection: TcpConnection, at: FrameRef): void
  anomaly(layer: 'tls', reason: string, at: FrameRef): void
}

/** One TCP connection: SIP, or SIP in WebSocket frames, in the clear or inside TLS where secrets open it. */
export class SipConnection implements TcpConsumer {
  readonly #connection: TcpConnection
  readonly #listener: SipConnectionListener
  readonly #secrets: SessionSecrets
  readonly #clear: StreamContent
  #tls: TlsConnection | undefined
  /** What TLS carries. */
  #inside: StreamContent | undefined

  constructor(connection: TcpConnection, listener: SipConnectionListener, secrets: SessionSecrets) {
    this.#connection = connection
    this.#listener = listener
    this.#secrets = secrets
    this.#clear = new StreamContent(
      { stream: 'tcp', socket: 'ws' },
      {
        onMessage: this.#message,
        onTls: (sender, first, at) => this.#openTls(sender, first, at),
        onForeign: () => {
          if (this.#tls === undefined) this.#connection.ignore()
        },
      },
    )
  }

  onData(sender: TcpSender, bytes: Uint8Array, at: FrameRef): void {
    if (this.#tls === undefined) this.#clear.push(sender, bytes, at)
    else this.#pushTls(this.#tls, sender, bytes, at)
  }

  onGap(sender: TcpSender, at: FrameRef): void {
    if (this.#tls === undefined) this.#clear.gap(sender, at)
    else this.#tls.gap(sender, at)
  }

  onEnd(sender: TcpSender, at: FrameRef): void {
    const content = this.#inside ?? this.#clear
    content.end(sender, at)
  }

  #openTls(sender: TcpSender, first: Uint8Array, at: FrameRef): void {
    this.#listener.tls(this.#connection, at)
    if (this.#tls !== undefined) return
    const inside = new StreamContent({ stream: 'tls', socket: 'wss' }, { onMessage: this.#message })
    this.#inside = inside
    this.#tls = new TlsConnection(this.#secrets, {
      onApplicationData: (from, content, when) => inside.push(from, content, when),
      onLost: (from, when) => inside.gap(from, when),
      onAnomaly: (reason, when) => this.#listener.anomaly('tls', reason, when),
    })
    this.#pushTls(this.#tls, sender, first, at)
  }

  #pushTls(tls: TlsConnection, sender: TcpSender, bytes: Uint8Array, at: FrameRef): void {
    tls.push(sender, bytes, at)
    if (tls.opaque) this.#connection.ignore()
  }

  readonly #message = (
    sender: TcpSender,
    bytes: Uint8Array,
    truncated: boolean,
    at: FrameRef,
    transport: Transport,
  ): void => {
    const { client, server } = this.#connection
    const [source, destination] = sender === 'client' ? [client, server] : [server, client]
    this.#listener.message(bytes, truncated, { at, source, destination, transport })
  }
}
