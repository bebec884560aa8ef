import { firstOf } from './agreement.ts'
import { callMedia } from './call-media.ts'
import { finding, type Rule, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'no-media',
  severity: 'error',
  title: 'An established call without media',
  meaning: 'Both sides agreed to send and receive, and not one packet of it is in the capture.',
  shows: 'An answered call, sendrecv, without RTP in either direction.',
  causes: [
    'media takes a path that was not captured',
    'both sides send to addresses that cannot be reached',
    'a firewall that passes SIP only',
  ],
  remedy: 'Capture where the media passes; compare the addresses in c= with the routes between the hosts.',
  references: ['RFC 3264 §5.1'],
}

const LEAST_US = 1_000_000

export const noMedia: Rule = {
  text,
  find: (analysis) => {
    const silent = callMedia(analysis).filter(
      ({ fromOfferer, fromAnswerer, held, fromUs, untilUs }) =>
        !held && untilUs - fromUs >= LEAST_US && fromOfferer.length === 0 && fromAnswerer.length === 0,
    )
    // A call whose other hop or line has media, or that moved to addresses that no line names, is not without.
    const withMedia = new Set(analysis.streams.map(({ report }) => report.callId))
    const calls = firstOf(silent, ({ call }) => call.report.callId).filter(
      ({ call }) => !withMedia.has(call.report.callId),
    )
    if (calls.length === 0) return []
    if (!analysis.streams.some(({ report }) => report.kind === 'rtp')) {
      const frames = calls.map(({ line }) => line.answerAt.at)
      return [
        finding(text, analysis, {
          severity: 'warning',
          title: 'The capture holds no media',
          detail: `${calls.length} established ${calls.length === 1 ? 'call' : 'calls'} and no RTP at all: only signalling was captured, or none flowed.`,
          at: frames,
          evidence: { calls: calls.length },
        }),
      ]
    }
    return calls.map(({ call, line, fromUs, untilUs }) =>
      finding(text, analysis, {
        detail:
          `The call ran for ${((untilUs - fromUs) / 1e6).toFixed(1)} s after the answer in frame ${line.answerAt.at.frame}; ` +
          `no RTP between ${line.offer.connectionAddress}:${line.offer.port} and ${line.answer.connectionAddress}:${line.answer.port}.`,
        callId: call.report.callId,
        at: [line.answerAt.at],
        evidence: { seconds: Math.round((untilUs - fromUs) / 1e3) / 1e3 },
      }),
    )
  },
}
