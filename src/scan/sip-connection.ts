import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { OnLimit } from '../limits/limits.ts'
import { proxyHeaderLength } from '../net/proxy-protocol.ts'
import type { TcpConnection, TcpConsumer, TcpEnd, TcpSender } from '../net/tcp-connection.ts'
import type { MessageContext } from '../sip/context.ts'
import { openingOf } from '../sip/foreign-protocol.ts'
import { HandshakeType } from '../tls/handshake-reader.ts'
import { ContentType } from '../tls/record-reader.ts'
import type { SessionSecrets } from '../tls/session-secrets.ts'
import { TlsConnection } from '../tls/tls-connection.ts'
import { StreamContent, type StreamContentHandlers } from './stream-content.ts'
import type { TlsEnds, TlsEntry } from './tls-log.ts'

/** Who wants to know what TCP connections carry. */
export interface SipConnectionListener {
  message(bytes: Uint8Array, truncated: boolean, context: MessageContext): void
  /** This end, which took a connection, speaks SIP on it, in the clear or inside TLS; once for each. */
  server(endpoint: Endpoint, at: FrameRef): void
  /** The connection carries TLS; once for each. What it shows is taken down where there is room. */
  tls(connection: TlsEnds, at: FrameRef): TlsEntry | undefined
  /** The connection's client spoke SIP in the clear, and the server nothing at all. */
  unanswered(connection: TcpConnection, at: FrameRef): TlsEntry | undefined
  /** Something that the source sent could not be read. */
  unread(context: MessageContext): void
  anomaly(layer: 'net' | 'tls' | 'sip', reason: string, at: FrameRef): void
  readonly onLimit: OnLimit
}

/** One TCP connection: SIP, or SIP in WebSocket frames, in the clear or inside TLS where secrets open it. */
export class SipConnection implements TcpConsumer {
  readonly #connection: TcpConnection
  readonly #listener: SipConnectionListener
  readonly #secrets: SessionSecrets
  readonly #clear: StreamContent
  #tls: TlsConnection | undefined
  /** What TLS showed. */
  #entry: TlsEntry | undefined
  /** Where each side first spoke SIP in the clear. */
  readonly #spokeClear: Partial<Record<TcpSender, FrameRef>> = {}
  readonly #heard = new Set<TcpSender>()
  /** Octets are missing before the first of these. */
  readonly #joined = new Set<TcpSender>()
  /** Octets are missing, of these. */
  readonly #cut = new Set<TcpSender>()
  readonly #lastOf: Partial<Record<TcpSender, FrameRef>> = {}
  /** Of a connection whose SYN was not captured, TLS tells who the client is. */
  #swapped = false
  #inside: StreamContent | undefined
  #lastAt: FrameRef | undefined
  #ended = 0
  #wasUnanswered = false
  #carriesSip = false
  /** Where the client began with a header of the PROXY protocol, and how much of it is to come. */
  #proxiedAt: FrameRef | undefined
  #proxyOctets = 0
  #opening: TlsEntry['opening']

  constructor(connection: TcpConnection, listener: SipConnectionListener, secrets: SessionSecrets) {
    this.#connection = connection
    this.#listener = listener
    this.#secrets = secrets
    this.#clear = new StreamContent(
      { stream: 'tcp', socket: 'ws' },
      {
        onMessage: this.#message,
        onAnomaly: this.#anomaly,
        onMisfit: this.#misfit,
        onLimit: listener.onLimit,
        onTls: (sender, first, at) => this.#openTls(sender, first, at),
        onForeign: () => {
          if (this.#tls === undefined) this.#connection.ignore()
        },
      },
    )
  }

  get heldOctets(): number {
    return this.#clear.heldOctets + (this.#tls?.heldOctets ?? 0) + (this.#inside?.heldOctets ?? 0)
  }

