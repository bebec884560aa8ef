import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { AnalysedCall, AnalysedStream, DescribedFact, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { formatClock, formatTime } from '../../model/time.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { type SessionSpan, SessionSpans } from './session-spans.ts'

const text: RuleText = {
  id: 'media-after-bye',
  severity: 'warning',
  title: 'Media flows on after the session ended',
  meaning:
    'RTP still passes more than 2 s after the BYE was answered, or after the call failed: the sender, or the pinhole ' +
    'that let its media through, was left open.',
  shows: 'Packets between the addresses of a call that is over, while no other call uses them.',
  causes: [
    'an SBC or firewall that closes its pinhole by a timer, not by the BYE',
    'a phone or media server that goes on sending (recording, music on hold, a hung call leg)',
    'a B2BUA that ended one leg and forgot the other',
    'somebody who sends into a port that is still open',
  ],
  remedy:
    'Let the SBC close the media pinhole with the BYE, set an RTP inactivity timer, and look at the named sender for a ' +
    'call leg that hangs.',
  references: ['RFC 3261 §15', 'RFC 3264 §8.2'],
}

/** Packets that were under way, and endpoints that take their time. */
const GRACE_US = 2_000_000

export const mediaAfterBye = defineRule(text, (trace) => {
  const streams = trace.streams.filter(({ report, call }) => report.kind === 'rtp' && call !== undefined)
  if (streams.length === 0) return {}
  const spans = new SessionSpans(endpointsOf(streams))
  const ended = new Map<number, SessionSpan>()
  return {
    call: (call, index, own) => {
      const span = spanOf(call)
      if (own.length > 0 && span.untilUs !== undefined) ended.set(index, span)
      addEndpoints(spans, call, span)
      return NO_FINDINGS
    },
    end: () => {
      const late = streams.flatMap((stream) => lateOf(stream, ended, spans, trace) ?? [])
      return summedUp(
        byPair(late),
        (pair) => describe(trace, pair),
        (rest) => describeRest(trace, rest),
      )
    },
  }
})

interface Late {
  readonly stream: AnalysedStream
  readonly callId: string
  readonly endedUs: number
  readonly afterSeconds: number
  /** The clocks of signalling and media cannot be compared: it lasts longer than the session did. */
  readonly isByLength: boolean
}

/** Open without an answered BYE or a final failure: a BYE that got no answer may never have arrived. */
function spanOf({ callId, startUs, state, endUs, byeAnsweredUs, exchanges }: AnalysedCall): SessionSpan {
  const open = { callId, fromUs: startUs, capture: exchanges[0]?.offer.at.capture ?? 0 }
  if (endUs === undefined) return open
  if (byeAnsweredUs !== undefined) return { ...open, untilUs: Math.max(endUs, byeAnsweredUs) }
  return state === 'failed' || state === 'cancelled' ? { ...open, untilUs: endUs } : open
}

function endpointsOf(streams: readonly AnalysedStream[]): ReadonlySet<string> {
  const endpoints = new Set<string>()
  for (const { report } of streams) endpoints.add(report.src).add(report.dst)
  return endpoints
}

/** Where descriptions want media, and their ports at the addresses that they came from (a NAT may stand between). */
function addEndpoints(spans: SessionSpans, { exchanges }: AnalysedCall, span: SessionSpan): void {
  for (const { offer, answers } of exchanges) {
    addDescribed(spans, offer, span)
    for (const answer of answers) addDescribed(spans, answer, span)
  }
}

function addDescribed(spans: SessionSpans, { media, source }: DescribedFact, span: SessionSpan): void {
  for (const { rejected, port, connectionAddress } of media) {
    if (rejected) continue
    spans.add(formatEndpoint({ address: source.address, port }), span)
    if (connectionAddress !== undefined && connectionAddress !== source.address)
      spans.add(formatEndpoint({ address: connectionAddress, port }), span)
  }
}

function lateOf(
  stream: AnalysedStream,
  ended: ReadonlyMap<number, SessionSpan>,
  spans: SessionSpans,
  { clocks }: TraceFacts,
): Late | undefined {
  const { call, report, lastAt } = stream
  const own = call === undefined ? undefined : ended.get(call)
  if (own?.untilUs === undefined) return undefined
  if (clocks[own.capture] !== clocks[lastAt.capture]) return longerThan(own, stream, spans, clocks)
  if (lastAt.timeUs - own.untilUs <= GRACE_US) return undefined
  // Ports are used again: the packets belong to the call that was up last, and are its business while it is up.
  let latest: SessionSpan = own
  for (const endpoint of [report.src, report.dst]) {
    const other = spans.latestAt(endpoint, lastAt.timeUs)
    if (other !== undefined && untilOf(other) > untilOf(latest)) latest = other
  }
  const endedUs = untilOf(latest)
  const afterUs = lastAt.timeUs - endedUs
  if (afterUs <= GRACE_US) return undefined
  return { stream, callId: latest.callId, endedUs, afterSeconds: tenths(afterUs), isByLength: false }
}

/** What lasts longer than its session goes on when that is over, whatever the clocks; unless another one uses its ports. */
function longerThan(
  session: SessionSpan,
  stream: AnalysedStream,
  spans: SessionSpans,
  clocks: TraceFacts['clocks'],
): Late | undefined {
  const { report, firstAt, lastAt } = stream
  if (clocks[firstAt.capture] !== clocks[lastAt.capture]) return undefined
  if ([report.src, report.dst].some((endpoint) => spans.hasOther(endpoint, session))) return undefined
  const endedUs = untilOf(session)
  const afterUs = lastAt.timeUs - firstAt.timeUs - (endedUs - session.fromUs)
  if (!(afterUs > GRACE_US)) return undefined
  return { stream, callId: session.callId, endedUs, afterSeconds: tenths(afterUs), isByLength: true }
}

/** Seconds. */
function tenths(us: number): number {
  return Math.round(us / 1e5) / 10
}

function untilOf({ untilUs = Number.POSITIVE_INFINITY }: SessionSpan): number {
  return untilUs
}

/** Those of one call between the same two endpoints, whichever way they go. */
function byPair(late: readonly Late[]): Late[][] {
  const nameOf = ({ callId, stream: { report } }: Late) => [callId, ...[report.src, report.dst].sort()].join(' ')
  return [...groupedBy(late, nameOf).values()]
}

function describe(trace: TraceFacts, pair: readonly Late[]): Finding {
  const longest = pair.reduce((a, b) => (b.afterSeconds > a.afterSeconds ? b : a))
  const { stream, callId, endedUs, afterSeconds, isByLength } = longest
  const { report } = stream
  const bothWays = pair.some(({ stream: { report: other } }) => other.src !== report.src)
  return finding(text, trace, {
    detail:
      `RTP from ${report.src} to ${report.dst}${bothWays ? ' and back' : ''} ` +
      (isByLength
        ? `lasts ${afterSeconds} s longer than the session did, until frame ${stream.lastAt.frame}; signalling and media are ` +
          'in captures whose clocks cannot be compared.'
        : `goes on for ${afterSeconds} s after the session ended (${formatClock(endedUs)}), until frame ${stream.lastAt.frame}.`),
    callId,
    streamId: report.id,
    at: pair.flatMap(({ stream: { firstAt, lastAt } }) => (isByLength ? [lastAt] : proofOf(firstAt, lastAt, endedUs))),
    evidence: {
      endedAt: formatTime(endedUs),
      secondsAfter: afterSeconds,
      streams: pair.map((late) => late.stream.report.id),
    },
  })
}

/** The frames of a stream that are known to be late. */
function proofOf(firstAt: FrameRef, lastAt: FrameRef, endedUs: number): FrameRef[] {
  return firstAt.timeUs - endedUs > GRACE_US ? [firstAt, lastAt] : [lastAt]
}

function describeRest(trace: TraceFacts, rest: readonly (readonly Late[])[]): Finding {
  return finding(text, trace, {
    detail: `${rest.length} more pairs of endpoints have RTP after their session ended.`,
    at: rest.map(([{ stream }]) => stream.lastAt),
    evidence: { pairs: rest.length },
  })
}
