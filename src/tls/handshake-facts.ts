import type { FrameRef } from '../bytes/frame-ref.ts'

export type TlsSender = 'client' | 'server'

/** What one handshake of a connection showed, with or without secrets. Octets are copies. */
export interface HandshakeFacts {
  /** The first record of the handshake. */
  readonly at: FrameRef
  readonly clientHello?: ClientHelloFacts
  /** Absent where the server never said hello, or the capture lacks it. */
  readonly serverHello?: ServerHelloFacts
  /** The server asked for another ClientHello (HelloRetryRequest, RFC 8446 §4.1.4). */
  readonly retried: boolean
  /** An earlier session goes on: no certificates are sent. */
  readonly resumed: boolean
  /** Of ServerKeyExchange: the named group of ECDHE, or the bits of the prime of DHE (RFC 5246 §7.4.3, RFC 8422 §5.4). */
  readonly keyExchange?: { readonly group?: number; readonly dhBits?: number }
  /** Chains as sent, leaf first, DER. Absent: not seen, which under TLS 1.3 without secrets says nothing. */
  readonly certificates: Readonly<Partial<Record<TlsSender, CertificateFacts>>>
  readonly certificateRequest?: FrameRef
  readonly alerts: readonly AlertFacts[]
  /** Who sent Finished; inferred from the first protected record of the side where it cannot be opened. */
  readonly finished: Readonly<Partial<Record<TlsSender, FrameRef>>>
  /** Its encrypted part was opened. */
  readonly opened: boolean
  /**
   * TLS 1.3 that was not opened: where the client sealed something last, as long as the server has said nothing behind the
   * client's Finished, or nothing but what may be an alert.
   */
  readonly unanswered?: FrameRef | undefined
}

export interface ClientHelloFacts {
  readonly at: FrameRef
  /** Of the message, its header included. */
  readonly octets?: number
  readonly version: number
  readonly supportedVersions: readonly number[]
  readonly cipherSuites: readonly number[]
  readonly groups: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  readonly serverName?: string
  readonly applicationProtocols: readonly string[]
  /** It asks for renegotiation_info, by the extension or by TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.4). */
  readonly renegotiationInfo?: boolean
}

export interface ServerHelloFacts {
  readonly at: FrameRef
  /** Negotiated. */
  readonly version: number
  readonly cipherSuite: number
  /** Of key_share (TLS 1.3). */
  readonly group?: number
  /** It has renegotiation_info (RFC 5746 §3.2), which every server before TLS 1.3 should say to who asks for it. */
  readonly renegotiationInfo?: boolean
  /** Its random says that the server could do better than the version that it chose (RFC 8446 §4.1.3). */
  readonly downgraded?: boolean
}

export interface CertificateFacts {
  readonly at: FrameRef
  /** A raw public key in place of a certificate is one of them (RFC 7250 §3). */
  readonly chain: readonly Uint8Array[]
  /** Certificates that were sent and are not in `chain`, as far as that is known. */
  readonly beyond?: number
  /** Stapled OCSP response, DER (RFC 6066 §8, RFC 8446 §4.4.2.1). */
  readonly ocsp?: Uint8Array
}

export interface AlertFacts {
  readonly sender: TlsSender
  readonly at: FrameRef
  /** 1 warning, 2 fatal; of an alert that cannot be opened neither is known (RFC 5246 §7.2). */
  readonly level?: number
  readonly description?: number
}

/** A ClientHello of which not everything came. */
export interface PartialHello {
  /** What came of it last. */
  readonly at: FrameRef
  /** Octets of the message that came, and that its header announces. */
  readonly octets: number
  readonly announced: number
}

/** A TLS connection and its handshakes: more than one after a renegotiation (RFC 5746). */
export interface TlsConnectionFacts {
  readonly handshakes: readonly HandshakeFacts[]
  /** Where there are none: the client began to say hello. */
  readonly partialHello?: PartialHello | undefined
  /** Application data was sent by these, opened or not. */
  readonly spoke: readonly TlsSender[]
  /** Application data was opened. */
  readonly read?: boolean
  /** Handshakes beyond those that are kept. */
  readonly beyond?: number
}
