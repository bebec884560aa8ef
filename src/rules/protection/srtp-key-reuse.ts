import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { KeystreamReuse } from '../../model/keystream-reuse.ts'
import type { Finding } from '../../model/report.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { judgeByCall } from '../streams-by-call.ts'
import { type RepeatedKey, RepeatedKeys, type SharedKey } from './repeated-keys.ts'
import { callsOfTheirOwn, oppositeStreams, streamsOfSharedKeys } from './shared-keys.ts'

const text: RuleText = {
  id: 'srtp-key-reuse',
  severity: 'error',
  title: 'An SRTP key is used more than once',
  meaning:
    'Key, SSRC and packet index make the keystream. Where two different packets have the same three, whoever captured both ' +
    'can subtract one from the other and read speech without the key; with AES-GCM the authentication key falls too. One ' +
    'master key for both directions, or for several calls, is one equal SSRC away from that.',
  shows:
    'Two packets that both verify, with the same key, SSRC, rollover counter and sequence number and different octets; ' +
    'media of both directions, or of two calls, that verifies under one master key. Without media: an answer with the key ' +
    'of its offer; a host whose SDP agrees on the same key in calls that follow one another. SRTCP packets with one index and ' +
    'different tags.',
  causes: [
    'a fixed key in the configuration of a phone, an SBC or a load generator, or a random generator that starts with one seed',
    'an answerer that copies the a=crypto line of the offer instead of making a key of its own',
    'a sender that starts its sequence numbers again after hold or transfer and keeps key and SSRC',
    'a sender that leaves its SRTCP index as it is, or begins it anew with every restart of its RTCP',
    'a recorder, mixer or music-on-hold source that sends its own media under the SSRC and key of another',
  ],
  remedy:
    'Let each side make a fresh random master key for each m= line of each call (RFC 4568 §6.1), and a new one whenever ' +
    'sequence numbers or SSRC start again.',
  references: ['RFC 3711 §9.1', 'RFC 4568 §6.1', 'RFC 7714 §13.1'],
  kinds: ['keystream', 'srtcp-index', 'both-directions', 'across-calls'],
}

export const srtpKeyReuse = defineRule(text, (trace, _policy, onLimit) => {
  const agreed = new RepeatedKeys(onLimit)
  const withIndexAgain = trace.streams.filter(({ indexAgain }) => indexAgain !== undefined)
  const srtcp = judgeByCall(withIndexAgain, (stream, call) => srtcpIndex(trace, stream, call))
  return {
    call: (call, index, streams) => {
      agreed.add(call, streams)
      return srtcp.call(call, index)
    },
    end: () => {
      const found = [...keystreams(trace), ...srtcp.end()]
      for (const [fingerprint, streams] of streamsOfSharedKeys(trace)) {
        const pair = oppositeStreams(streams)
        if (pair !== undefined) found.push(bothDirections(trace, fingerprint, pair))
        const calls = callsOfTheirOwn(streams, trace)
        if (calls.length > 1) found.push(acrossCalls(trace, fingerprint, calls, streams))
      }
      return [...found, ...byAgreement(trace, agreed, found)]
    },
  }
})

/** Media is as safe as it was: a warning. */
function srtcpIndex(trace: TraceFacts, stream: AnalysedStream, call: AnalysedCall | undefined): readonly Finding[] {
  const { report, indexAgain } = stream
  if (indexAgain === undefined || indexAgain.packets <= renewalsOf(stream, call)) return NO_FINDINGS
  const { packets, at } = indexAgain
  return [
    finding(text, trace, {
      kind: 'srtcp-index',
      severity: 'warning',
      title: 'SRTCP packets share an index',
      detail:
        `${report.src} sends SRTCP to ${report.dst} (SSRC ${report.ssrc}) under an index that it used before: at least ${packets} of ` +
        `${report.packets} packets, first in frame ${at.frame}, have that of an earlier packet and other octets. A receiver with a ` +
        'replay list drops them, so that its reports and its BYE do not arrive, and what is encrypted of them shares a keystream.',
      remedy:
        'Update the SRTP library of the sender: the SRTCP index grows by one with each packet, and begins anew only with a new master key.',
      callId: report.callId,
      streamId: report.id,
      at: [at],
      evidence: { packets: report.packets, again: packets, ssrc: report.ssrc },
      references: ['RFC 3711 §3.4', 'RFC 3711 §3.3.2', 'RFC 3711 §9.1'],
    }),
  ]
}

