import { createHash } from 'node:crypto'
import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { type Dropped, LIMITS } from '../limits/limits.ts'
import type { TlsConnectionEnd, TlsConnectionRecord, TlsTarget } from '../model/tls-facts.ts'
import type { TcpConnection, TcpEnd, TcpSender } from '../net/tcp-connection.ts'
import { parseSip } from '../sip/parse.ts'
import { parseUri } from '../sip/uri.ts'
import type { CertificateFacts, HandshakeFacts, PartialHello, TlsConnectionFacts } from '../tls/handshake-facts.ts'

/** Connections that are kept; more are counted. */
const MOST_CONNECTIONS = LIMITS.tlsConnectionsJudged.most
const MOST_UNANSWERED = LIMITS.tlsConnectionsUnanswered.most
/** RFC 3261 §19.1.2. */
const SIPS_PORT = 5061
/** Requests of a client that are looked at, and hosts that are kept of them: a sample, for a client means one server. */
const MOST_REQUESTS = 8
const MOST_TARGETS = 4

/** Whose connection it is; seen from its beginning or not. */
export type TlsEnds = Pick<TcpConnection, 'client' | 'server' | 'synSeen'>

/** What TLS connections showed, for judgement: bounded, however many there are. */
export class TlsLog {
  readonly #entries: TlsEntry[] = []
  readonly #unanswered: TlsEntry[] = []
  readonly #certificates = new Map<string, Uint8Array>()
  #octets = 0
  readonly #mostOctets: number
  readonly #dropped = { tlsConnectionsJudged: 0, tlsConnectionsUnanswered: 0, tlsCertificateOctets: 0 }

  /** @param mostOctets of all certificates that are kept, each once */
  constructor(mostOctets: number = LIMITS.tlsCertificateOctets.most) {
    this.#mostOctets = mostOctets
  }

  /** What is not judged for want of room. */
  get dropped(): Dropped {
    return { ...this.#dropped, tlsHandshakesOfConnection: this.#handshakesBeyond }
  }

  /** Of a connection on which the first TLS record, or clear SIP at a TLS port, is seen. */
  open(connection: TlsEnds, at: FrameRef): TlsEntry | undefined {
    if (this.#entries.length >= MOST_CONNECTIONS) {
      this.#dropped.tlsConnectionsJudged++
      return undefined
    }
    const entry = new TlsEntry(connection, at, (chain) => chain.flatMap((der) => this.#keep(der)))
    this.#entries.push(entry)
    return entry
  }

  /** Of a connection whose client spoke SIP in the clear, and whose server said nothing. */
  openUnanswered(connection: TcpConnection, at: FrameRef): TlsEntry | undefined {
    if (this.#unanswered.length >= MOST_UNANSWERED) {
      this.#dropped.tlsConnectionsUnanswered++
      return undefined
    }
    const entry = new TlsEntry(connection, at, () => [])
    this.#unanswered.push(entry)
    return entry
  }

  /** Handshakes of these connections beyond those kept: a connection may negotiate anew all day. */
  get #handshakesBeyond(): number {
    return this.#entries.reduce((sum, { handshakesBeyond }) => sum + handshakesBeyond, 0)
  }

  /** In order of appearance; of the unanswered those whose server is known for TLS by its port or by other connections. */
  get records(): readonly TlsConnectionRecord[] {
    const servers = new Set(this.#entries.map(({ server }) => formatEndpoint(server)))
    const atTls = this.#unanswered.filter(
      ({ server }) => server.port === SIPS_PORT || servers.has(formatEndpoint(server)),
    )
    return [...this.#entries, ...atTls].sort((a, b) => a.at.position - b.at.position)
  }

  #keep(der: Uint8Array): Uint8Array[] {
    const digest = createHash('sha256').update(der).digest('base64')
    const known = this.#certificates.get(digest)
    if (known !== undefined) return [known]
    if (this.#octets + der.length > this.#mostOctets) {
      this.#dropped.tlsCertificateOctets++
      return []
    }
    this.#octets += der.length
    this.#certificates.set(digest, der)
    return [der]
  }
}

type Keep = (chain: readonly Uint8Array[]) => Uint8Array[]

/** What one connection shows; grows while the connection lives. */
export class TlsEntry implements TlsConnectionRecord {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly at: FrameRef
  readonly fromStart: boolean
  lastAt: FrameRef
  lost = false
  clientLastAt: FrameRef | undefined
  end: TlsConnectionEnd | undefined
  readonly targets: TlsTarget[] = []
  readonly clear: Partial<Record<TcpSender, FrameRef>> = {}
  proxiedAt: FrameRef | undefined
  opening: TlsConnectionRecord['opening']
  #facts: TlsConnectionFacts = { handshakes: [], spoke: [] }
  #settled: TlsConnectionFacts | undefined
  #requests = 0
  readonly #keep: Keep

  constructor({ client, server, synSeen }: TlsEnds, at: FrameRef, keep: Keep) {
    this.client = client
    this.server = server
    this.fromStart = synSeen
    this.at = at
    this.lastAt = at
    this.#keep = keep
  }

  get handshakes(): readonly HandshakeFacts[] {
    return this.#known.handshakes
  }

  get partialHello(): PartialHello | undefined {
    return this.#known.partialHello
  }

  get spoke(): readonly TcpSender[] {
    return this.#known.spoke
  }

  get read(): boolean {
    return this.#known.read === true
  }

  get handshakesBeyond(): number {
    return this.#known.beyond ?? 0
  }

  get #known(): TlsConnectionFacts {
    return this.#settled ?? this.#facts
  }

  /** Where its handshakes are taken down. */
  follow(facts: TlsConnectionFacts): void {
    this.#facts = facts
  }

  ended(by: TcpSender | undefined, how: TcpEnd, at: FrameRef): void {
    this.end ??= { how, by, at }
  }

  /** Nothing more is to come: each certificate is kept once for all connections. */
  settle(): void {
    if (this.#settled !== undefined) return
    const { handshakes, partialHello, spoke, read = false, beyond = 0 } = this.#facts
    const kept = (facts: CertificateFacts): CertificateFacts => {
      const chain = this.#keep(facts.chain)
      const beyond = (facts.beyond ?? 0) + facts.chain.length - chain.length
      return { ...facts, chain, ...(beyond > 0 && { beyond }) }
    }
    this.#settled = {
      spoke: [...spoke],
      read,
      beyond,
      partialHello,
      handshakes: handshakes.map((handshake) => {
        const { client, server } = handshake.certificates
        return {
          ...handshake,
          certificates: { ...(client && { client: kept(client) }), ...(server && { server: kept(server) }) },
        }
      }),
    }
    this.#facts = this.#settled
  }

  /** A request that the client sent inside TLS: the host it is for is the one that the server has to be. */
  request(bytes: Uint8Array, at: FrameRef): void {
    if (this.targets.length >= MOST_TARGETS || this.#requests++ >= MOST_REQUESTS) return
    const message = parseSip(bytes, 0, bytes.length)
    // Requests within a dialog go to the peer's Contact (RFC 3261 §12.2.1.1), often an address.
    if (message.kind !== 'request' || message.to?.tag !== undefined) return
    this.#target(message.route[0]?.uri, 'route', at)
    this.#target(message.requestUri, 'request-uri', at)
  }

  #target(uri: string | undefined, where: TlsTarget['in'], at: FrameRef): void {
    const host = uri === undefined ? undefined : parseUri(uri)?.host
    if (host === undefined || host === '' || host.length > 255) return
    if (this.targets.some((known) => known.host === host && known.in === where)) return
    this.targets.push({ host, in: where, at })
  }
}
