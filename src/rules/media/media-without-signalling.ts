import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { AnalysedStream } from '../../model/analysis.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'

const text: RuleText = {
  id: 'media-without-signalling',
  severity: 'warning',
  title: 'Media that no signalling in the capture names',
  meaning:
    'RTP or SRTP flows between endpoints of which no session description speaks: what was agreed for it is not known.',
  shows: 'Streams without a call.',
  causes: [
    'SIP in TLS without secrets',
    'a capture of the media side only, or one that starts mid-call',
    'SIP messages that the snap length cut',
    'a port left open',
  ],
  remedy:
    'Capture the signalling too; where it is inside TLS, give its secrets (--tls-keylog, --tls-key); or give the keys of ' +
    'the media with --keys.',
  references: ['RFC 3264 §5'],
}

const SIGNALLING_REMEDY =
  'Capture the signalling too: it says whose media this is and what was agreed for it. Where it is inside TLS, give its ' +
  'secrets (--tls-keylog, --tls-key).'
const OTHER_KEYS_REMEDY =
  'Capture the signalling too; where it is inside TLS, give its secrets (--tls-keylog, --tls-key); or give the keys of this ' +
  'media: it does not verify under those that are given.'

/** Media that verifies, or that is in the clear, lacks no keys; where keys were tried on what does not, they are others. */
function remedyOf(streams: readonly AnalysedStream[]): string {
  if (streams.some(({ report: { failed, verified } }) => failed > 0 && verified === 0)) return OTHER_KEYS_REMEDY
  const lacksNone = streams.every(({ report: { verified, protection } }) => verified > 0 || protection === 'plain')
  return lacksNone ? SIGNALLING_REMEDY : text.remedy
}

/** Signalling that was cut names nothing, and a tag that was cut proves nothing, whatever keys are given. */
const CUT_REMEDY =
  'Capture whole packets (tcpdump -s 0): the snap length cut frames of this capture, and SIP may be among them. '

export const mediaWithoutSignalling = defineRule(text, (trace) => ({
  end: () => {
    const describe = (streams: readonly AnalysedStream[]) => {
      const [{ report, firstAt }] = streams
      const packets = streams.reduce((sum, stream) => sum + stream.report.packets, 0)
      const bothWays = streams.some(({ report: { src } }) => src !== report.src)
      const isCut = (trace.captures[firstAt.capture]?.truncatedFrames ?? 0) > 0
      return finding(text, trace, {
        remedy: `${isCut ? CUT_REMEDY : ''}${remedyOf(streams)}`,
        detail: `${packets} RTP packets from ${report.src} to ${report.dst}${bothWays ? ' and back' : ''}, first in frame ${report.firstFrame}.`,
        streamId: report.id,
        at: [firstAt],
        evidence: { packets, streams: streams.map(({ report: { id } }) => id), protection: report.protection },
      })
    }
    const loose = trace.streams.filter(({ report }) => report.callId === undefined && report.kind === 'rtp')
    return summedUp(pairsOf(loose), describe, (rest) =>
      finding(text, trace, {
        detail: `${rest.length} more pairs of endpoints with RTP that no signalling names.`,
        at: rest.map(([{ firstAt }]) => firstAt),
        evidence: { pairs: rest.length },
      }),
    )
  },
}))

/** The streams between the same two endpoints, whichever way they go, in the order of their first packets. */
function pairsOf(streams: readonly AnalysedStream[]): AnalysedStream[][] {
  return [...groupedBy(streams, ({ report: { src, dst } }) => [src, dst].sort().join(' ')).values()]
}