/**
 * How often an SRTCP index may have begun anew with a further agreement: who makes its SRTP anew then, though the key stays, meets
 * peers that do the same. A 200 that answers otherwise than the 183 before it is one too. Of media without signalling nobody knows
 * how often that was.
 */
function renewalsOf({ report, lines }: AnalysedStream, call: AnalysedCall | undefined): number {
  if (call === undefined) return report.packets / 2
  const exchanges = [...new Set(lines.map(({ exchange }) => exchange))]
  const agreements = exchanges.map((exchange) => Math.max(1, call.exchanges[exchange].answers.length))
  return agreements.reduce((total, each) => total + each, 0) - 1
}

/** What signalling says of keys of which media says nothing: its media may go past the capture. */
function byAgreement(trace: TraceFacts, agreed: RepeatedKeys, found: readonly Finding[]): Finding[] {
  const isTold = (kind: string, fingerprint: string): boolean =>
    found.some((one) => one.kind === kind && one.evidence.keyFingerprint === fingerprint)
  const shared = [...agreed.shared.values()].filter(({ fingerprint }) => !isTold('both-directions', fingerprint))
  const again = agreed.list().filter(({ fingerprint }) => !isTold('across-calls', fingerprint))
  const byHost = groupedBy(again, ({ host }) => host)
  return [
    ...shared.map((one) => agreedByBoth(trace, one)),
    ...[...byHost.values()].map((keys) => agreedAcrossCalls(trace, keys)),
  ]
}

function agreedByBoth(trace: TraceFacts, { fingerprint, callId, offer, answer }: SharedKey): Finding {
  return finding(text, trace, {
    kind: 'both-directions',
    severity: 'warning',
    title: BOTH_DIRECTIONS,
    detail:
      `The answer of ${answer.host} in frame ${answer.at.frame} has the master key ${fingerprint} of the offer in ` +
      `frame ${offer.at.frame}: what both sides send stays apart by their SSRCs alone.`,
    callId,
    at: [offer.at, answer.at],
    evidence: { keyFingerprint: fingerprint, hosts: [offer.host, answer.host] },
  })
}

/** One finding for a host, however many keys it repeats. */
function agreedAcrossCalls(trace: TraceFacts, keys: readonly RepeatedKey[]): Finding {
  const most = keys.reduce((a, b) => (b.calls > a.calls ? b : a))
  const { fingerprint, host, calls, callIds, at } = most
  const others =
    keys.length === 1 ? '' : ` ${keys.length - 1} more of its keys ${keys.length === 2 ? 'comes' : 'come'} again too.`
  return finding(text, trace, {
    kind: 'across-calls',
    severity: 'warning',
    title: ACROSS_CALLS,
    detail:
      `The SDP of ${host} agrees on the same master key ${fingerprint} in ${calls} calls, one after the other: ` +
      `calls ${callIds.slice(0, 2).join(' and ')}${calls > 2 ? `, and ${calls - 2} more` : ''}.${others}`,
    callId: callIds[0],
    at,
    evidence: {
      keyFingerprint: fingerprint,
      ...(keys.length > 1 && { keyFingerprints: keys.slice(0, MOST_SHOWN).map((one) => one.fingerprint) }),
      host,
      calls,
      callIds,
    },
  })
}

const BOTH_DIRECTIONS = 'One master key serves both directions of a call'
const ACROSS_CALLS = 'One master key is used in several calls'

