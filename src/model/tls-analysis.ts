import { createHash } from 'node:crypto'
import { formatEndpoint } from '../bytes/endpoint.ts'
import { Authorities, type AuthoritySource } from '../tls/authorities.ts'
import { type ReadCertificate, readCertificate } from '../tls/certificate.ts'
import { type ChainFacts, chainFacts } from '../tls/chain.ts'
import type { CertificateFacts } from '../tls/handshake-facts.ts'
import { ocspStatus, type RevocationList } from '../tls/revocation.ts'
import type { AnomalyLog } from './anomaly-log.ts'
import type { AnalysedChain, AnalysedTls, TlsConnectionRecord } from './tls-facts.ts'

/** What certificates are checked against, beside the public roots. */
export interface TlsTrust {
  readonly authorities: readonly { readonly pem: string; readonly source: AuthoritySource }[]
  readonly revocationLists: readonly RevocationList[]
}

/** Certificates that are kept read, each once; a trace with more of them has them read again. */
const MOST_READ = 4096

/** Reads the certificates of all connections and follows their chains. */
export function analyseTls(
  records: readonly TlsConnectionRecord[],
  trust: TlsTrust | undefined,
  anomalies: AnomalyLog,
): AnalysedTls[] {
  const reader = new ChainReader(records, trust, anomalies)
  return records.map((record) => {
    const { client, server, at, lastAt, fromStart, lost, spoke, read, end, targets, clear } = record
    return {
      connection: `${formatEndpoint(client)} > ${formatEndpoint(server)}`,
      ...{ client, server, at, lastAt, fromStart, lost, spoke, read, end, targets, clear },
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
}

class ChainReader {
  readonly #authorities = new Authorities()
  readonly #lists: readonly RevocationList[]
  readonly #anomalies: AnomalyLog
  readonly #read = new Map<string, ReadCertificate | undefined>()
  readonly #chains = new Map<string, ChainFacts>()
  /** Names (DER) of authorities that are no roots. */
  readonly #intermediates = new Set<string>()

  constructor(records: readonly TlsConnectionRecord[], trust: TlsTrust | undefined, anomalies: AnomalyLog) {
    this.#anomalies = anomalies
    this.#lists = trust?.revocationLists ?? []
    for (const { pem, source } of trust?.authorities ?? []) this.#authorities.add(pem, source)
    for (const { handshakes } of records) {
      for (const { certificates } of handshakes) {
        for (const der of [...(certificates.server?.chain ?? []), ...(certificates.client?.chain ?? [])]) {
          const certificate = this.#certificate(der)
          if (certificate?.facts.isAuthority === true && certificate.subjectName !== certificate.issuerName)
            this.#intermediates.add(certificate.subjectName)
        }
      }
    }
  }

  chain({ at, chain, ocsp }: CertificateFacts): AnalysedChain {
    const read = chain.flatMap((der) => {
      const certificate = this.#certificate(der)
      if (certificate === undefined) this.#anomalies.note('tls', 'certificate-malformed', at)
      return certificate ?? []
    })
    const key = read.map(({ facts }) => facts.fingerprint).join(' ')
    let facts = this.#chains.get(key)
    if (facts === undefined) {
      facts = chainFacts(read, this.#authorities, (name) => this.#intermediates.has(name))
      if (this.#chains.size < MOST_READ) this.#chains.set(key, facts)
    }
    const [leaf] = read
    return {
      ...facts,
      at,
      ocsp: ocsp === undefined || leaf === undefined ? undefined : ocspStatus(ocsp, leaf.facts.serial),
      revoked: this.#lists.length === 0 ? [] : read.flatMap((certificate) => this.#revoked(certificate)),
    }
  }

  #revoked({ facts, issuerName }: ReadCertificate): AnalysedChain['revoked'] {
    return this.#lists.flatMap((list) => {
      const revokedUs = list.issuerName === issuerName ? list.revokedUs.get(facts.serial) : undefined
      return revokedUs === undefined ? [] : [{ certificate: facts, list: list.path, revokedUs }]
    })
  }

  #certificate(der: Uint8Array): ReadCertificate | undefined {
    const digest = createHash('sha256').update(der).digest('base64')
    if (this.#read.has(digest)) return this.#read.get(digest)
    const certificate = readCertificate(der)
    if (this.#read.size < MOST_READ) this.#read.set(digest, certificate)
    return certificate
  }
}
