import type { AnalysedStream, TraceFacts } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import { formatTime } from '../model/time.ts'
import { firstOf } from './agreement.ts'
import { type CallMedia, MediaOfCalls } from './call-media.ts'
import { isPrivate } from './private-space.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

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
/** A few stray packets of one direction, or early media alone, are no media that the other lacks. */
const LEAST_PACKETS = 10
const LEAST_AFTER_ANSWER_US = 500_000
/** Comfort noise (RFC 3389 §4): who negotiates it is silent where nobody speaks. */
const COMFORT_NOISE = 13

export const oneWayMedia = defineRule(text, (trace) => {
  const mediaOfCalls = new MediaOfCalls(trace)
  const withMedia = new Set(trace.streams.map(({ call }) => call))
  const alive = new Set(
    trace.streams.flatMap(({ report, source }) =>
      report.kind === 'rtcp' ? [`${report.callId} ${source.address}`] : [],
    ),
  )
  return {
    call: (call, index) => {
      if (!withMedia.has(index)) return []
      const silent = mediaOfCalls
        .of(call, index)
        .flatMap((media) => directionsOf(media).flatMap((side) => faultOf(media, side, alive) ?? []))
      // Each hop of a proxied call tells of the same media.
      return firstOf(silent, ({ media, side }) => `${media.line.index} ${side.senderAddress}`).map((fault) =>
        describe(trace, fault),
      )
    },
  }
})

interface Direction {
  readonly streams: readonly AnalysedStream[]
  readonly back: readonly AnalysedStream[]
  readonly senderAddress: string
  readonly receiverAddress: string
  /** Where the receiver says that it is. */
  readonly described?: string
}

interface Fault {
  readonly media: CallMedia
  readonly side: Direction
  readonly kind: 'no-packets' | 'unverifiable' | 'stopped' | 'unreachable'
  readonly sinceUs: number
  readonly cause: string
}

function directionsOf({ line, fromOfferer, fromAnswerer }: CallMedia): Direction[] {
  return [
    directionOf(fromOfferer, fromAnswerer, line.answer.connectionAddress),
    directionOf(fromAnswerer, fromOfferer, line.offer.connectionAddress),
  ].flatMap((direction) => direction ?? [])
}

/** Parties are named by where their packets come from: a description may give an address that is none of theirs. */
function directionOf(
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
  described: string | undefined,
): Direction | undefined {
  if (back.length === 0) return undefined
  const senderAddress = streams[0]?.source.address ?? back[0].destination.address
  return {
    streams,
    back,
    senderAddress,
    receiverAddress: back[0].source.address,
    ...(described !== undefined && { described }),
  }
}

function faultOf(media: CallMedia, side: Direction, alive: ReadonlySet<string>): Fault | undefined {
  const { fromUs, heldFromUs = Number.POSITIVE_INFINITY } = media
  const untilUs = Math.min(media.untilUs, heldFromUs)
  const { streams, back } = side
  if (untilUs - fromUs < LEAST_US || startOf(back) >= untilUs) return undefined
  if (streams.length === 0) {
    if (packetsOf(back) < LEAST_PACKETS || lastOf(back) - fromUs < LEAST_AFTER_ANSWER_US) return undefined
    if (media.strays.length > 0) return undefined
    return { media, side, kind: 'no-packets', sinceUs: fromUs, cause: causeOfSilence(media, side, alive) }
  }
  if (streams.every(({ report }) => report.verified === 0 && report.failed > 0)) {
    const cause = streams[0].report.explanation?.text ?? 'every tag fails verification'
    return { media, side, kind: 'unverifiable', sinceUs: fromUs, cause }
  }
  const unreachable = unreachableTarget(side)
  if (unreachable !== undefined) {
    const cause = `it is sent to the private address ${unreachable}, where it cannot arrive`
    return { media, side, kind: 'unreachable', sinceUs: fromUs, cause }
  }
  if (media.heldFromUs !== undefined || !hasStopped(side, untilUs) || media.strays.length > 0) return undefined
  const cause = 'its sender fell silent while the other went on'
  return { media, side, kind: 'stopped', sinceUs: lastOf(streams), cause }
}

function hasStopped({ streams, back }: Direction, untilUs: number): boolean {
  if (streams.some(({ report }) => report.payloadTypes?.includes(COMFORT_NOISE))) return false
  return Math.min(lastOf(back), untilUs) - lastOf(streams) >= STOPPED_US
}

/** The private address that one direction is sent to alone, where the peer's packets come from elsewhere. */
function unreachableTarget({ streams, back }: Direction): string | undefined {
  const targets = new Set(streams.map(({ destination }) => destination.address))
  const [target] = targets
  if (targets.size !== 1 || !isPrivate(target)) return undefined
  // A private source on either side: the capture stands within that network, where the address is good.
  return [...streams, ...back].some(({ source }) => isPrivate(source.address)) ? undefined : target
}

/** `alive`: the call and address of every sender of RTCP. */
function causeOfSilence({ call }: CallMedia, side: Direction, alive: ReadonlySet<string>): string {
  const { described, receiverAddress, senderAddress } = side
  if (described !== undefined && described !== receiverAddress && isPrivate(described))
    return `no packet was captured, and the receiver described the private address ${described}`
  return alive.has(`${call.callId} ${senderAddress}`)
    ? 'no packet was captured though RTCP of that side arrives, so the sender has nothing to send or its RTP port is blocked'
    : 'no packet of this direction was captured: not sent, sent elsewhere, or dropped by a firewall or NAT on the way'
}

function lastOf(streams: readonly AnalysedStream[]): number {
  return Math.max(...streams.map(({ lastAt }) => lastAt.timeUs))
}

function startOf(streams: readonly AnalysedStream[]): number {
  return Math.min(...streams.map(({ firstAt }) => firstAt.timeUs))
}

function packetsOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((sum, { report }) => sum + report.packets, 0)
}

function describe(trace: TraceFacts, { media, side, kind, sinceUs, cause }: Fault): Finding {
  const stream = side.streams[0] ?? side.back[0]
  return finding(text, trace, {
    kind,
    detail: `${side.receiverAddress} hears nothing from ${side.senderAddress} (${media.line.offer.kind}) since ${formatTime(sinceUs)}: ${cause}.`,
    callId: media.call.callId,
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
