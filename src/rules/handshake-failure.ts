import { formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { TraceFacts } from '../model/analysis.ts'
import type { AnalysedHandshake, AnalysedTls } from '../model/tls-facts.ts'
import { Alert, alertName } from '../tls/alerts.ts'
import { cipherSuite } from '../tls/cipher-suites.ts'
import type { AlertFacts, TlsSender } from '../tls/handshake-facts.ts'
import { versionName } from '../tls/versions.ts'

export type FailureKind =
  | 'no-common-cipher'
  | 'no-common-version'
  | 'no-common-group'
  | 'unknown-ca'
  | 'bad-certificate'
  | 'certificate-required'
  | 'client-hello-cut'
  | 'not-tls'
  | 'other'

/** Why and where a handshake failed. */
export interface Failure {
  readonly kind: FailureKind
  readonly at: FrameRef
  readonly said: string
  /** The kind is a conclusion, not what an alert states. */
  readonly inferred?: boolean
  readonly evidence: Readonly<Record<string, unknown>>
  /** Where it is not what the rule says of all. */
  readonly remedy?: string
}

const TLS_1_3 = 0x0304
/** A server that says nothing for this long says nothing any more; the trace has to go on for as long. */
const SILENCE_US = 5e6

/** When the trace ends, in µs. There may be more captures than a call takes arguments. */
export function traceEndUs({ captures }: TraceFacts): number {
  return captures.reduce(
    (endUs, { lastTime }) => (lastTime === undefined ? endUs : Math.max(endUs, Date.parse(lastTime) * 1000)),
    0,
  )
}

/** @param endUs when the trace ends */
export function failureOf(tls: AnalysedTls, handshake: AnalysedHandshake, endUs: number): Failure | undefined {
  const late = handshake.alerts.find((alert) => isLate(tls, handshake, alert))
  if (late !== undefined) return byAlert(tls, handshake, late)
  const hidden = hiddenRefusal(tls, handshake)
  if (hidden !== undefined) return hidden
  if (isDone(handshake) || !isWhole(tls, handshake)) return undefined
  const alert = handshake.alerts.find(isFatal)
  if (alert !== undefined && !isAfterEnd(tls, handshake, alert)) return byAlert(tls, handshake, alert)
  return bySilence(tls, handshake, endUs)
}

/**
 * In TLS 1.3 the server sees the client's certificate, or that there is none, when its own Finished has long been sent:
 * what it says against it before it says anything else ends the handshake (RFC 8446 §4.4.2.4).
 */
function isLate(
  { spoke }: AnalysedTls,
  { serverHello }: AnalysedHandshake,
  { sender, description }: AlertFacts,
): boolean {
  if (description === Alert.CertificateRequired) return true
  if (serverHello?.version !== TLS_1_3 || sender !== 'server' || spoke.includes('server')) return false
  return description !== undefined && (description === Alert.UnknownCa || OF_CERTIFICATE.includes(description))
}

/** From a sealed word to the end of the connection: a refusal is followed by its closing. */
const CLOSED_WITHIN_US = 1e6

/**
 * TLS 1.3 without secrets: the client goes on behind the server's first words, and all it gets is a record as long as an
 * alert, or a reset. That the server refuses something is a conclusion, and what it refuses is not visible.
 */
function hiddenRefusal(
  { end, server, lost }: AnalysedTls,
  { unanswered, alerts }: AnalysedHandshake,
): Failure | undefined {
  if (unanswered === undefined || lost || end === undefined) return undefined
  const who = `the server ${formatEndpoint(server)}`
  const hides =
    'what it refuses is not visible without secrets (often the certificate of the client, or that there is none).'
  const alert = alerts.find(({ sender, description }) => sender === 'server' && description === undefined)
  const isClosed = end.how === 'fin' || end.how === 'reset'
  if (alert !== undefined && isClosed && end.at.timeUs - alert.at.timeUs < CLOSED_WITHIN_US) {
    const said = `${who} answers the client's Finished with a sealed record as long as an alert, and that is all: ${hides}`
    return { kind: 'other', at: alert.at, said, inferred: true, evidence: { alert: 'not visible', sender: 'server' } }
  }
  const isReset = end.how === 'reset' && end.by === 'server' && end.at.timeUs - unanswered.timeUs < CLOSED_WITHIN_US
  if (alert !== undefined || !isReset) return undefined
  const said = `${who} answers the client's Finished with a reset: ${hides}`
  return { kind: 'other', at: end.at, said, inferred: true, evidence: { end: 'reset', by: 'server' } }
}

/** The server had ended the connection without a word: what the client says then is about that end (openssl: decode_error). */
function isAfterEnd(
  { end, lost }: AnalysedTls,
  { serverHello }: AnalysedHandshake,
  { sender, at }: AlertFacts,
): boolean {
  if (lost || serverHello !== undefined || sender !== 'client') return false
  return end?.by === 'server' && end.at.position < at.position
}

function isDone({ finished }: AnalysedHandshake): boolean {
  return finished.client !== undefined && finished.server !== undefined
}

/** Its beginning was seen, and what TLS 1.3 hides is not taken for what is missing. */
function isWhole({ spoke }: AnalysedTls, { serverHello, opened, clientHello, alerts }: AnalysedHandshake): boolean {
  if (clientHello === undefined && alerts.every(({ description }) => description === undefined)) return false
  const isHidden = serverHello?.version === TLS_1_3 && !opened
  // What the client seals first is its Finished, or the alert that it sends instead.
  return !isHidden || !spoke.includes('client') || alerts.some(({ sender }) => sender === 'client')
}

/** Alerts that end nothing: RFC 5246 §7.2.1, and warnings. */
const HARMLESS: ReadonlySet<number> = new Set([Alert.CloseNotify, Alert.UserCanceled, Alert.NoRenegotiation])

/** Under TLS 1.3 the level says nothing (RFC 8446 §6). A sealed alert before the end of a handshake is a fatal one. */
function isFatal({ level, description }: AlertFacts): boolean {
  return description === undefined || (!HARMLESS.has(description) && level !== 1)
}

const OF_CERTIFICATE: readonly number[] = [
  Alert.BadCertificate,
  Alert.UnsupportedCertificate,
  Alert.CertificateRevoked,
  Alert.CertificateExpired,
  Alert.CertificateUnknown,
]

function byAlert(tls: AnalysedTls, handshake: AnalysedHandshake, { sender, at, description }: AlertFacts): Failure {
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

/** Octets of a TLS record that one segment holds on a path of 1,500 octets (RFC 9293 §3.7.1, RFC 7323 §3.2), less the record's header. */
const LARGE_HELLO = 1443

const WHERE_LARGE_HELLOS_END =
  'a path whose MTU is smaller than both ends take it for, or a firewall, load balancer or SBC that knows no ClientHello of ' +
  'more than one packet (post-quantum key shares such as X25519MLKEM768 make it so large)'

const PATH_REMEDY =
  'Capture at both ends to see which packets get lost. Let ICMP "packet too big" and "fragmentation needed" pass, or lower the ' +
  'MSS to the MTU of the path (RFC 2923 §2.1, RFC 4821).'
const LARGE_HELLO_REMEDY =
  `${PATH_REMEDY} Update or bypass a middlebox that wants the ClientHello in one packet; until then, leave post-quantum key shares ` +
  'out at the client.'

const LOST_ON_THE_WAY =
  " Of the server's answer octets are missing: lost on the way (segments too long for the path, perhaps), or by the capture."

/** Of the client nothing is missing, and its hello is all it said: it never had the server's answer. */
function wentNoFurther({ fromStart, clientLastAt }: AnalysedTls, { clientHello }: AnalysedHandshake): boolean {
  return fromStart && clientHello !== undefined && clientLastAt?.position === clientHello.at.position
}

/** Reset, closed or left without a word. The end of the capture is none of these. */
function bySilence(tls: AnalysedTls, handshake: AnalysedHandshake, endUs: number): Failure | undefined {
  const { clientHello, serverHello } = handshake
  const { lost } = tls
  if (clientHello === undefined || tls.handshakes[0]?.at !== handshake.at) return undefined
  if (lost && !wentNoFurther(tls, handshake)) return undefined
  const ending = endingOf(tls, endUs)
  if (ending === undefined) return undefined
  const { at, did, evidence } = ending
  const after = serverHello !== undefined ? "the server's first words" : 'the ClientHello'
  if (lost) {
    const said = `${did(after)}${LOST_ON_THE_WAY}`
    return { kind: 'other', at, said, evidence: { ...evidence, missing: 'server' }, remedy: PATH_REMEDY }
  }
  if (serverHello !== undefined) return { kind: 'other', at, said: did(after), evidence }
  const said = did(`${after}, which the server did not answer`)
  const { octets = 0 } = clientHello
  if (octets <= LARGE_HELLO) return { kind: 'other', at, said, evidence }
  const large = `It has ${octets} octets, more than one packet holds: the server may not have got all of it, by ${WHERE_LARGE_HELLOS_END}.`
  return {
    kind: 'other',
    at,
    said: `${said} ${large}`,
    evidence: { ...evidence, clientHelloOctets: octets },
    remedy: LARGE_HELLO_REMEDY,
  }
}

/**
 * The first packet of a ClientHello, and never the rest, nor a word of the server. The capture may lack what did arrive; a
 * server that has it all answers.
 */
export function cutHello(tls: AnalysedTls, endUs: number): Failure | undefined {
  const { partialHello, handshakes, fromStart, lost, clear, client, server, end } = tls
  if (partialHello === undefined || handshakes.length > 0 || !fromStart || lost || clear.server !== undefined)
    return undefined
  const ending = endingOf(tls, endUs)
  if (ending === undefined) return undefined
  const { octets, announced } = partialHello
  const begun = `${octets} of the ${announced} octets of the ClientHello of ${client.address} to ${formatEndpoint(server)}`
  const failure = { kind: 'client-hello-cut', at: partialHello.at } as const
  const evidence = { ...ending.evidence, clientHelloOctets: announced, octetsSeen: octets }
  if (end?.how === 'fin' && end.by === 'client')
    return { ...failure, said: `${ending.did(begun)} It never sent the rest.`, evidence }
  return {
    ...failure,
    said: `${ending.did(begun)} What carries the rest did not come this far: ${WHERE_LARGE_HELLOS_END}, by inference.`,
    inferred: true,
    evidence,
    remedy: LARGE_HELLO_REMEDY,
  }
}

interface Ending {
  readonly at: FrameRef
  /** What happened behind something. */
  readonly did: (after: string) => string
  readonly evidence: Readonly<Record<string, unknown>>
}

/** How a connection ends that came to nothing; undefined where the capture ends first. */
function endingOf({ end, lastAt, client, server }: AnalysedTls, endUs: number): Ending | undefined {
  const sides = { client: client.address, server: formatEndpoint(server) }
  const who = end?.by === undefined ? 'one side' : `the ${end.by} ${sides[end.by]}`
  if (end?.how === 'reset' || end?.how === 'fin') {
    const verb = end.how === 'reset' ? 'resets' : 'closes'
    return {
      at: end.at,
      did: (after) => `${who} ${verb} the connection without an alert, after ${after}.`,
      evidence: { end: end.how, ...(end.by && { by: end.by }) },
    }
  }
  const silentUs = endUs - lastAt.timeUs
  if (end?.how !== 'end-of-trace' || silentUs < SILENCE_US) return undefined
  const seconds = Math.floor(silentUs / 1e6)
  return {
    at: lastAt,
    did: (after) => `nothing follows ${after}, for ${seconds} s up to the end of the capture.`,
    evidence: { end: 'silence', silentSeconds: seconds },
  }
}
