import { addToList } from '../bytes/lists-by-key.ts'
import type { Finding } from './report.ts'
import type { TlsPeer } from './tls-report.ts'

type Peer = Omit<TlsPeer, 'findings'>

/** What rules of TLS say, by the peer that it is about. */
export class TlsPeerFindings {
  /** By the server that they name. */
  readonly #ofServer = new Map<string, Finding[]>()
  /** Those of a name that several servers may serve. */
  readonly #ofName = new Map<string, Finding[]>()

  constructor(findings: readonly Finding[]) {
    for (const one of findings) {
      const { server, name } = one.evidence
      if (!one.rule.startsWith('tls-')) continue
      if (typeof server === 'string') addToList(this.#ofServer, server, one)
      else if (typeof name === 'string') addToList(this.#ofName, name.toLowerCase(), one)
    }
  }

  /** Rules, with their kinds, each once. */
  of(peer: Peer): string[] {
    const names = new Set([peer.name, ...(peer.chain?.[0]?.names ?? [])].map((name) => name?.toLowerCase() ?? ''))
    const findings = [
      ...(this.#ofServer.get(peer.server) ?? []).filter(({ rule, evidence }) => isAbout(peer, rule, evidence)),
      ...[...names].flatMap((name) => this.#ofName.get(name) ?? []),
    ]
    return [...new Set(findings.map(({ rule, kind }) => (kind === undefined ? rule : `${rule} (${kind})`)))]
  }
}

/** Rules that judge a chain: of one that is not visible nothing is said. */
const OF_CHAIN: ReadonlySet<string> = new Set([
  'tls-certificate-dates',
  'tls-certificate-revoked',
  'tls-chain-incomplete',
  'tls-name-mismatch',
  'tls-self-signed',
  'tls-untrusted-ca',
])

/** One server may be several peers: what is found of one need not hold for the other. */
function isAbout(peer: Peer, rule: string, evidence: Finding['evidence']): boolean {
  const { side, subject, version, cipher, group, bits, serverShowed } = evidence
  if (OF_CHAIN.has(rule)) {
    if (side === 'client') return peer.clientCertificate !== undefined
    return peer.chain?.some((certificate) => subject === undefined || certificate.subject === subject) === true
  }
  if (rule === 'tls-handshake-failed') {
    return serverShowed === undefined || (serverShowed as { readonly version?: string }).version === peer.version
  }
  const agreed = [
    [version, peer.version],
    [cipher, peer.cipher],
    [group, peer.group],
    [bits, peer.dhBits],
  ]
  return agreed.every(([found, of]) => found === undefined || found === of)
}