/** One finding for all that happened under one key and SSRC. */
function* keystreams(trace: TraceFacts): Generator<Finding> {
  const groups = groupedBy(trace.keystreamReuse, ({ keyFingerprint, ssrc }) => `${keyFingerprint} ${ssrc}`)
  if (groups.size === 0) return
  const byId = new Map(trace.streams.map((stream) => [stream.report.id, stream]))
  for (const group of groups.values()) yield keystream(trace, group, byId)
}

function keystream(
  trace: TraceFacts,
  group: readonly KeystreamReuse[],
  byId: ReadonlyMap<string, AnalysedStream>,
): Finding {
  const [{ keyFingerprint, ssrc, roc, sequence, streams, frames }] = group
  const [a, b] = streams.map((id) => byId.get(id) as AnalysedStream)
  const all = [...new Set(group.flatMap((reuse) => reuse.streams))]
  const index = `sequence number ${sequence}${roc > 0 ? ` and rollover counter ${roc}` : ''}`
  // With several captures a stream may go from one to the next: its first packet is a sure place.
  const at = trace.severalCaptures
    ? [a.firstAt, b.firstAt]
    : frames.map((frame) => ({ capture: a.firstAt.capture, frame }))
  const where = trace.severalCaptures ? '' : ` (frames ${frames[0]} and ${frames[1]})`
  return finding(text, trace, {
    kind: 'keystream',
    title: 'Keystream is used twice: two packets can be read without the key',
    detail:
      a === b
        ? `${a.report.src} sends two different packets with ${index} of SSRC ${ssrc} under key ${keyFingerprint}${where}.`
        : `${a.report.src} and ${b.report.src} each send a packet with ${index} of SSRC ${ssrc} under key ` +
          `${keyFingerprint}, and the two differ${where}.`,
    callId: a.report.callId,
    streamId: a.report.id,
    at,
    evidence: {
      keyFingerprint,
      ssrc,
      rolloverCounter: roc,
      sequenceNumber: sequence,
      streams: all.slice(0, MOST_SHOWN),
    },
  })
}

const MOST_SHOWN = 20

function bothDirections(trace: TraceFacts, fingerprint: string, [a, b]: [AnalysedStream, AnalysedStream]): Finding {
  return finding(text, trace, {
    kind: 'both-directions',
    severity: 'warning',
    title: BOTH_DIRECTIONS,
    detail:
      `${a.report.src} and ${b.report.src} protect what they send to each other with the same master key ${fingerprint}: ` +
      'their packets stay apart by their SSRCs alone.',
    callId: a.report.callId,
    streamId: a.report.id,
    at: [a.firstAt, b.firstAt],
    evidence: {
      keyFingerprint: fingerprint,
      streams: [a.report.id, b.report.id],
      ssrcs: [a.report.ssrc, b.report.ssrc],
    },
  })
}

function acrossCalls(
  trace: TraceFacts,
  fingerprint: string,
  calls: readonly number[],
  streams: readonly AnalysedStream[],
): Finding {
  const first = calls
    .slice(0, MOST_SHOWN)
    .map((call) => streams.find((stream) => stream.call === call) as AnalysedStream)
  const callIds = first.map(({ report }) => report.callId as string)
  const senders = [...new Set(first.map(({ source }) => source.address))]
  return finding(text, trace, {
    kind: 'across-calls',
    severity: 'warning',
    title: ACROSS_CALLS,
    detail:
      `Media of ${calls.length} calls verifies under the same master key ${fingerprint}, sent by ${senders.slice(0, 4).join(', ')}${senders.length > 4 ? ' and others' : ''}: ` +
      `calls ${callIds.slice(0, 2).join(' and ')}${calls.length > 2 ? `, and ${calls.length - 2} more` : ''}.`,
    callId: callIds[0],
    streamId: first[0].report.id,
    at: first.map(({ firstAt }) => firstAt),
    evidence: { keyFingerprint: fingerprint, calls: calls.length, callIds },
  })
}
