import { finding, type Rule, type RuleText } from './rule.ts'

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
    'a port left open',
  ],
  remedy: 'Capture the signalling too, give its secrets, or give the keys with --keys.',
  references: ['RFC 3264 §5'],
}

/** More pairs of endpoints than this are summed up. */
const MOST = 50

export const mediaWithoutSignalling: Rule = {
  text,
  find: (analysis) => {
    const orphans = analysis.streams.filter(({ report, call }) => call === undefined && report.kind === 'rtp')
    const shown = orphans.slice(0, MOST).map(({ report, firstAt }) =>
      finding(text, analysis, {
        detail: `${report.packets} RTP packets from ${report.src} to ${report.dst} (SSRC ${report.ssrc}), first in frame ${report.firstFrame}.`,
        streamId: report.id,
        at: [firstAt],
        evidence: { packets: report.packets, ssrc: report.ssrc, protection: report.protection },
      }),
    )
    const rest = orphans.slice(MOST)
    if (rest.length === 0) return shown
    return [
      ...shown,
      finding(text, analysis, {
        detail: `${rest.length} more RTP streams that no signalling names.`,
        at: rest.map(({ firstAt }) => firstAt),
        evidence: { streams: rest.length },
      }),
    ]
  },
}
