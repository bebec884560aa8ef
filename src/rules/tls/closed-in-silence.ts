import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedHandshake, AnalysedTls } from '../../model/tls-facts.ts'
import type { Failure } from './failed-handshake.ts'

/** Who closes later may do so because nobody used the connection. */
const AT_ONCE_US = 10e6

/**
 * The handshake went well, the client spoke, and the server ends the connection without a word: so do servers that take TLS from
 * anybody and SIP from those they know. In TLS 1.3 without secrets nobody sees who spoke.
 */
export function closedInSilence(tls: AnalysedTls, handshake: AnalysedHandshake): Failure | undefined {
  const { end, spoke, lost, fromStart, client, server, handshakes, read } = tls
  const { finished, alerts } = handshake
  if (lost || !fromStart || handshakes.length !== 1 || finished.client === undefined || finished.server === undefined)
    return undefined
  if (!spoke.includes('client') || spoke.includes('server')) return undefined
  if (end?.by !== 'server' || !(end.how === 'fin' || end.how === 'reset')) return undefined
  // What the client says behind the end answers it.
  if (alerts.some(({ sender, at }) => sender === 'client' && at.position < end.at.position)) return undefined
  const sinceUs = end.at.timeUs - Math.max(finished.client.timeUs, finished.server.timeUs)
  if (sinceUs < 0 || sinceUs > AT_ONCE_US) return undefined
  const verb = end.how === 'reset' ? 'resets' : 'closes'
  return {
    kind: 'closed',
    at: end.at,
    title: 'A TLS connection is ended without a word',
    severity: 'warning',
    said:
      `the server ${formatEndpoint(server)} ${verb} the connection of ${client.address} right after the handshake, without a word to what the ` +
      `client sent${read === true ? '' : ' inside'}: most likely it does not take this client for a peer.`,
    inferred: true,
    evidence: { end: end.how, by: 'server' },
    remedy:
      'Compare what the server knows this peer by: the address that it sees (behind a NAT the public one), the name in the certificate of the ' +
      'client, the host names in Contact and From; its log says which. A server that restarts looks the same.',
  }
}
