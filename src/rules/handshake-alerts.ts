import { formatEndpoint } from '../bytes/endpoint.ts'
import type { AnalysedHandshake, AnalysedTls } from '../model/tls-facts.ts'
import { Alert, alertName } from '../tls/alerts.ts'
import { cipherSuite } from '../tls/cipher-suites.ts'
import type { AlertFacts, ClientHelloFacts, ServerHelloFacts, TlsSender } from '../tls/handshake-facts.ts'
import { TLS_1_3, versionName } from '../tls/versions.ts'
import type { Failure, FailureKind } from './failed-handshake.ts'
import { refusalReason } from './refused-certificate.ts'
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
  const withReason = (said: string): Failure => {
    const reason = refusalReason(handshake, other, alert)
    if (reason === undefined) return says('bad-certificate', said)
    return {
      ...says('bad-certificate', `${said}${reason.said}`, reason.inferred),
      remedy: reason.remedy,
      evidence: { ...evidence, ...reason.evidence },
    }
  }
  if (description === undefined)
    return says('other', `${who} ends the handshake with ${name}${isByLength ? ': most likely one' : ''}.`)
  if (sender === 'server' && gotNone(handshake) && OF_NO_CERTIFICATE.includes(description)) {
    const said = `${who} asked for a certificate, got none, and says ${name}.`
    return { ...says('certificate-required', said, true), remedy: NO_CERTIFICATE_REMEDY }
  }
  if (description === Alert.UnknownCa) {
    const said = `${who} does not know the authority of the ${other}'s certificate (${name}).`
    return { ...says('unknown-ca', said), remedy: UNKNOWN_CA_REMEDY[other] }
  }
  if (OF_CERTIFICATE.includes(description)) {
    return withReason(`${who} refuses the ${other}'s certificate: ${name}.`)
  }
  if (description === Alert.AccessDenied && handshake.certificates[other] !== undefined) {
    return withReason(`${who} does not let the ${other} in with the certificate that it shows (${name}).`)
  }
  if (description === Alert.CertificateRequired) {
    const said = `${who} requires a certificate, and the client showed none (${name}).`
    return { ...says('certificate-required', said), remedy: NO_CERTIFICATE_REMEDY }
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
  if (sender === 'client' && serverHello !== undefined && serverHello.version < TLS_1_3) {
    const reason = ofServerHello(handshake, description)
    if (reason !== undefined) {
      return { ...says('other', `${who} ends the handshake: ${name}. ${reason.said}`, true), remedy: reason.remedy }
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

/** Bits of a group that clients of today take. */
const TAKEN_DH_BITS = 2048

/** What clients of today do not go on behind, in what the server said. */
function ofServerHello(
  { clientHello, serverHello, keyExchange }: AnalysedHandshake,
  description: number,
): { readonly said: string; readonly remedy: string } | undefined {
  if (clientHello === undefined || serverHello === undefined) return undefined
  if (description === Alert.IllegalParameter && serverHello.downgraded && offersMore(clientHello, serverHello)) {
    return {
      said:
        `The server chose ${versionName(serverHello.version)}, and its random says that it can do better, as the client can: most likely ` +
        'somebody between them changes the hellos, such as a firewall that inspects TLS (RFC 8446 §4.1.3).',
      remedy: 'Leave this connection out of TLS inspection, or update what inspects it.',
    }
  }
  const isWeak = keyExchange?.dhBits !== undefined && keyExchange.dhBits < TAKEN_DH_BITS
  if (
    description === Alert.HandshakeFailure &&
    clientHello.renegotiationInfo &&
    !serverHello.renegotiationInfo &&
    !isWeak
  ) {
    return {
      said:
        'The ServerHello lacks renegotiation_info, which the client asked for: most likely that is why, for OpenSSL 3 takes no server ' +
        'without it (RFC 5746 §4.1).',
      remedy:
        'Update the server, or the load balancer or firewall that ends TLS before it, to one that knows RFC 5746; until then, let the ' +
        'client take such servers (UnsafeLegacyServerConnect in openssl.cnf).',
    }
  }
  return undefined
}

function offersMore(client: ClientHelloFacts, server: ServerHelloFacts): boolean {
  return Math.max(client.version, ...client.supportedVersions) > server.version
}

function versionsOf({ clientHello, serverHello }: AnalysedHandshake): string {
  if (serverHello !== undefined) return versionName(serverHello.version)
  if (clientHello === undefined) return 'version'
  const { supportedVersions, version } = clientHello
  return (supportedVersions.length > 0 ? supportedVersions : [version]).map(versionName).join(', ')
}
