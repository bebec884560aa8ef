import { formatEndpoint } from '../bytes/endpoint.ts'
import type { AnalysedHandshake, AnalysedTls } from '../model/tls-facts.ts'
import { Alert, alertName } from '../tls/alerts.ts'
import { cipherSuite } from '../tls/cipher-suites.ts'
import type { AlertFacts, TlsSender } from '../tls/handshake-facts.ts'
import { versionName } from '../tls/versions.ts'
import type { Failure, FailureKind } from './failed-handshake.ts'

/** Alerts that speak of the other side's certificate itself. */
export const OF_CERTIFICATE: readonly number[] = [
  Alert.BadCertificate,
  Alert.UnsupportedCertificate,
  Alert.CertificateRevoked,
  Alert.CertificateExpired,
  Alert.CertificateUnknown,
]

/** What an alert says that ends a handshake. */
export function byAlert(
  tls: AnalysedTls,
  handshake: AnalysedHandshake,
  { sender, at, description }: AlertFacts,
): Failure {
  const sides = { client: tls.client.address, server: formatEndpoint(tls.server) }
  const who = `the ${sender} ${sides[sender]}`
  const other: TlsSender = sender === 'client' ? 'server' : 'client'
  const name = description === undefined ? 'an alert that cannot be opened' : alertName(description)
  const evidence = { alert: name, sender }
  const says = (kind: FailureKind, said: string, inferred = false): Failure => ({
    kind,
    at,
    said,
    evidence,
    ...(inferred && { inferred }),
  })
  if (description === undefined) return says('other', `${who} ends the handshake with ${name}.`)
  if (description === Alert.UnknownCa) {
    return says('unknown-ca', `${who} does not know the authority of the ${other}'s certificate (${name}).`)
  }
  if (OF_CERTIFICATE.includes(description)) {
    return says('bad-certificate', `${who} refuses the ${other}'s certificate: ${name}.`)
  }
  if (description === Alert.CertificateRequired) {
    return says('certificate-required', `${who} requires a certificate, and the client showed none (${name}).`)
  }
  if (description === Alert.ProtocolVersion || description === Alert.InappropriateFallback) {
    return says('no-common-version', `${who} refuses the ${versionsOf(handshake)} of the ${other} (${name}).`)
  }
  if (description === Alert.InsufficientSecurity) {
    return says('no-common-cipher', `${who} finds the ciphers of the ${other} too weak (${name}).`)
  }
  if (description !== Alert.HandshakeFailure || sender !== 'server') {
    return says('other', `${who} ends the handshake: ${name}.`)
  }
  return says(...handshakeFailure(handshake, who))
}

/** RFC 5246 §7.2.2: the server could not negotiate; what it missed, it does not say. */
function handshakeFailure(handshake: AnalysedHandshake, who: string): [FailureKind, string, boolean] {
  const { serverHello, certificateRequest, certificates, clientHello } = handshake
  if (certificateRequest !== undefined && certificates.client?.certificates.length === 0) {
    return ['certificate-required', `${who} asked for a certificate, got none, and says handshake_failure.`, true]
  }
  if (serverHello !== undefined || clientHello === undefined) {
    return ['other', `${who} ends the handshake: handshake_failure.`, false]
  }
  const [group, ...others] = clientHello.groups
  if (group !== undefined && others.length === 0 && offersUsual(handshake)) {
    const said = `${who} says handshake_failure to usual cipher suites with a single group: that group, by inference.`
    return ['no-common-group', said, true]
  }
  return [
    'no-common-cipher',
    `${who} says handshake_failure to the ClientHello: no cipher suite suits both, by inference.`,
    true,
  ]
}

/** Suites that every server of today has: AES-GCM with ECDHE, or those of TLS 1.3. */
function offersUsual({ clientHello }: AnalysedHandshake): boolean {
  return (clientHello?.cipherSuites ?? []).some((id) => {
    const suite = cipherSuite(id)
    return suite !== undefined && /gcm/.test(suite.bulk) && ['ecdhe', 'tls13'].includes(suite.keyExchange)
  })
}

function versionsOf({ clientHello, serverHello }: AnalysedHandshake): string {
  if (serverHello !== undefined) return versionName(serverHello.version)
  if (clientHello === undefined) return 'version'
  const { supportedVersions, version } = clientHello
  return (supportedVersions.length > 0 ? supportedVersions : [version]).map(versionName).join(', ')
}
