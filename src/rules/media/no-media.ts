import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { IcmpErrorRun } from '../../model/icmp-errors.ts'
import type { Finding, Severity } from '../../model/report.ts'
import { endpointText } from '../agreement.ts'
import { icmpEvidence, icmpRemedy, icmpText } from '../icmp-words.ts'
import { defineRule, FRAMES, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { type CallMedia, MediaOfCalls } from './call-media.ts'
import { refusedUnseen } from './refused-media.ts'

const text: RuleText = {
  id: 'no-media',
  severity: 'error',
  title: 'An established call without media',
  meaning: 'Both sides agreed to send and receive, and not one packet of it is in the capture.',
  shows:
    'An answered call, sendrecv, without RTP in either direction; RTCP alone is no media. Where ICMP errors go on saying that ' +
    'packets of it do not arrive, these are sent, and left out of the capture.',
  causes: [
    'media takes a path that was not captured',
    'both sides send to addresses that cannot be reached',
    'a firewall that passes SIP only',
  ],
  remedy: 'Capture where the media passes; compare the addresses in c= with the routes between the hosts.',
  references: ['RFC 3264 §5.1'],
}

const LEAST_US = 1_000_000

/** What shows that the media of a call would have been captured. */
interface Proof {
  readonly though: string
  readonly refused?: IcmpErrorRun
  readonly severity?: Severity
}

const OTHER_MEDIA: Proof = { though: 'the capture shows other media of these hosts' }
const CONTROL_ALONE: Proof = { though: 'RTCP of it is there' }
/** Capture agents and filters that keep SIP and RTCP alone leave the same. */
const NO_RTP_AT_ALL: Proof = {
  though: `${CONTROL_ALONE.though}; the capture has no RTP of any call, so RTP may have been left out of it`,
  severity: 'warning',
}

export const noMedia = defineRule(text, (trace) => {
  const mediaOfCalls = new MediaOfCalls(trace)
  // Where no media of either host was captured, the capture does not stand where it passes.
  const seen = hostsWithMedia(trace)
  const open: Silent = { calls: 0, at: [] }
  return {
    call: (call, _, streams) => {
      if (streams.some(({ report }) => report.kind === 'rtp')) return NO_FINDINGS
      const media = mediaOfCalls.of(call, streams).find(isSilent)
      if (media === undefined) return NO_FINDINGS
      if (streams.length > 0) {
        if (!streams.some((stream) => isControlOf(stream, media))) return NO_FINDINGS
        const proof = seen.size > 0 ? CONTROL_ALONE : NO_RTP_AT_ALL
        return [ofCall(trace, media, proof)]
      }
      const refused = refusedIn(trace, media)
      if (refused !== undefined)
        return [ofCall(trace, media, { though: `of its media ICMP says: ${icmpText(refused)}`, refused })]
      if (hostsOf(media).some((host) => seen.has(host))) {
        return [ofCall(trace, media, OTHER_MEDIA)]
      }
      open.calls++
      open.firstCallId ??= call.callId
      const { at } = media.line.answerAt
      if (open.at.length < FRAMES && (open.at[0] ?? at).capture === at.capture) open.at.push(at)
      return NO_FINDINGS
    },
    end: () => (open.calls > 0 ? [ofTrace(trace, open)] : []),
  }
})

/** Calls without media whose hosts have none at all, and where the first of them were answered. */
interface Silent {
  calls: number
  firstCallId?: string
  readonly at: FrameRef[]
}

function isSilent({ fromOfferer, fromAnswerer, active, hasStrays }: CallMedia): boolean {
  if (fromOfferer.length + fromAnswerer.length > 0) return false
  return active().some(({ fromUs, untilUs }) => untilUs - fromUs >= LEAST_US) && !hasStrays()
}

/**
 * RTCP between the described addresses, and while the call ran: the capture stands where its media would pass. Toward one of
 * them alone it says nothing: media by a relay (RFC 8656) may lie within TLS.
 */
function isControlOf({ report, match, lastAt }: AnalysedStream, { line, fromUs }: CallMedia): boolean {
  return report.mediaIndex === line.index && match === 'both' && lastAt.timeUs - fromUs >= LEAST_US
}

/** What ICMP says of media that goes on being refused: a capture filter may have left out the media itself. */
function refusedIn({ icmp }: TraceFacts, { line, active }: CallMedia): IcmpErrorRun | undefined {
  const { offer, answer } = line
  return (refusedUnseen(icmp, answer, offer, active) ?? refusedUnseen(icmp, offer, answer, active))?.run
}

function hostsWithMedia({ streams }: TraceFacts): ReadonlySet<string> {
  const hosts = new Set<string>()
  for (const { report, source, destination } of streams) {
    if (report.kind === 'rtp') hosts.add(source.address).add(destination.address)
  }
  return hosts
}

function hostsOf({ line: { offer, answer, offerAt, answerAt } }: CallMedia): string[] {
  const described = [offer, answer].flatMap(({ connectionAddress }) => connectionAddress ?? [])
  return [...described, offerAt.source.address, answerAt.source.address]
}

function ofCall(trace: TraceFacts, media: CallMedia, { though, refused, severity }: Proof): Finding {
  const { call, line, fromUs, untilUs } = media
  return finding(text, trace, {
    severity,
    detail:
      `The call ran for ${((untilUs - fromUs) / 1e6).toFixed(1)} s after the answer in frame ${line.answerAt.at.frame}; ` +
      `no RTP between ${endpointText(line.offer)} and ${endpointText(line.answer)}, though ${though}.`,
    remedy: refused && icmpRemedy(refused),
    callId: call.callId,
    at: [line.answerAt.at, ...(refused === undefined ? [] : [refused.first, refused.last])],
    evidence: {
      seconds: Math.round((untilUs - fromUs) / 1e3) / 1e3,
      offered: endpointText(line.offer),
      answered: endpointText(line.answer),
      ...(refused !== undefined && { icmp: icmpEvidence(refused) }),
    },
  })
}

function ofTrace(trace: TraceFacts, { calls, firstCallId, at }: Silent): Finding {
  const what = calls === 1 ? 'established call has' : 'established calls have'
  return finding(text, trace, {
    severity: 'warning',
    title: 'The capture holds no media of established calls',
    detail: `${calls} ${what} no RTP, and none of their hosts has any: only signalling was captured, or none flowed.`,
    callId: calls === 1 ? firstCallId : undefined,
    at,
    evidence: { calls },
  })
}
