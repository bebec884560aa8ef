import { isProtecting } from '../../media/media-line.ts'
import type { AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'

const text: RuleText = {
  id: 'rtcp-in-clear',
  severity: 'warning',
  title: 'RTCP in the clear beside protected media',
  meaning: 'CNAME, statistics and BYE of a protected session can be read and forged by anyone on the path.',
  shows: 'Whole RTCP packets without SRTCP index and tag on a flow whose session is keyed.',
  causes: ['a client that sends its first and last RTCP before or after its SRTP context exists', 'SRTP for RTP only'],
  remedy: 'Protect RTCP with the key of the session from the first packet to the BYE, or send none.',
  references: ['RFC 3711 §3.4', 'RFC 3711 §9.1'],
}

export const rtcpInClear = defineRule(text, (trace) => ({
  end: () => {
    const clear = new ClearFlows(trace)
    return trace.streams.flatMap((stream) => {
      const { report, firstAt, agreedPlain, isOfSeveralCalls } = stream
      const plain = report.plain - agreedPlain
      if (report.kind !== 'rtcp' || plain <= 0 || !isSecured(stream, clear)) return []
      const frames = report.plainFrames ?? [report.firstFrame]
      // It may be a next call's, which need not be keyed.
      if (isOfSeveralCalls && frames[0] !== report.firstFrame) return []
      return [
        finding(text, trace, {
          detail:
            `${report.src} sends ${plain} of ${report.packets} RTCP packets to ${report.dst} in the clear, ` +
            `first in frame ${frames[0]}.`,
          callId: report.callId,
          streamId: report.id,
          at: frames.map((frame) => ({ capture: firstAt.capture, frame })),
          evidence: { packets: report.packets, plain, verified: report.verified },
        }),
      ]
    })
  },
}))

/** By agreement, by packets that verify, or by a handshake on the flow, unless that came to nothing. */
function isSecured({ report, keying, dtlsOnFlow, zrtpOnFlow }: AnalysedStream, clear: ClearFlows): boolean {
  if (isProtecting(keying) || report.verified > 0) return true
  return (dtlsOnFlow || zrtpOnFlow) && !clear.has(report)
}

/** Flows whose RTP is all in the clear: who speaks ZRTP says Hello to any other. */
class ClearFlows {
  readonly #trace: TraceFacts
  /** Whether all of its RTP is. */
  #flows: ReadonlyMap<string, boolean> | undefined

  constructor(trace: TraceFacts) {
    this.#trace = trace
  }

  has({ src, dst }: AnalysedStream['report']): boolean {
    this.#flows ??= clearFlows(this.#trace)
    const [there, back] = [this.#flows.get(`${src} ${dst}`), this.#flows.get(`${dst} ${src}`)]
    return (there ?? back) === true && (back ?? there) === true
  }
}

function clearFlows({ streams }: TraceFacts): ReadonlyMap<string, boolean> {
  const flows = new Map<string, boolean>()
  for (const { report } of streams) {
    if (report.kind !== 'rtp') continue
    const flow = `${report.src} ${report.dst}`
    flows.set(flow, report.protection === 'plain' && flows.get(flow) !== false)
  }
  return flows
}
