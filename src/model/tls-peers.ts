import { formatEndpoint } from '../bytes/endpoint.ts'
import { LIMITS } from '../limits/limits.ts'
import type { Certificate } from '../tls/certificate.ts'
import { cipherSuiteName } from '../tls/cipher-suites.ts'
import { groupName } from '../tls/named-groups.ts'
import { TLS_1_3, versionName } from '../tls/versions.ts'
import type { Finding } from './report.ts'
import { formatTime } from './time.ts'
import type { AnalysedHandshake, AnalysedTls } from './tls-facts.ts'
import { TlsPeerFindings } from './tls-peer-findings.ts'
import type { CertificateReport, TlsPeer } from './tls-report.ts'

/** Entries of the report; clients that one names. */
const MOST_PEERS = LIMITS.tlsPeersListed.most
const MOST_CLIENTS = 20

const DAY_US = 86_400e6

type Draft = Omit<TlsPeer, 'clients' | 'moreClients' | 'handshakes' | 'findings'> & {
  clients: Set<string>
  handshakes: number
}

export interface TlsPeers {
  readonly peers: readonly TlsPeer[]
  /** Peers that the report has no room for. */
  readonly beyond: number
}

/** The TLS peers of a trace in order of appearance: what differs only in the client, or in time, is one. */
export function tlsPeers(
  connections: readonly AnalysedTls[],
  findings: readonly Finding[],
  several: boolean,
): TlsPeers {
  const peers = new Map<string, Draft>()
  const beyond = new Set<string>()
  for (const tls of connections) {
    for (const handshake of handshakesOf(tls)) {
      const entry = describe(tls, handshake, several)
      const { server, name, version, cipher, group, dhBits, chain, clientCertificate, certificates } = entry
      const key = JSON.stringify([
        ...[server, name, version, cipher, group, dhBits, certificates, clientCertificate?.fingerprint],
        ...(chain ?? []).map(({ fingerprint }) => fingerprint),
      ])
      const known = peers.get(key)
      if (known === undefined) {
        if (peers.size < MOST_PEERS) peers.set(key, entry)
        else beyond.add(key)
        continue
      }
      known.handshakes += entry.handshakes
      known.clients.add(tls.client.address)
    }
  }
  const said = new TlsPeerFindings(findings)
  return {
    peers: [...peers.values()].map(({ server, clients, ...rest }) => {
      const peer = {
        server,
        clients: [...clients].slice(0, MOST_CLIENTS),
        ...(clients.size > MOST_CLIENTS && { moreClients: clients.size - MOST_CLIENTS }),
        ...rest,
      }
      return { ...peer, findings: said.of(peer) }
    }),
    beyond: beyond.size,
  }
}

/** Those that were captured; a connection that was joined behind its handshake is a peer all the same. */
function handshakesOf({ handshakes, clear, at }: AnalysedTls): readonly AnalysedHandshake[] {
  if (handshakes.length > 0 || clear.client !== undefined) return handshakes
  return [{ at, retried: false, resumed: false, certificates: {}, alerts: [], finished: {}, opened: false }]
}

/** Whether the capture may lack what a handshake showed. */
function isCut({ lost, fromStart }: AnalysedTls, { clientHello, resumed }: AnalysedHandshake): boolean {
  return !resumed && (lost || (clientHello === undefined && !fromStart))
}

function describe(tls: AnalysedTls, handshake: AnalysedHandshake, several: boolean): Draft {
  const { serverHello, clientHello, keyExchange, certificates, at, resumed } = handshake
  const group = keyExchange?.group ?? serverHello?.group
  const name = clientHello?.serverName
  const chain = certificates.server?.certificates
  const [client] = certificates.client?.certificates ?? []
  const isHidden = serverHello?.version === TLS_1_3 && !handshake.opened && !resumed
  return {
    server: formatEndpoint(tls.server),
    clients: new Set([tls.client.address]),
    handshakes: tls.handshakes.length === 0 ? 0 : 1,
    ...(name !== undefined && { name }),
    ...(serverHello && { version: versionName(serverHello.version), cipher: cipherSuiteName(serverHello.cipherSuite) }),
    ...(group !== undefined && { group: groupName(group) }),
    ...(keyExchange?.dhBits !== undefined && { dhBits: keyExchange.dhBits }),
    certificates:
      chain !== undefined ? 'visible' : isHidden ? 'hidden' : isCut(tls, handshake) ? 'not-captured' : 'none',
    ...(chain && { chain: chain.map((one) => reported(one, at.timeUs)) }),
    ...(client && { clientCertificate: reported(client, at.timeUs) }),
    ...(several && { capture: at.capture }),
    firstFrame: at.frame,
    firstTime: formatTime(at.timeUs),
  }
}

function reported(certificate: Certificate, timeUs: number): CertificateReport {
  const { subject, issuer, dnsNames, uris, addresses, notBeforeUs, notAfterUs, serial, fingerprint } = certificate
  return {
    subject,
    issuer,
    names: [...dnsNames, ...uris, ...addresses],
    notBefore: formatTime(notBeforeUs),
    notAfter: formatTime(notAfterUs),
    daysLeft: Math.floor((notAfterUs - timeUs) / DAY_US),
    serial,
    fingerprint,
  }
}
