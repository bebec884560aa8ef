import { formatEndpoint } from '../bytes/endpoint.ts'
import type { Analysis, DescribedMedia } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import { firstOf } from './agreement.ts'
import { type CallMedia, callMedia } from './call-media.ts'
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
    const withMedia = new Set(analysis.streams.flatMap(({ call }) => (call === undefined ? [] : analysis.calls[call])))
    const silent = callMedia(analysis).filter((media) => isSilent(media) && !withMedia.has(media.call))
    const calls = firstOf(silent, ({ call }) => call.report.callId)
    // Where no media of either host was captured, the capture does not stand where it passes.
    const seen = new Set(
      analysis.streams.flatMap(({ report, source, destination }) =>
        report.kind === 'rtp' ? [source.address, destination.address] : [],
      ),
    )
    const proven = calls.filter((media) => hostsOf(media).some((host) => seen.has(host)))
    const open = calls.filter((media) => !proven.includes(media))
    return [...proven.map((media) => ofCall(analysis, media)), ...(open.length > 0 ? [ofTrace(analysis, open)] : [])]
  },
}

function isSilent({ fromOfferer, fromAnswerer, heldFromUs, fromUs, untilUs, strays }: CallMedia): boolean {
  const seen = fromOfferer.length + fromAnswerer.length + strays.length
  return seen === 0 && Math.min(untilUs, heldFromUs ?? untilUs) - fromUs >= LEAST_US
}

function hostsOf({ line: { offer, answer, offerAt, answerAt } }: CallMedia): string[] {
  const described = [offer, answer].flatMap(({ connectionAddress }) => connectionAddress ?? [])
  return [...described, offerAt.source.address, answerAt.source.address]
}

function ofCall(analysis: Analysis, { call, line, fromUs, untilUs }: CallMedia): Finding {
  return finding(text, analysis, {
    detail:
      `The call ran for ${((untilUs - fromUs) / 1e6).toFixed(1)} s after the answer in frame ${line.answerAt.at.frame}; ` +
      `no RTP between ${endpointText(line.offer)} and ${endpointText(line.answer)}, though the capture shows other media of these hosts.`,
    callId: call.report.callId,
    at: [line.answerAt.at],
    evidence: {
      seconds: Math.round((untilUs - fromUs) / 1e3) / 1e3,
      offered: endpointText(line.offer),
      answered: endpointText(line.answer),
    },
  })
}

function ofTrace(analysis: Analysis, calls: readonly CallMedia[]): Finding {
  const what = calls.length === 1 ? 'established call has' : 'established calls have'
  return finding(text, analysis, {
    severity: 'warning',
    title: 'The capture holds no media of established calls',
    detail: `${calls.length} ${what} no RTP, and none of their hosts has any: only signalling was captured, or none flowed.`,
    ...(calls.length === 1 && { callId: calls[0].call.report.callId }),
    at: calls.map(({ line }) => line.answerAt.at),
    evidence: { calls: calls.length },
  })
}

function endpointText({ connectionAddress: address, port }: DescribedMedia): string {
  return address === undefined ? `port ${port}` : formatEndpoint({ address, port })
}
