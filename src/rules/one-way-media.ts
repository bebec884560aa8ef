import type { AnalysedStream, Analysis } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import { formatTime } from '../model/time.ts'
import { classifyAddress } from '../net/addresses.ts'
import { firstOf } from './agreement.ts'
import { type CallMedia, callMedia } from './call-media.ts'
import { finding, type Rule, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'one-way-media',
  severity: 'error',
  title: 'One side hears nothing',
  meaning:
    'An established call was agreed to go both ways, and one direction carries nothing that its receiver can use.',
  shows:
    'No packets in one direction (no-packets), only packets that fail verification (unverifiable), all of one direction ' +
    'ending well before the other (stopped), or media sent only to a private address (unreachable).',
  causes: [
    'a private address in c= that the peer sends to',
    'a firewall or NAT that lets one direction through',
    'SRTP on one side and RTP, or another key, on the other',
  ],
  remedy:
    'Begin with the other findings of this call: a private c=, a crypto mismatch, or media sent elsewhere explain most of these.',
  references: ['RFC 3264 §5.1', 'RFC 3264 §8.4'],
  kinds: ['no-packets', 'unverifiable', 'stopped', 'unreachable'],
}

const LEAST_US = 1_000_000
const STOPPED_US = 3_000_000
/** A few stray packets of one direction are no media that the other lacks. */
const LEAST_PACKETS = 10

export const oneWayMedia: Rule = {
  text,
  find: (analysis) => {
    const silent = callMedia(analysis).flatMap((media) =>
      directionsOf(media).flatMap((side) => faultOf(media, side) ?? []),
    )
    return firstOf(
      silent,
      ({ media, side }) => `${media.call.report.callId} ${media.line.index} ${side.receiverAddress}`,
    ).map((fault) => describe(analysis, fault))
  },
}

interface Direction {
  readonly streams: readonly AnalysedStream[]
  readonly back: readonly AnalysedStream[]
  readonly senderAddress: string
  readonly receiverAddress: string
}

interface Fault {
  readonly media: CallMedia
  readonly side: Direction
  readonly kind: 'no-packets' | 'unverifiable' | 'stopped' | 'unreachable'
  readonly sinceUs: number
  readonly cause: string
}

function directionsOf({ line, fromOfferer, fromAnswerer }: CallMedia): Direction[] {
  const offerer = line.offerAt.source.address
  const answerer = line.answerAt.source.address
  return [
    { streams: fromOfferer, back: fromAnswerer, senderAddress: offerer, receiverAddress: answerer },
    { streams: fromAnswerer, back: fromOfferer, senderAddress: answerer, receiverAddress: offerer },
  ]
}

function faultOf(media: CallMedia, side: Direction): Fault | undefined {
  const { fromUs, untilUs, held } = media
  if (held || untilUs - fromUs < LEAST_US || side.back.length === 0) return undefined
  const { streams, back } = side
  if (streams.length === 0) {
    if (packetsOf(back) < LEAST_PACKETS) return undefined
    return { media, side, kind: 'no-packets', sinceUs: fromUs, cause: 'no packet of this direction was captured' }
  }
  const lost = streams.every(({ report }) => report.verified === 0 && report.failed > 0)
  if (lost) {
    return {
      media,
      side,
      kind: 'unverifiable',
      sinceUs: fromUs,
      cause: streams[0].report.explanation?.text ?? 'every tag fails verification',
    }
  }
  const unreachable = unreachableTarget(side)
  if (unreachable !== undefined) {
    return {
      media,
      side,
      kind: 'unreachable',
      sinceUs: fromUs,
      cause: `it is sent to the private address ${unreachable}, where it cannot arrive`,
    }
  }
  const stopped = lastOf(back) - lastOf(streams) >= STOPPED_US && untilUs - lastOf(streams) >= STOPPED_US
  if (!stopped) return undefined
  return {
    media,
    side,
    kind: 'stopped',
    sinceUs: lastOf(streams),
    cause: 'its sender fell silent while the other went on',
  }
}

/** The private address that one direction is sent to alone, where the peer's packets come from elsewhere. */
function unreachableTarget({ streams, back }: Direction): string | undefined {
  const targets = new Set(streams.map(({ destination }) => destination.address))
  const [target] = targets
  if (targets.size !== 1 || !isPrivate(target) || back.some(({ source }) => source.address === target)) return undefined
  // Within one private network the sender reaches it all the same.
  return streams.some(({ source }) => isPrivate(source.address)) ? undefined : target
}

function isPrivate(address: string): boolean {
  return ['private', 'shared', 'link-local', 'unique-local', 'loopback'].includes(classifyAddress(address) ?? '')
}

function lastOf(streams: readonly AnalysedStream[]): number {
  return Math.max(...streams.map(({ lastAt }) => lastAt.timeUs))
}

function packetsOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((sum, { report }) => sum + report.packets, 0)
}

function describe(analysis: Analysis, { media, side, kind, sinceUs, cause }: Fault): Finding {
  const stream = side.streams[0] ?? side.back[0]
  return finding(text, analysis, {
    kind,
    detail: `${side.receiverAddress} hears nothing from ${side.senderAddress} (${media.line.offer.kind}) since ${formatTime(sinceUs)}: ${cause}.`,
    callId: media.call.report.callId,
    ...(side.streams.length > 0 && { streamId: stream.report.id }),
    at: [media.line.answerAt.at, kind === 'stopped' ? stream.lastAt : stream.firstAt],
    evidence: {
      hearsNothing: side.receiverAddress,
      silent: side.senderAddress,
      since: formatTime(sinceUs),
      packets: packetsOf(side.streams),
      packetsBack: packetsOf(side.back),
    },
  })
}
