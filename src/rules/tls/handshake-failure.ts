import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedHandshake, AnalysedTls, TlsConnectionEnd } from '../../model/tls-facts.ts'
import { Alert } from '../../tls/alerts.ts'
import type { AlertFacts } from '../../tls/handshake-facts.ts'
import { TLS_1_3 } from '../../tls/versions.ts'
import { closedInSilence } from './closed-in-silence.ts'
import type { Failure } from './failed-handshake.ts'
import { byAlert, OF_CERTIFICATE } from './handshake-alerts.ts'
import { bySilence } from './handshake-silence.ts'

/** @param endUs until when the trace would show how a connection goes on, µs */
export function failureOf(tls: AnalysedTls, handshake: AnalysedHandshake, endUs: number): Failure | undefined {
  const late = handshake.alerts.find((alert) => isLate(tls, handshake, alert))
  if (late !== undefined) return byAlert(tls, handshake, late)
  const hidden = hiddenRefusal(tls, handshake)
  if (hidden !== undefined) return hidden
  if (isDone(handshake)) return closedInSilence(tls, handshake)
  if (!isWhole(tls, handshake)) return undefined
  const alert = handshake.alerts.find((one) => isFatal(one) && isLastWord(tls, handshake, one))
  if (alert !== undefined && !isAfterEnd(tls, alert)) return byAlert(tls, handshake, alert)
  return bySilence(tls, handshake, endUs)
}

/**
 * What a side says against the other's certificate behind both Finished, before it says anything else, ends the handshake.
 * In TLS 1.3 the server sees the client's certificate, or that there is none, when its own Finished has long been sent
 * (RFC 8446 §4.4.2.4); before, a client may look at the server's beside the handshake, and its verdict comes late (NSS).
 */
function isLate({ spoke }: AnalysedTls, { finished }: AnalysedHandshake, { sender, description }: AlertFacts): boolean {
  if (description === Alert.CertificateRequired) return true
  if (finished[sender] === undefined || spoke.includes(sender)) return false
  return description !== undefined && REFUSALS.includes(description)
}

const REFUSALS: readonly number[] = [...OF_CERTIFICATE, Alert.UnknownCa, Alert.AccessDenied]

/** From a sealed word to the end of the connection: a refusal is followed by its closing. */
const CLOSED_WITHIN_US = 1e6

/**
 * TLS 1.3 without secrets: the client goes on behind the server's first words, and all it gets is a record as long as an
 * alert, or a reset. That the server refuses something is a conclusion, and what it refuses is not visible.
 */
function hiddenRefusal(tls: AnalysedTls, { unanswered, alerts }: AnalysedHandshake): Failure | undefined {
  const { end, server, lost } = tls
  if (unanswered === undefined || lost || end === undefined) return undefined
  const who = `the server ${formatEndpoint(server)}`
  const hides =
    'what it refuses is not visible without secrets (often the certificate of the client, or that there is none).'
  const closes = ' A server that only closes the connection looks the same.'
  const alert = alerts.find(({ sender, description }) => sender === 'server' && description === undefined)
  // Behind the client's end it is close_notify, and so is what a server says that has no use for the connection.
  if (alert !== undefined && isAfterEnd(tls, alert)) return undefined
  if (alert !== undefined && isClosed(end) && end.at.timeUs - alert.at.timeUs < CLOSED_WITHIN_US) {
    const said = `${who} answers the client's Finished with a sealed record as long as an alert, and that is all: ${hides}${closes}`
    return { kind: 'other', at: alert.at, said, inferred: true, evidence: { alert: 'not visible', sender: 'server' } }
  }
  const isReset = end.how === 'reset' && end.by === 'server' && end.at.timeUs - unanswered.timeUs < CLOSED_WITHIN_US
  if (alert !== undefined || !isReset) return undefined
  const said = `${who} answers the client's Finished with a reset: ${hides}`
  return { kind: 'other', at: end.at, said, inferred: true, evidence: { end: 'reset', by: 'server' } }
}

function isClosed({ how }: TlsConnectionEnd): boolean {
  return how === 'fin' || how === 'reset'
}

/** Of a server's sealed record only that it is as long as an alert is known, and that nothing follows it. */
function isLastWord(
  { end, lost }: AnalysedTls,
  { serverHello }: AnalysedHandshake,
  { sender, description }: AlertFacts,
): boolean {
  if (description !== undefined || sender === 'client' || serverHello?.version !== TLS_1_3) return true
  return !lost && end !== undefined && isClosed(end)
}

/**
 * The other side had ended the connection without a word: what is said then is about that end (decode_error of openssl,
 * handshake_failure of JSSE, unexpected_message of GnuTLS).
 */
function isAfterEnd({ end, lost }: AnalysedTls, { sender, at }: AlertFacts): boolean {
  if (lost || end?.by === undefined || end.by === sender) return false
  return end.at.position < at.position
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
