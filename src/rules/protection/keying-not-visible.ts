import { formatEndpoint } from '../../bytes/endpoint.ts'
import { BY_CUT } from '../../media/cut-keys.ts'
import { BY_DTLS_1_3 } from '../../media/dtls-keys.ts'
import { BY_MASK } from '../../media/masked-keys.ts'
import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { AnalysedTls } from '../../model/tls-facts.ts'
import { cipherSuite } from '../../tls/cipher-suites.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { failureOf } from '../tls/handshake-failure.ts'
import { cutHello } from '../tls/handshake-silence.ts'

const text: RuleText = {
  id: 'keying-not-visible',
  severity: 'info',
  title: 'Keys that this capture does not show',
  meaning:
    'Media is protected by keys that neither the capture nor the key files hold: nothing can be said about its tags.',
  shows:
    'DTLS or ZRTP on the media port, a=fingerprint in the SDP, SIP inside TLS, a mask (****, XXXX, nothing at all) in the ' +
    'place of the key in a=crypto, or SDP that ends before its keys.',
  causes: [
    'DTLS-SRTP without a key log',
    'ZRTP',
    'SIP in TLS without secrets',
    'a capture that an SBC or a log wrote without the keys of SDES',
    'a snap length that cut the SIP messages',
  ],
  remedy:
    'Give the secrets of TLS and DTLS with --tls-keylog, the private key of a TLS server with --tls-key where RSA keyed the ' +
    'handshake, or the keys of the media with --keys.',
  references: ['RFC 5764 §4.2', 'RFC 6189 §4', 'RFC 4568 §8.3'],
  kinds: ['dtls', 'zrtp', 'tls', 'masked', 'cut'],
}

const MOST = 20

const DTLS_REMEDY =
  'Give the secrets of DTLS, as an endpoint logs them, with --tls-keylog, or the keys of the media with --keys.'
const MEDIA_REMEDY = 'Give the keys of the media, as an endpoint tells them, with --keys.'
const CUT_REMEDY = 'Capture all packets, and whole ones (tcpdump -s 0), or give the keys of the media with --keys.'
const CUT_TLS_REMEDY =
  'Capture whole packets (tcpdump -s 0): the snap length cut frames of this capture, and a record of TLS that was cut cannot be ' +
  'opened, whatever secrets are given. '
const TLS_REMEDY =
  'Give the secrets of the connection, as an endpoint logs them, with --tls-keylog. The private key of the server would not ' +
  'help: it opens only what RSA keyed, from the handshake on.'
/** What a key log says is found by the ClientHello, and what keys a record by both hellos. */
const BEGUN_REMEDY =
  'Capture the connection from its ClientHello on (begin before the trunk or the phone connects, or have it connect again), and ' +
  'give its secrets with --tls-keylog: nothing opens a connection whose handshake is not in the capture.'
const RSA_REMEDY =
  'Give the private key of the server with --tls-key, or the secrets of the connection, as an endpoint logs them, with --tls-keylog.'

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

type MediaKind = 'dtls' | 'zrtp' | 'masked' | 'cut'

/** One finding a call and kind: DTLS, ZRTP and SDES key whole sessions. */
function onMedia(trace: TraceFacts): Finding[] {
  const groups = new Map<string, { kind: MediaKind; streams: AnalysedStream[] }>()
  for (const stream of trace.streams) {
    const { report } = stream
    const kind = kindOf(stream)
    if (kind === undefined || report.kind !== 'rtp' || report.unverified === 0) continue
    // A key that verifies is known: only what was masked at another time may be another one.
    if (report.verified > 0 && kind !== 'masked') continue
    const name = `${kind} ${report.callId ?? report.id}`
    const known = groups.get(name)
    if (known === undefined) groups.set(name, { kind, streams: [stream] })
    else known.streams.push(stream)
  }
  return [...groups.values()].map(({ kind, streams }) => {
    const [{ report }] = streams
    const isHidden = report.unverifiedReason === BY_DTLS_1_3
    const paths = pathsText(streams)
    return finding(text, trace, {
      kind,
      detail:
        kind === 'cut'
          ? `The SDP of the media ${paths} is cut in this capture before its keys.`
          : `${partOf(streams)} ${paths} is keyed by ${isHidden ? 'DTLS 1.3, which is not read' : HOW[kind]}.`,
      remedy: kind === 'cut' ? CUT_REMEDY : kind === 'dtls' && !isHidden ? DTLS_REMEDY : MEDIA_REMEDY,
      callId: report.callId,
      streamId: report.id,
      at: streams.map(({ firstAt: at }) => at),
      evidence: { unverified: streams.reduce((sum, stream) => sum + stream.report.unverified, 0) },
    })
  })
}

function partOf(streams: readonly AnalysedStream[]): string {
  return streams.some(({ report: { verified } }) => verified > 0) ? 'A part of the media' : 'The media'
}

