import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { agreedLines, endpointText, firstOf } from '../agreement.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'

const text: RuleText = {
  id: 'media-port-policy',
  severity: 'warning',
  title: 'Media uses a port outside the range of the policy',
  meaning:
    'Under a policy with a range of ports for media: a description asks for RTP at a port outside of it, or RTP comes ' +
    'from or goes to one. A firewall that opens the range only drops that media.',
  shows: 'The port of an agreed m= line, or of a packet of RTP. The port of RTCP follows from it and is not judged.',
  causes: [
    'a port range left at its default on a phone or an SBC',
    'a NAT that maps ports outside the range',
    'media relayed by a host that was not planned for',
  ],
  remedy:
    'Set the range of RTP ports of the device to that of the policy, or correct the policy and the firewall together.',
  references: ['RFC 4566 §5.14', 'RFC 3550 §11'],
}

/** RTP that no call owns is summed up beyond this number of ports. */
const MOST = 20

export const mediaPortPolicy = defineRule(text, (trace, { mediaPorts }) => {
  if (mediaPorts === undefined) return {}
  const { from, to } = mediaPorts
  const isOutside = (port: number): boolean => port < from || port > to
  const range = `${from} to ${to}`
  return {
    call: (call, _, streams) => {
      const outside = [...describedUses(call), ...streams.flatMap(usesOf)].filter(({ port }) => isOutside(port))
      return endpointsOf(outside).map((use) => describe(trace, use, range, call.callId))
    },
    end: () => {
      const ofNoCall = trace.streams.filter(({ call }) => call === undefined)
      const strays = endpointsOf(ofNoCall.flatMap(usesOf).filter(({ port }) => isOutside(port)))
      return summedUp(
        strays,
        (use) => describe(trace, use, range),
        (rest) => describeRest(trace, rest, range),
        MOST,
      )
    },
  }
})

/** A port that media was agreed to use, or used. */
interface Use {
  readonly endpoint: string
  readonly port: number
  readonly how: string
  readonly at: FrameRef
  readonly streamId?: string
}

function usesOf({ report, source, destination, firstAt: at }: AnalysedStream): Use[] {
  if (report.kind !== 'rtp') return []
  const streamId = report.id
  return [
    { endpoint: report.src, port: source.port, how: `RTP comes from ${report.src}`, at, streamId },
    { endpoint: report.dst, port: destination.port, how: `RTP goes to ${report.dst}`, at, streamId },
  ]
}

/** The ports of m= lines. Beside ICE candidates they say little (RFC 8839 §4.2.1): what is used is seen in the packets. */
function describedUses(call: AnalysedCall): Use[] {
  return agreedLines(call).flatMap(({ offer, answer, offerAt, answerAt }) =>
    [
      { media: offer, at: offerAt.at },
      { media: answer, at: answerAt.at },
    ].flatMap(({ media, at }): Use[] => {
      const { connectionAddress: address, port, candidateAddresses } = media
      if (candidateAddresses.length > 0 || port === DISCARD || UNSPECIFIED.has(address)) return []
      const endpoint = endpointText(media)
      return [{ endpoint, port, how: `${endpoint} is where the ${media.kind} is wanted`, at }]
    }),
  )
}

/** Mean hold (RFC 3264 §8.4): nothing is wanted there. */
const UNSPECIFIED: ReadonlySet<string | undefined> = new Set(['0.0.0.0', '::'])
/** Stands for "not known yet" (RFC 8840 §4.1.1). */
const DISCARD = 9

function endpointsOf(uses: readonly Use[]): readonly Use[] {
  return firstOf(uses, ({ endpoint }) => endpoint)
}

function describe(trace: TraceFacts, use: Use, range: string, callId?: string): Finding {
  const { endpoint, port, how, at, streamId } = use
  return finding(text, trace, {
    detail: `Frame ${at.frame}: ${how}; the policy has media at ports ${range}.`,
    callId,
    streamId,
    at: [at],
    evidence: { endpoint, port, allowed: range },
  })
}

function describeRest(trace: TraceFacts, rest: readonly Use[], range: string): Finding {
  return finding(text, trace, {
    detail: `RTP of no call uses ${rest.length} more ports outside ${range}.`,
    at: rest.map(({ at }) => at),
    evidence: { ports: rest.length, allowed: range },
  })
}
