import type { AnalysedStream } from '../model/analysis.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'srtp-auth-failed',
  severity: 'error',
  title: 'SRTP packets fail verification',
  meaning:
    'The authentication tag of these packets does not fit the agreed key, and no other known key explains them: the ' +
    'receiver drops them.',
  shows:
    'Tags that do not verify under any rollover counter that fits; all of a stream, from one packet on, or now and then.',
  causes: [
    'the sender uses a key that is in no description of this capture',
    'a middlebox changes packets without the key',
    'damage on the path behind the last checksum',
  ],
  remedy:
    'Compare the key that the sender was configured with, by its fingerprint, with the one it signals; look for what changes packets on the way.',
  references: ['RFC 3711 §3.3', 'RFC 3711 §4.2'],
  kinds: ['all', 'from-packet', 'sporadic'],
}

export const srtpAuthFailed = defineRule(text, (trace) => ({
  end: () =>
    trace.streams.flatMap((stream) => {
      const { report, firstAt } = stream
      // RTP in the clear on part of a stream says nothing of the packets that carry a tag and fail.
      const explained = report.explanation !== undefined && report.explanation.kind !== 'wire-plain-rtp'
      if (report.failed === 0 || explained) return []
      const kind = kindOf(stream)
      const frames = report.failedFrames ?? []
      const share = Math.round((1000 * report.failed) / report.packets) / 10
      return [
        finding(text, trace, {
          kind,
          detail:
            `${report.failed} of ${report.packets} ${report.kind.toUpperCase()} packets (${share} %) from ${report.src} to ` +
            `${report.dst} do not verify${WHERE[kind]}: no known key fits them. First in frame ${report.firstFailedFrame}.`,
          ...(report.callId !== undefined && { callId: report.callId }),
          streamId: report.id,
          at: frames.map((frame) => ({ capture: firstAt.capture, frame })),
          evidence: {
            failed: report.failed,
            packets: report.packets,
            sharePercent: share,
            firstFailedFrame: report.firstFailedFrame,
            lastFailedFrame: stream.lastFailedFrame,
            ssrc: report.ssrc,
          },
        }),
      ]
    }),
}))

const WHERE = { all: '', 'from-packet': ', from one packet on', sporadic: ', here and there' } as const

function kindOf({ report, lastFailedFrame }: AnalysedStream): keyof typeof WHERE {
  if (report.verified === 0) return 'all'
  return lastFailedFrame === report.lastFrame && report.failed > 8 ? 'from-packet' : 'sporadic'
}