function kindOf({ report, keying, dtlsOnFlow, zrtpOnFlow }: AnalysedStream): MediaKind | undefined {
  if (dtlsOnFlow || keying === 'dtls') return 'dtls'
  if (zrtpOnFlow || keying === 'zrtp') return 'zrtp'
  if (report.unverifiedReason === BY_MASK) return 'masked'
  return report.unverifiedReason?.endsWith(BY_CUT) === true ? 'cut' : undefined
}

const HOW: Readonly<Record<Exclude<MediaKind, 'cut'>, string>> = {
  dtls: 'DTLS; its keys are not known',
  zrtp: 'ZRTP; its keys are not known',
  masked: 'SDES; the SDP in this capture shows a mask in the place of its keys',
}

/** `from A to B and back`; media of both directions need not go between the same two endpoints. */
function pathsText(streams: readonly AnalysedStream[]): string {
  const ways = new Map<string, { readonly src: string; readonly dst: string; back: boolean }>()
  for (const { report } of streams) {
    const { src, dst } = report
    const opposite = ways.get(`${dst} ${src}`)
    if (opposite !== undefined) opposite.back = true
    else if (!ways.has(`${src} ${dst}`)) ways.set(`${src} ${dst}`, { src, dst, back: false })
  }
  const shown = [...ways.values()]
    .slice(0, 2)
    .map(({ src, dst, back }) => `from ${src} to ${dst}${back ? ' and back' : ''}`)
  const more = ways.size - shown.length
  return `${shown.join(', and ')}${more > 0 ? `, and on ${more} more ${more === 1 ? 'path' : 'paths'}` : ''}`
}

/** @param read connections out of which SIP was read, either way round */
function inTls(trace: TraceFacts, read: ReadonlySet<string>): Finding[] {
  if (trace.tls.length === 0) return []
  const unread = new Map<string, AnalysedTls>()
  for (const tls of trace.tls) {
    if (
      read.has(tls.connection) ||
      unread.has(tls.connection) ||
      !isUnread(tls, trace.heardUntilUs[tls.lastAt.capture])
    )
      continue
    unread.set(tls.connection, tls)
  }
  const describe = (tls: AnalysedTls) =>
    finding(text, trace, {
      kind: 'tls',
      remedy: isCutShort(trace, tls) ? `${CUT_TLS_REMEDY}${text.remedy}` : remedyOf(tls),
      detail: `The TLS connection ${tls.connection} (frame ${tls.at.frame}) cannot be read: what SIP and keys it carries is not known.`,
      at: [tls.at],
      evidence: { connection: tls.connection },
    })
  const describeRest = (rest: readonly AnalysedTls[]) =>
    finding(text, trace, {
      kind: 'tls',
      detail: `${rest.length} more TLS connections cannot be read.`,
      at: rest.map(({ at }) => at),
      evidence: { connections: rest.length },
    })
  return summedUp([...unread.values()], describe, describeRest, MOST)
}

function isCutShort({ captures }: TraceFacts, { at }: AnalysedTls): boolean {
  return (captures[at.capture]?.truncatedFrames ?? 0) > 0
}

function remedyOf(tls: AnalysedTls): string {
  if (tls.handshakes.every(({ clientHello }) => clientHello === undefined)) return BEGUN_REMEDY
  return isKeyedByRsa(tls) ? RSA_REMEDY : TLS_REMEDY
}

/** Its server's private key opens it: RSA carried the secret of its handshake, which is in the capture (RFC 5246 §7.4.7.1). */
function isKeyedByRsa({ handshakes }: AnalysedTls): boolean {
  return handshakes.some(
    ({ resumed, serverHello }) =>
      !resumed && serverHello !== undefined && cipherSuite(serverHello.cipherSuite)?.keyExchange === 'rsa',
  )
}

/** Something was said inside that nobody could open; of what is missing, it is not known. A handshake that failed carries nothing. */
function isUnread(tls: AnalysedTls, endUs: number): boolean {
  const { read, spoke, lost, handshakes, clear } = tls
  if (read === true) return false
  if (cutHello(tls, endUs) !== undefined) return false
  const failure = handshakes.length === 1 ? failureOf(tls, handshakes[0], endUs) : undefined
  if (failure !== undefined && failure.inferred !== true) return false
  return spoke.length > 0 || lost || (handshakes.length === 0 && clear.client === undefined)
}

function addConnections({ paths }: AnalysedCall, read: Set<string>): void {
  for (const { transport, source, destination } of paths) {
    if (transport !== 'tls' && transport !== 'wss') continue
    const [a, b] = [formatEndpoint(source), formatEndpoint(destination)]
    read.add(`${a} > ${b}`).add(`${b} > ${a}`)
  }
}
