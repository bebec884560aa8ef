import type { AnalysedHandshake } from '../../model/tls-facts.ts'
import { Alert } from '../../tls/alerts.ts'
import { cipherSuite } from '../../tls/cipher-suites.ts'
import type { ClientHelloFacts, ServerHelloFacts } from '../../tls/handshake-facts.ts'
import { TLS_1_3, versionName } from '../../tls/versions.ts'
import { type Refusal, type Said, saying } from './failed-handshake.ts'
import { offeredVersions } from './handshake-sides.ts'

/** What an alert says of versions, suites, groups and names: of what the hellos are about. */
export function byRefusedHello(refusal: Refusal): Said | undefined {
  const { handshake, alert, other, description, name, who } = refusal
  if (description === Alert.ProtocolVersion || description === Alert.InappropriateFallback) {
    return saying('no-common-version', `${who} refuses the ${versionsOf(handshake)} of the ${other} (${name}).`)
  }
  if (description === Alert.InsufficientSecurity) {
    return saying('no-common-cipher', `${who} finds the ciphers of the ${other} too weak (${name}).`)
  }
  return alert.sender === 'server' ? byRefusedClientHello(refusal) : byRefusedServerHello(refusal)
}

function byRefusedClientHello({ handshake, description, name, who }: Refusal): Said | undefined {
  const { clientHello, serverHello } = handshake
  if (clientHello === undefined) return undefined
  const { serverName, applicationProtocols } = clientHello
  if (description === Alert.UnrecognizedName && serverName !== undefined) {
    return saying('other', `${who} knows nothing of the name ${serverName} that the client asks for (${name}).`)
  }
  if (description === Alert.NoApplicationProtocol && applicationProtocols.length > 0) {
    const offered = applicationProtocols.join(', ')
    return saying('other', `${who} takes none of the protocols that the client offers by ALPN: ${offered} (${name}).`)
  }
  if (serverHello !== undefined) return undefined
  if (description === Alert.HandshakeFailure) return byHandshakeFailure(handshake, clientHello, who)
  if (description === Alert.UnexpectedMessage && clientHello.supportedVersions.includes(TLS_1_3)) {
    const said = `${who} says ${name} to the ClientHello, as Java's JSSE does where no group suits both: most likely that, by inference.`
    return saying('no-common-group', said, true)
  }
  return undefined
}

/** RFC 5246 §7.2.2: the server could not negotiate; what it missed, it does not say. */
function byHandshakeFailure(handshake: AnalysedHandshake, { groups }: ClientHelloFacts, who: string): Said {
  if (groups.length === 1 && offersUsual(handshake)) {
    const said = `${who} says handshake_failure to usual cipher suites with a single group: most likely that group, by inference.`
    return saying('no-common-group', said, true)
  }
  return saying(
    'no-common-cipher',
    `${who} says handshake_failure to the ClientHello: most likely no cipher suite suits both, by inference; a server without a ` +
      "certificate for the client's signature algorithms, or without a group in common, says the same.",
    true,
  )
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
function byRefusedServerHello({ handshake, description, name, who }: Refusal): Said | undefined {
  const { clientHello, serverHello, keyExchange } = handshake
  if (clientHello === undefined || serverHello === undefined || serverHello.version >= TLS_1_3) return undefined
  const ended = `${who} ends the handshake: ${name}.`
  if (description === Alert.IllegalParameter && serverHello.downgraded && offersMore(clientHello, serverHello)) {
    const said =
      `${ended} The server chose ${versionName(serverHello.version)}, and its random says that it can do better, as the client can: ` +
      'most likely somebody between them changes the hellos, such as a firewall that inspects TLS (RFC 8446 §4.1.3).'
    return { ...saying('other', said, true), remedy: INSPECTED_REMEDY }
  }
  const isWeak = keyExchange?.dhBits !== undefined && keyExchange.dhBits < TAKEN_DH_BITS
  const lacksInfo = clientHello.renegotiationInfo && !serverHello.renegotiationInfo
  if (description === Alert.HandshakeFailure && lacksInfo && !isWeak) {
    const said =
      `${ended} The ServerHello lacks renegotiation_info, which the client asked for: most likely that is why, for OpenSSL 3 takes ` +
      'no server without it (RFC 5746 §4.1).'
    return { ...saying('other', said, true), remedy: RENEGOTIATION_REMEDY }
  }
  return undefined
}

const INSPECTED_REMEDY = 'Leave this connection out of TLS inspection, or update what inspects it.'
const RENEGOTIATION_REMEDY =
  'Update the server, or the load balancer or firewall that ends TLS before it, to one that knows RFC 5746; until then, let the ' +
  'client take such servers (UnsafeLegacyServerConnect in openssl.cnf).'

function offersMore(client: ClientHelloFacts, server: ServerHelloFacts): boolean {
  return Math.max(client.version, ...client.supportedVersions) > server.version
}

function versionsOf({ clientHello, serverHello }: AnalysedHandshake): string {
  if (serverHello !== undefined) return versionName(serverHello.version)
  if (clientHello === undefined) return 'version'
  return offeredVersions(clientHello).map(versionName).join(', ')
}
