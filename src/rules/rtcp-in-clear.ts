import { isProtecting } from '../media/media-line.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

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
  end: () =>
    trace.streams.flatMap(({ report, keying, firstAt, dtlsOnFlow, zrtpOnFlow, agreedPlain }) => {
      const plain = report.plain - agreedPlain
      const secured = isProtecting(keying) || report.verified > 0 || dtlsOnFlow || zrtpOnFlow
      if (report.kind !== 'rtcp' || plain <= 0 || !secured) return []
      const frames = report.plainFrames ?? [report.firstFrame]
      return [
        finding(text, trace, {
          detail:
            `${report.src} sends ${plain} of ${report.packets} RTCP packets to ${report.dst} in the clear, ` +
            `first in frame ${frames[0]}.`,
          ...(report.callId !== undefined && { callId: report.callId }),
          streamId: report.id,
          at: frames.map((frame) => ({ capture: firstAt.capture, frame })),
          evidence: { packets: report.packets, plain, verified: report.verified },
        }),
      ]
    }),
}))
