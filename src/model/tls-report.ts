/** A server as one client after the other saw it: one entry for each name, version, suite, group and chain. */
export interface TlsPeer {
  readonly server: string
  /** Addresses of its clients, the first 20. */
  readonly clients: readonly string[]
  /** Clients beyond those. */
  readonly moreClients?: number
  /** 0 where a connection was joined behind its handshake. */
  readonly handshakes: number
  /** The server name that clients asked for (RFC 6066 §3). */
  readonly name?: string
  /** Absent where no ServerHello came. */
  readonly version?: string
  readonly cipher?: string
  readonly group?: string
  /** Bits of a finite-field Diffie-Hellman group. */
  readonly dhBits?: number
  /**
   * `hidden`: TLS 1.3 without secrets. `none`: not sent, as where a session is resumed or a handshake fails.
   * `not-captured`: the capture lacks the handshake, or a part of it.
   */
  readonly certificates: 'visible' | 'hidden' | 'none' | 'not-captured'
  /** As sent, leaf first. */
  readonly chain?: readonly CertificateReport[]
  readonly clientCertificate?: CertificateReport
  readonly capture?: number
  readonly firstFrame: number
  readonly firstTime: string
  /** Rules (and kinds) that have something to say about it. */
  readonly findings: readonly string[]
}

export interface CertificateReport {
  readonly subject: string
  readonly issuer: string
  /** Names of subjectAltName. */
  readonly names: readonly string[]
  readonly notBefore: string
  readonly notAfter: string
  /** Whole days from the handshake to its end; negative where it was over. */
  readonly daysLeft: number
  readonly serial: string
  /** SHA-256 over the certificate. */
  readonly fingerprint: string
}
