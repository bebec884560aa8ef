import { formatEndpoint } from '../bytes/endpoint.ts'
import type { AnalysedHandshake, AnalysedTls } from '../model/tls-facts.ts'
import { Alert, alertName } from '../tls/alerts.ts'
import { cipherSuite } from '../tls/cipher-suites.ts'
import type { AlertFacts, TlsSender } from '../tls/handshake-facts.ts'
import { versionName } from '../tls/versions.ts'
import type { Failure, FailureKind } from './failed-handshake.ts'
import { isEmpty } from './tls-peers.ts'

const TLS_1_3 = 0x0304

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

/** Go says the one, Java's JSSE the other of whatever it does not like about a certificate. */
const OF_ANYTHING: readonly number[] = [Alert.BadCertificate, Alert.CertificateUnknown]

const REFUSED_REMEDY =
  'Read the log of the side that refuses: it says why. Mend first what else is found about this certificate, and have its ' +
  "authority in that side's trust list."

/** What an alert says that ends a handshake. */
export function byAlert(
  tls: AnalysedTls,
  handshake: AnalysedHandshake,
  { sender, at, description }: AlertFacts,
): Failure {
  const sides = { client: tls.client.address, server: formatEndpoint(tls.server) }
  const who = `the ${sender} ${sides[sender]}`
  const other: TlsSender = sender === 'client' ? 'server' : 'client'
  // TLS 1.3 seals what kind of record it is too (RFC 8446 §5.2): its length is all there is to tell an alert by.
  const isByLength = description === undefined && handshake.serverHello?.version === TLS_1_3
  const sealed = isByLength ? 'a sealed record as long as an alert' : 'an alert that cannot be opened'
  const name = description === undefined ? sealed : alertName(description)
  const evidence = { alert: name, sender }
  const says = (kind: FailureKind, said: string, inferred = false): Failure => ({
    kind,
    at,
    said,
    evidence,
    ...(inferred && { inferred }),
  })
  if (description === undefined)
    return says('other', `${who} ends the handshake with ${name}${isByLength ? ': most likely one' : ''}.`)
  if (sender === 'server' && gotNone(handshake) && OF_NO_CERTIFICATE.includes(description)) {
    return says('certificate-required', `${who} asked for a certificate, got none, and says ${name}.`, true)
  }
  if (description === Alert.UnknownCa) {
    return says('unknown-ca', `${who} does not know the authority of the ${other}'s certificate (${name}).`)
  }
  if (OF_CERTIFICATE.includes(description)) {
    const said = `${who} refuses the ${other}'s certificate: ${name}.`
    if (!OF_ANYTHING.includes(description)) return says('bad-certificate', said)
    const why = ' That alert does not say why: its authority, a name, a date, or something else.'
    return { ...says('bad-certificate', `${said}${why}`), remedy: REFUSED_REMEDY }
  }
  if (description === Alert.AccessDenied && handshake.certificates[other] !== undefined) {
    return says('bad-certificate', `${who} does not let the ${other} in with the certificate that it shows (${name}).`)
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
  const { clientHello, serverHello } = handshake
  if (sender === 'server' && clientHello !== undefined) {
    if (description === Alert.UnrecognizedName && clientHello.serverName !== undefined) {
      return says(
        'other',
        `${who} knows nothing of the name ${clientHello.serverName} that the client asks for (${name}).`,
      )
    }
    if (description === Alert.NoApplicationProtocol && clientHello.applicationProtocols.length > 0) {
      const offered = clientHello.applicationProtocols.join(', ')
      return says('other', `${who} takes none of the protocols that the client offers by ALPN: ${offered} (${name}).`)
    }
    if (description === Alert.HandshakeFailure) return says(...handshakeFailure(handshake, who))
    if (description === Alert.UnexpectedMessage && serverHello === undefined && offersTls13(handshake)) {
      const said = `${who} says ${name} to the ClientHello, as Java's JSSE does where no group suits both: most likely that, by inference.`
      return says('no-common-group', said, true)
    }
  }
  if (OF_SHARED_KEY.includes(description) && usesSharedKey(handshake)) {
    const said = `${who} ends the handshake: ${name}. The two sides go by a key that both were given (PSK): most likely not the same.`
    return says('other', said, true)
  }
  return says('other', `${who} ends the handshake: ${name}.`)
}

/** The server asked for a certificate, and there is nothing in the client's message (RFC 5246 §7.4.6, RFC 8446 §4.4.2). */
export function gotNone({ certificateRequest, certificates: { client } }: AnalysedHandshake): boolean {
  return certificateRequest !== undefined && client !== undefined && isEmpty(client)
}

function usesSharedKey({ serverHello }: AnalysedHandshake): boolean {
  return serverHello !== undefined && /psk$/.test(cipherSuite(serverHello.cipherSuite)?.keyExchange ?? '')
}

function offersTls13({ clientHello }: AnalysedHandshake): boolean {
  return clientHello?.supportedVersions.includes(TLS_1_3) === true
}

/** RFC 5246 §7.2.2: the server could not negotiate; what it missed, it does not say. */
function handshakeFailure(handshake: AnalysedHandshake, who: string): [FailureKind, string, boolean] {
  const { serverHello, clientHello } = handshake
  if (serverHello !== undefined || clientHello === undefined) {
    return ['other', `${who} ends the handshake: handshake_failure.`, false]
  }
  const [group, ...others] = clientHello.groups
  if (group !== undefined && others.length === 0 && offersUsual(handshake)) {
    const said = `${who} says handshake_failure to usual cipher suites with a single group: most likely that group, by inference.`
    return ['no-common-group', said, true]
  }
  return [
    'no-common-cipher',
    `${who} says handshake_failure to the ClientHello: most likely no cipher suite suits both, by inference; a server without a ` +
      "certificate for the client's signature algorithms, or without a group in common, says the same.",
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
