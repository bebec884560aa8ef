import type { CertificateReport, TlsPeer } from '../model/tls-report.ts'
import { escapeText } from './escape.ts'
import { count, formatNumber, wrap } from './layout.ts'

const DAY_MS = 86_400e3

/** What a table says beside its peers. */
export interface TlsTable {
  /** Peers that the report had no room for. */
  readonly beyond?: number | undefined
  /** Paths of the captures, where there are several. */
  readonly captures?: readonly string[]
}

/**
 * Every TLS peer of a trace as a table: address and name, what was negotiated, the chain with its dates, and what was
 * found. Days are counted from the capture and from now.
 */
export function formatTls(
  peers: readonly TlsPeer[],
  width: number,
  nowMs: number,
  { beyond = 0, captures = [] }: TlsTable = {},
): string {
  if (peers.length === 0) return 'No TLS handshake was captured.\n'
  const lines = peers.flatMap((peer) => [...peerLines(peer, width, nowMs, captures), ''])
  if (beyond > 0) lines.push(`${count(beyond, 'more peer is', 'more peers are')} not listed.`)
  return `${lines.join('\n').replace(/\n+$/, '')}\n`
}

function peerLines(peer: TlsPeer, width: number, nowMs: number, captures: readonly string[]): string[] {
  const { server, name, version, cipher, group, dhBits, handshakes, clients, clientCertificate, findings } = peer
  const more = peer.moreClients === undefined ? '' : ` and ${formatNumber(peer.moreClients)} more`
  const negotiated = [version, cipher, group, dhBits === undefined ? undefined : `DH of ${dhBits} bits`]
  const capture = captures[peer.capture ?? -1]
  const of = capture === undefined ? '' : ` of ${capture}`
  const times = handshakes === 0 ? 'joined behind the handshake' : count(handshakes, 'handshake')
  const rows: [string, string][] = [
    ['clients', `${clients.join(', ')}${more} (${times}, the first in frame ${peer.firstFrame}${of})`],
    ['agreed', negotiated.filter((part) => part !== undefined).join(', ') || notAgreed(peer)],
    ...chainRows(peer, nowMs),
    ...(clientCertificate ? [['client', certificateText(clientCertificate, nowMs)] as [string, string]] : []),
    ['findings', findings.join(', ') || 'none'],
  ]
  const title = `${server}${name === undefined ? '' : ` ${name}`}`
  return [
    ...wrap(escapeText(title), width, '', 2),
    ...rows.flatMap(([label, value]) => wrap(escapeText(value), width, `  ${label.padEnd(LABEL)} `)),
  ]
}

const LABEL = 'findings'.length

function notAgreed({ certificates }: TlsPeer): string {
  return certificates === 'not-captured' ? 'not captured' : 'nothing: the server said no hello'
}

const UNSEEN = {
  visible: '',
  hidden: 'not visible: TLS 1.3 hides it without secrets (--tls-keylog)',
  none: 'none was sent',
  'not-captured': 'not captured',
} as const

function chainRows({ chain = [], certificates }: TlsPeer, nowMs: number): [string, string][] {
  if (chain.length === 0) return [['chain', UNSEEN[certificates] || 'no certificate that can be read']]
  return chain.map((certificate, index) => [index === 0 ? 'chain' : '', certificateText(certificate, nowMs)])
}

function certificateText(
  { subject, issuer, names, notBefore, notAfter, daysLeft }: CertificateReport,
  nowMs: number,
): string {
  const left = Math.floor((Date.parse(notAfter) - nowMs) / DAY_MS)
  const by = subject === issuer ? 'issued by itself' : `issued by ${issuer}`
  const held = names.length === 0 ? '' : ` for ${names.join(', ')},`
  return `${subject},${held} ${by}, ${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}: ${days(daysLeft)} at the capture, ${days(left)} now`
}

function days(left: number): string {
  return left < 0 ? `over for ${-left} days` : `${left} days left`
}
