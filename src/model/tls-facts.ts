import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { TcpEnd, TcpSender } from '../net/tcp-connection.ts'
import type { Opening } from '../sip/foreign-protocol.ts'
import type { Certificate } from '../tls/certificate.ts'
import type { ChainFacts } from '../tls/chain.ts'
import type { HandshakeFacts, PartialHello } from '../tls/handshake-facts.ts'
import type { OcspStatus } from '../tls/ocsp.ts'
import type { Unproven } from '../tls/revocation.ts'

/** A TCP connection that carried TLS, or clear SIP that got no answer where TLS may have been expected. */
export interface TlsConnectionRecord {
  readonly client: Endpoint
  readonly server: Endpoint
  /** The first octets that count. */
  readonly at: FrameRef
  /** Octets were heard last. */
  readonly lastAt: FrameRef
  /** It was seen from its first segment on: nothing of it is missing before `at`. */
  readonly fromStart: boolean
  /** Octets are missing inside it. */
  readonly lost: boolean
  /** Where octets of the client were heard last; absent where some of its own are missing. */
  readonly clientLastAt?: FrameRef | undefined
  readonly handshakes: readonly HandshakeFacts[]
  /** Where there are none: the client began to say hello. */
  readonly partialHello?: PartialHello | undefined
  /** Who sent application data, opened or not. */
  readonly spoke: readonly TcpSender[]
  /** Application data was opened. */
  readonly read?: boolean | undefined
  /** How it ended, and who ended it first, as far as it was followed to its end. */
  readonly end?: TlsConnectionEnd | undefined
  /** Hosts that the client's first requests outside of dialogs are for, where they could be read. */
  readonly targets: readonly TlsTarget[]
  /** Who said something that is no TLS, and where first. */
  readonly clear: Readonly<Partial<Record<TcpSender, FrameRef>>>
  /** A header of the PROXY protocol stands before what the client says. */
  readonly proxiedAt?: FrameRef | undefined
  /** The client began with something that is neither TLS nor SIP. */
  readonly opening?: { readonly protocol: Opening; readonly at: FrameRef } | undefined
}

export interface TlsConnectionEnd {
  readonly how: TcpEnd
  readonly by?: TcpSender | undefined
  readonly at: FrameRef
}

/** The host of a Request-URI or of the topmost Route: lower case, no brackets. */
export interface TlsTarget {
  readonly host: string
  readonly in: 'request-uri' | 'route'
  readonly at: FrameRef
}

/** A connection with its certificates read and their chains followed. */
export interface AnalysedTls extends Omit<TlsConnectionRecord, 'handshakes'> {
  /** `client > server`. */
  readonly connection: string
  readonly handshakes: readonly AnalysedHandshake[]
}

export interface AnalysedHandshake extends Omit<HandshakeFacts, 'certificates'> {
  /** What each side showed. Absent: not seen, which under TLS 1.3 without secrets says nothing. */
  readonly certificates: Readonly<Partial<Record<TcpSender, AnalysedChain>>>
}

export interface AnalysedChain extends ChainFacts {
  readonly at: FrameRef
  /** Certificates that were sent and are not read. */
  readonly unread?: number
  /** What the stapled OCSP response says of the leaf. */
  readonly ocsp?: OcspStatus | undefined
  /** Certificates of the path that a revocation list names. */
  readonly revoked: readonly RevokedCertificate[]
}

export interface RevokedCertificate {
  readonly certificate: Certificate
  /** The list's file. */
  readonly list: string
  readonly revokedUs: number
  /** Why that is not proven; absent where it is. */
  readonly unproven?: Unproven | undefined
}
