import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedHandshake, AnalysedTls } from '../../model/tls-facts.ts'
import { Alert, alertName } from '../../tls/alerts.ts'
import { cipherSuite } from '../../tls/cipher-suites.ts'
import type { AlertFacts, TlsSender } from '../../tls/handshake-facts.ts'
import { TLS_1_3 } from '../../tls/versions.ts'
import { type Failure, type Refusal, type Said, saying } from './failed-handshake.ts'
import { refusalReason } from './refused-certificate.ts'
import { byRefusedHello } from './refused-hello.ts'
import { isEmpty } from './tls-peers.ts'

/** Alerts that speak of the other side's certificate itself. */
export const OF_CERTIFICATE: readonly number[] = [
  Alert.BadCertificate,
  Alert.UnsupportedCertificate,
  Alert.CertificateRevoked,
  Alert.CertificateExpired,
  Alert.CertificateUnknown,
]

/** What servers say of an empty Certificate that they do not accept: no two stacks agree, and GnuTLS says decode_error. */
const OF_NO_CERTIFICATE: readonly number[] = [
  ...OF_CERTIFICATE,
  Alert.HandshakeFailure,
  Alert.NoCertificate,
  Alert.UnknownCa,
  Alert.AccessDenied,
  Alert.DecodeError,
]

/** Under another key, or for a name that has none, Finished does not decrypt or verify (RFC 4279 §2, §6). */
const OF_SHARED_KEY: readonly number[] = [Alert.BadRecordMac, Alert.DecryptError, Alert.UnknownPskIdentity]

const UNKNOWN_CA_REMEDY = {
  server:
    'Have the server send its whole chain, every intermediate included, and put the root that it ends in into the trust list of the client.',
  client:
    'Have the client send its whole chain, every intermediate included, and put the root that it ends in into the trust list of the server.',
} as const
const NO_CERTIFICATE_REMEDY =
  'Bind a certificate to the TLS profile of the client, of an authority that the server names and with its chain; or have the server ask ' +
  'for none.'

/** What an alert says that ends a handshake. */
export function byAlert(tls: AnalysedTls, handshake: AnalysedHandshake, alert: AlertFacts): Failure {
  const { sender, at, description } = alert
  const sides = { client: tls.client.address, server: formatEndpoint(tls.server) }
  const who = `the ${sender} ${sides[sender]}`
  if (description === undefined) {
    // TLS 1.3 seals what kind of record it is too (RFC 8446 §5.2): its length is all there is to tell an alert by.
    const isByLength = handshake.serverHello?.version === TLS_1_3
    const name = isByLength ? 'a sealed record as long as an alert' : 'an alert that cannot be opened'
    const said = `${who} ends the handshake with ${name}${isByLength ? ': most likely one' : ''}.`
    return { kind: 'other', at, said, evidence: { alert: name, sender } }
  }
  const name = alertName(description)
  const other: TlsSender = sender === 'client' ? 'server' : 'client'
  const refusal = { handshake, alert, other, description, name, who }
  const said =
    byRefusedCertificate(refusal) ??
    byRefusedHello(refusal) ??
    byOtherKey(refusal) ??
    saying('other', `${who} ends the handshake: ${name}.`)
  return { ...said, at, evidence: { alert: name, sender, ...said.evidence } }
}

function byRefusedCertificate(refusal: Refusal): Said | undefined {
  const { handshake, alert, other, description, name, who } = refusal
  if (alert.sender === 'server' && gotNone(handshake) && OF_NO_CERTIFICATE.includes(description)) {
    const said = `${who} asked for a certificate, got none, and says ${name}.`
    return { ...saying('certificate-required', said, true), remedy: NO_CERTIFICATE_REMEDY }
  }
  if (description === Alert.UnknownCa) {
    const said = `${who} does not know the authority of the ${other}'s certificate (${name}).`
    return { ...saying('unknown-ca', said), remedy: UNKNOWN_CA_REMEDY[other] }
  }
  if (OF_CERTIFICATE.includes(description)) {
    return withReason(refusal, `${who} refuses the ${other}'s certificate: ${name}.`)
  }
  if (description === Alert.AccessDenied && handshake.certificates[other] !== undefined) {
    return withReason(refusal, `${who} does not let the ${other} in with the certificate that it shows (${name}).`)
  }
  if (description === Alert.CertificateRequired) {
    const said = `${who} requires a certificate, and the client showed none (${name}).`
    return { ...saying('certificate-required', said), remedy: NO_CERTIFICATE_REMEDY }
  }
  return undefined
}

function withReason({ handshake, alert, other }: Refusal, said: string): Said {
  const reason = refusalReason(handshake, other, alert)
  if (reason === undefined) return saying('bad-certificate', said)
  const { remedy, evidence } = reason
  return {
    ...saying('bad-certificate', `${said}${reason.said}`, reason.inferred),
    remedy,
    ...(evidence && { evidence }),
  }
}

function byOtherKey({ handshake, description, name, who }: Refusal): Said | undefined {
  if (!OF_SHARED_KEY.includes(description) || !usesSharedKey(handshake)) return undefined
  const said = `${who} ends the handshake: ${name}. The two sides go by a key that both were given (PSK): most likely not the same.`
  return saying('other', said, true)
}

/** The server asked for a certificate, and there is nothing in the client's message (RFC 5246 §7.4.6, RFC 8446 §4.4.2). */
export function gotNone({ certificateRequest, certificates: { client } }: AnalysedHandshake): boolean {
  return certificateRequest !== undefined && client !== undefined && isEmpty(client)
}

function usesSharedKey({ serverHello }: AnalysedHandshake): boolean {
  return serverHello !== undefined && /psk$/.test(cipherSuite(serverHello.cipherSuite)?.keyExchange ?? '')
}
