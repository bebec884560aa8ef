import { formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { BY_DTLS_1_3 } from '../media/hidden-keying.ts'
import type { AnalysedCall, TraceFacts } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import type { AnalysedTls } from '../model/tls-facts.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'keying-not-visible',
  severity: 'info',
  title: 'Keys that this capture does not show',
  meaning:
    'Media is protected by keys that neither the capture nor the key files hold: nothing can be said about its tags.',
  shows: 'DTLS or ZRTP on the media port, a=fingerprint in the SDP, or SIP inside TLS.',
  causes: ['DTLS-SRTP without a key log', 'ZRTP', 'SIP in TLS without secrets'],
  remedy: 'Give the keys with --keys, or capture with the secrets of the endpoints.',
  references: ['RFC 5764 §4.2', 'RFC 6189 §4', 'RFC 4568 §8.3'],
  kinds: ['dtls', 'zrtp', 'tls'],
}

const MOST = 20

export const keyingNotVisible = defineRule(text, (trace) => {
  const read = new Set<string>()
  return {
    call: (call) => {
      if (trace.tls.length > 0) addConnections(call, read)
      return []
    },
    end: () => [...onMedia(trace), ...inTls(trace, read)],
  }
})

/** One finding a call and kind: DTLS and ZRTP key whole sessions. */
function onMedia(trace: TraceFacts): Finding[] {
  const named = new Set<string>()
  return trace.streams.flatMap(({ report, keying, dtlsOnFlow, zrtpOnFlow, firstAt }) => {
    const kind = dtlsOnFlow || keying === 'dtls' ? 'dtls' : zrtpOnFlow || keying === 'zrtp' ? 'zrtp' : undefined
    if (kind === undefined || report.kind !== 'rtp' || report.unverified === 0 || report.verified > 0) return []
    const name = `${kind} ${report.callId ?? report.id}`
    if (named.has(name)) return []
    named.add(name)
    const isHidden = report.unverifiedReason === BY_DTLS_1_3
    const how = isHidden ? 'DTLS 1.3, which is not read' : `${kind.toUpperCase()}; its keys are not known`
    return [
      finding(text, trace, {
        kind,
        detail: `The media between ${report.src} and ${report.dst} is keyed by ${how}.`,
        ...(report.callId !== undefined && { callId: report.callId }),
        streamId: report.id,
        at: [firstAt],
        evidence: { unverified: report.unverified },
      }),
    ]
  })
}

/** @param read connections out of which SIP was read, either way round */
function inTls(trace: TraceFacts, read: ReadonlySet<string>): Finding[] {
  const unread = new Map<string, FrameRef>()
  for (const tls of trace.tls) {
    if (!isUnread(tls) || read.has(tls.connection) || unread.has(tls.connection)) continue
    unread.set(tls.connection, tls.at)
  }
  const shown = [...unread].slice(0, MOST).map(([connection, at]) =>
    finding(text, trace, {
      kind: 'tls',
      detail: `The TLS connection ${connection} (frame ${at.frame}) cannot be read: what SIP and keys it carries is not known.`,
      at: [at],
      evidence: { connection },
    }),
  )
  const rest = [...unread].slice(MOST)
  if (rest.length === 0) return shown
  return [
    ...shown,
    finding(text, trace, {
      kind: 'tls',
      detail: `${rest.length} more TLS connections cannot be read.`,
      at: rest.map(([, at]) => at),
      evidence: { connections: rest.length },
    }),
  ]
}

/** Something was said inside that nobody could open; of what is missing, it is not known. */
function isUnread({ read, spoke, lost, handshakes, clear }: AnalysedTls): boolean {
  if (read === true) return false
  return spoke.length > 0 || lost || (handshakes.length === 0 && clear.client === undefined)
}

function addConnections({ paths }: AnalysedCall, read: Set<string>): void {
  for (const { transport, source, destination } of paths) {
    if (transport !== 'tls' && transport !== 'wss') continue
    const [a, b] = [formatEndpoint(source), formatEndpoint(destination)]
    read.add(`${a} > ${b}`).add(`${b} > ${a}`)
  }
}
