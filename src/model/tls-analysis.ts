import { createHash, createPublicKey } from 'node:crypto'
import { formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import { Authorities, type AuthoritySource } from '../tls/authorities.ts'
import { type ReadCertificate, readCertificate } from '../tls/certificate.ts'
import { type ChainFacts, chainFacts } from '../tls/chain.ts'
import type { CertificateFacts } from '../tls/handshake-facts.ts'
import type { RevocationList } from '../tls/revocation.ts'
import { SignatureChecks } from '../tls/signature-checks.ts'
import type { AnomalyLog } from './anomaly-log.ts'
import type { AnalysedChain, AnalysedTls, TlsConnectionRecord } from './tls-facts.ts'
import { Revocations } from './tls-revocations.ts'

/** What certificates are checked against, beside the public roots. */
export interface TlsTrust {
  readonly authorities: readonly { readonly pem: string; readonly source: AuthoritySource }[]
  readonly revocationLists: readonly RevocationList[]
}

/** Different certificates that are read, each once. */
const MOST_READ = LIMITS.certificatesRead.most

/** Reads the certificates of all connections and follows their chains. */
export function analyseTls(
  records: readonly TlsConnectionRecord[],
  trust: TlsTrust | undefined,
  anomalies: AnomalyLog,
): AnalysedTls[] {
  const reader = new ChainReader(records, trust, anomalies)
  const analysed = records.map((record) => {
    const {
      client,
      server,
      at,
      lastAt,
      clientLastAt,
      fromStart,
      lost,
      partialHello,
      spoke,
      read,
      end,
      targets,
      clear,
      proxiedAt,
      opening,
    } = record
    return {
      connection: `${formatEndpoint(client)} > ${formatEndpoint(server)}`,
      ...{ client, server, at, lastAt, clientLastAt, fromStart, lost, partialHello, spoke, read, end, targets, clear },
      ...{ proxiedAt, opening },
      handshakes: record.handshakes.map((handshake) => {
        const { client: ofClient, server: ofServer } = handshake.certificates
        return {
          ...handshake,
          certificates: {
            ...(ofClient && { client: reader.chain(ofClient) }),
            ...(ofServer && { server: reader.chain(ofServer) }),
          },
        }
      }),
    }
  })
  reader.finish()
  return analysed
}

class ChainReader {
  readonly #authorities = new Authorities()
  readonly #revocations: Revocations
  readonly #anomalies: AnomalyLog
  readonly #checks = new SignatureChecks()
  readonly #read = new Map<string, ReadCertificate | 'public-key' | undefined>()
  readonly #chains = new Map<string, ChainFacts>()
  /** Issuers that were found, by the fingerprint of what they signed. */
  readonly #issuers = new Map<string, ReadCertificate>()
  /** Authorities that are no roots, the first of each name (DER). */
  readonly #intermediates = new Map<string, ReadCertificate>()

  constructor(records: readonly TlsConnectionRecord[], trust: TlsTrust | undefined, anomalies: AnomalyLog) {
    this.#anomalies = anomalies
    this.#revocations = new Revocations(trust?.revocationLists ?? [], anomalies)
    for (const { pem, source } of trust?.authorities ?? []) this.#authorities.add(pem, source)
    for (const { handshakes } of records) {
      for (const { certificates } of handshakes) {
        for (const der of [...(certificates.server?.chain ?? []), ...(certificates.client?.chain ?? [])]) {
          const certificate = this.#certificate(der)
          if (typeof certificate !== 'object') continue
          if (certificate.facts.isAuthority && certificate.subjectName !== certificate.issuerName)
            this.#note(certificate)
        }
      }
    }
  }

  chain({ at, chain, ocsp, beyond = 0 }: CertificateFacts): AnalysedChain {
    // Of one that is not there in whole it is not known what it lacks.
    const read = beyond > 0 ? [] : this.#certificates(chain, at)
    const unread = beyond + chain.length - read.length
    const key = read.map(({ facts }) => facts.fingerprint).join(' ')
    let facts = this.#chains.get(key)
    if (facts === undefined) {
      facts = chainFacts(read, this.#authorities, (name) => this.#intermediates.has(name), this.#checks)
      if (this.#chains.size < MOST_READ) this.#chains.set(key, facts)
    }
    const revocations = this.#revocations
    const [leaf] = read
    return {
      ...facts,
      at,
      ...(unread > 0 && { unread }),
      ocsp:
        ocsp === undefined || leaf === undefined
          ? undefined
          : revocations.stapled(ocsp, leaf, this.#issuerOf(leaf, read), at),
      revoked: read.flatMap((one) => revocations.listed(one, () => this.#issuerOf(one, read), at)),
    }
  }

  /** All chains were read. */
  finish(): void {
    this.#revocations.finish()
    this.#anomalies.dropped({ certificateSignatures: this.#checks.beyond })
  }

  /** Who signed a certificate: among those sent with it, those of other connections, or those that are known. */
  #issuerOf(certificate: ReadCertificate, sent: readonly ReadCertificate[]): ReadCertificate | undefined {
    const { issuerName, facts } = certificate
    const known = this.#issuers.get(facts.fingerprint)
    if (known !== undefined) return known
    const elsewhere = this.#intermediates.get(issuerName)
    const candidates = [
      ...sent,
      ...(elsewhere === undefined ? [] : [elsewhere]),
      ...this.#authorities.named(issuerName),
    ]
    const issuer = candidates.find((one) => this.#checks.isIssuedBy(certificate, one))
    if (issuer !== undefined && this.#issuers.size < MOST_READ) this.#issuers.set(facts.fingerprint, issuer)
    return issuer
  }

  #note(authority: ReadCertificate): void {
    const { subjectName } = authority
    if (!this.#intermediates.has(subjectName)) this.#intermediates.set(subjectName, authority)
  }

  /** Those that can be read; none of a chain of which one was not looked at: what it lacks is not known. */
  #certificates(chain: readonly Uint8Array[], at: FrameRef): ReadCertificate[] {
    let beyond = 0
    const read = chain.flatMap((der) => {
      const certificate = this.#certificate(der)
      if (certificate === 'beyond') {
        beyond++
        this.#anomalies.reached('certificatesRead', at)
        return []
      }
      if (certificate === undefined) this.#anomalies.note('tls', 'certificate-malformed', at)
      return typeof certificate === 'object' ? certificate : []
    })
    return beyond > 0 ? [] : read
  }

  #certificate(der: Uint8Array): ReadCertificate | 'public-key' | 'beyond' | undefined {
    const digest = createHash('sha256').update(der).digest('base64')
    if (this.#read.has(digest)) return this.#read.get(digest)
    if (this.#read.size >= MOST_READ) return 'beyond'
    const certificate = readCertificate(der) ?? (isPublicKey(der) ? 'public-key' : undefined)
    this.#read.set(digest, certificate)
    return certificate
  }
}

/** A raw public key, which two sides may agree on in place of certificates (RFC 7250 §3). */
function isPublicKey(der: Uint8Array): boolean {
  try {
    createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
    return true
  } catch {
    return false
  }
}