  onData(sender: TcpSender, octets: Uint8Array, at: FrameRef): void {
    const bytes = sender === 'client' ? this.#behindProxyHeader(octets, at) : octets
    if (bytes.length === 0) return
    this.#lastAt = at
    this.#lastOf[sender] = at
    if (this.#tls !== undefined && !this.#heard.has(sender) && !isTlsType(bytes[0])) this.#spokeClear[sender] ??= at
    if (sender === 'client' && !this.#heard.has(sender)) {
      const protocol = openingOf(bytes)
      this.#opening = protocol && { protocol, at }
    }
    this.#heard.add(sender)
    if (this.#tls === undefined) this.#clear.push(sender, bytes, at)
    else this.#pushTls(this.#tls, sender, bytes, at)
  }

  /** What the client itself says, where a load balancer speaks before it. */
  #behindProxyHeader(octets: Uint8Array, at: FrameRef): Uint8Array {
    if (!this.#heard.has('client') && this.#proxiedAt === undefined) {
      this.#proxyOctets = proxyHeaderLength(octets)
      if (this.#proxyOctets > 0) this.#proxiedAt = at
    }
    if (this.#proxyOctets === 0) return octets
    const left = octets.subarray(this.#proxyOctets)
    this.#proxyOctets -= octets.length - left.length
    return left
  }

  onGap(sender: TcpSender, at: FrameRef): void {
    this.#cut.add(sender)
    this.#unread(sender, at)
    if (!this.#heard.has(sender)) this.#joined.add(sender)
    if (sender === 'client') this.#proxyOctets = 0
    if (this.#tls === undefined) this.#clear.gap(sender, at)
    else if (this.#heard.has(sender)) this.#tls.gap(this.#role(sender), at)
    else this.#tls.joined(this.#role(sender))
    if (this.#entry !== undefined) this.#entry.lost = true
    // What comes next need not begin a record.
    this.#heard.add(sender)
  }

  onEnd(sender: TcpSender, at: FrameRef, end: TcpEnd): void {
    if (this.#tls === undefined) this.#clear.end(sender, at)
    this.#note(sender, at, end)
    if (this.#tls === undefined) this.#over()
    else this.#tls.end(this.#role(sender), at)
  }

  /** A side has ended, and all that could be read of it was. */
  #over(): void {
    if (++this.#ended === 2) this.#settle()
  }

  #note(sender: TcpSender, at: FrameRef, end: TcpEnd): void {
    const { client, server } = this.#spokeClear
    const isUnanswered = client !== undefined && server === undefined && !this.#heard.has('server')
    if (isUnanswered && !this.#wasUnanswered && this.#entry === undefined) {
      this.#wasUnanswered = true
      this.#entry = this.#listener.unanswered(this.#connection, client)
    }
    const by = end === 'fin' ? sender : end === 'reset' ? this.#connection.resetBy : undefined
    this.#entry?.ended(by === undefined ? undefined : this.#role(by), end, at)
    if (this.#entry !== undefined) this.#tell(this.#entry)
  }

  #settle(): void {
    if (this.#entry === undefined) return
    this.#tell(this.#entry)
    this.#entry.settle()
  }

  #tell(entry: TlsEntry): void {
    for (const sender of ['client', 'server'] as const) {
      const at = this.#spokeClear[sender]
      if (at !== undefined) entry.clear[this.#role(sender)] = at
    }
    if (!this.#swapped) {
      entry.proxiedAt = this.#proxiedAt
      entry.opening = this.#opening
    }
    if (!this.#connection.bothSeen) entry.lost = true
    entry.lastAt = this.#lastAt ?? entry.at
    const client = this.#role('client')
    entry.clientLastAt = this.#cut.has(client) ? undefined : this.#lastOf[client]
  }

  #openTls(sender: TcpSender, first: Uint8Array, at: FrameRef): void {
    if (this.#tls !== undefined) return
    const { client, server, synSeen, synAckSeen } = this.#connection
    this.#swapped =
      !synSeen &&
      !synAckSeen &&
      isOfServer(first, sender === 'client' ? [client, server] : [server, client]) === (sender === 'client')
    this.#entry = this.#listener.tls(this.#swapped ? { client: server, server: client, synSeen } : this.#connection, at)
    const inside = new StreamContent(
      { stream: 'tls', socket: 'wss' },
      {
        onMessage: this.#messageInside,
        onAnomaly: this.#anomaly,
        onMisfit: this.#misfit,
        onLimit: this.#listener.onLimit,
      },
    )
    this.#inside = inside
    const tls = new TlsConnection(this.#secrets, {
      onApplicationData: (from, content, when) => inside.push(from, content, when),
      onLost: (from, when) => {
        this.#unread(this.#role(from), when)
        inside.gap(from, when)
      },
      onEnd: (from, when) => {
        inside.end(from, when)
        this.#over()
      },
      onAnomaly: (reason, when) => this.#listener.anomaly('tls', reason, when),
    })
    this.#tls = tls
    for (const joined of this.#joined) tls.joined(this.#role(joined))
    this.#entry?.follow(tls.facts)
    this.#pushTls(tls, sender, first, at)
  }

  #pushTls(tls: TlsConnection, sender: TcpSender, bytes: Uint8Array, at: FrameRef): void {
    tls.push(this.#role(sender), bytes, at)
    if (!tls.opaque) return
    this.#settle()
    this.#connection.ignore()
  }

  /** What an end is in TLS, and the other way round. */
  #role(sender: TcpSender): TcpSender {
    return this.#swapped ? (sender === 'client' ? 'server' : 'client') : sender
  }

  #unread(sender: TcpSender, at: FrameRef): void {
    const { client, server } = this.#connection
    const [source, destination] = sender === 'client' ? [client, server] : [server, client]
    this.#listener.unread({ at, source, destination, transport: 'tcp' })
  }

  readonly #message: StreamContentHandlers['onMessage'] = (sender, bytes, truncated, at, transport) => {
    const { client, server } = this.#connection
    const [source, destination] = sender === 'client' ? [client, server] : [server, client]
    if (transport === 'tcp') this.#spokeClear[sender] ??= at
    // Who looks for SIP asks anything that listens. A port of WebSockets is one of HTTP too: what is not made there need not be for SIP.
    if (!this.#carriesSip && source === this.#server && (transport === 'tcp' || transport === 'tls')) {
      this.#carriesSip = true
      this.#listener.server(source, at)
    }
    this.#listener.message(bytes, truncated, { at, source, destination, transport })
  }

  /** Of a connection whose beginning was not captured the end with the lower port. */
  get #server(): Endpoint {
    const { client, server, synSeen, synAckSeen } = this.#connection
    if (synSeen || synAckSeen) return server
    return client.port < server.port ? client : server
  }

  readonly #anomaly: StreamContentHandlers['onAnomaly'] = (reason, at) => this.#listener.anomaly('net', reason, at)

  readonly #misfit = (at: FrameRef): void => this.#listener.anomaly('sip', 'content-length-wrong', at)

  readonly #messageInside: StreamContentHandlers['onMessage'] = (sender, bytes, truncated, at, transport) => {
    if (sender === 'client') this.#entry?.request(bytes, at)
    this.#message(this.#role(sender), bytes, truncated, at, transport)
  }
}

/** Octets of a record's header; the handshake type follows. */
const RECORD_HEADER = 5

/** Whether the first record is one of a server: by the hello that it is, else by the ports, of which a server has the lower. */
function isOfServer(record: Uint8Array, [from, to]: readonly Endpoint[]): boolean {
  if (record[0] === ContentType.Handshake) {
    if (record[RECORD_HEADER] === HandshakeType.ClientHello) return false
    if (record[RECORD_HEADER] === HandshakeType.ServerHello) return true
  }
  return from.port < to.port
}

/** Content types of TLS records (RFC 8446 §5.1). */
function isTlsType(octet: number | undefined): boolean {
  return octet === undefined || (octet >= 20 && octet <= 24)
}
