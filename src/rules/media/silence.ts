import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedStream, DescribedMedia } from '../../model/analysis.ts'
import type { IcmpErrors } from '../../model/icmp-errors.ts'
import { icmpRemedy, icmpText } from '../icmp-words.ts'
import { isPrivate } from '../private-space.ts'
import type { CallMedia, Period } from './call-media.ts'
import { isKeepAlive } from './keep-alives.ts'
import { type RefusedMedia, refusedAtTheEnd, refusedMedia, refusedUnseen } from './refused-media.ts'
import { strayPort, unreachableTarget } from './unreachable-media.ts'

/** That nothing came is all that a capture shows. */
const STOPPED = 'none of its packets was captured any more, while the other direction went on'

/** RFC 6263 §4.6. */
const KEEP_ALIVES_ALONE = 'all that it sends are headers of RTP without a payload, which keep a NAT open'

const STRAY_REMEDY =
  'Have the sender send to the port of the m= line that its peer described (RFC 3264 §5.1), or to where the packets of its ' +
  'peer come from (symmetric RTP, RFC 4961). Where the sender was given another port, find the ALG or SBC that rewrote it.'

const LEAST_US = 1_000_000
const STOPPED_US = 3_000_000
/** Packets that were under way when a sender turned elsewhere. */
const CROSSES_US = 500_000
/** A few stray packets of one direction, or early media alone, are no media that the other lacks. */
const LEAST_PACKETS = 10
const LEAST_AFTER_ANSWER_US = 500_000
/** Comfort noise (RFC 3389 §4), in its static payload type: who sends it is silent where nobody speaks. */
const COMFORT_NOISE = 13

/** What one direction of a call's media lacks. */
export interface Silence {
  readonly kind: 'no-packets' | 'unverifiable' | 'stopped' | 'unreachable' | 'refused' | 'held'
  readonly sinceUs: number
  /** What the kind itself says of the cause. */
  readonly cause?: string
  /** Where the kind itself proves the cause: other findings of it do not say better what to change. */
  readonly remedy?: string | undefined
  /** The streams that this is said of, where the others went elsewhere before. */
  readonly streams?: readonly AnalysedStream[]
  /** What ICMP says of its packets. */
  readonly icmp?: RefusedMedia['run'] | undefined
  /** What else proves it. */
  readonly at?: readonly FrameRef[]
}

/** One of the two directions of a call's media. */
export interface Direction {
  readonly media: CallMedia
  readonly streams: readonly AnalysedStream[]
  /** What the receiver of the streams sends: without it the capture may not stand where media passes. */
  readonly back: readonly AnalysedStream[]
  /** What their sender and their receiver described. */
  readonly sender: DescribedMedia
  readonly receiver: DescribedMedia
}

/** What one direction lacks while the other goes on; undefined where nothing can be said. */
export function silenceOf(direction: Direction, icmp: IcmpErrors): Silence | undefined {
  const { media, streams, back } = direction
  const refused = refusedMedia(icmp, streams, media.active)
  if (back.length === 0) return refused && refusal(refused)
  if (refused === undefined && isHeardToTheEnd(direction)) return undefined
  const periods = heardIn(media.active(), back)
  if (periods.length === 0) return refused && refusal(refused)
  const [{ fromUs: sinceUs }] = periods
  if (streams.length === 0) return withoutPackets(direction, icmp, sinceUs)
  if (refused === undefined && streams.every(isUnverifiable)) {
    return { kind: 'unverifiable', sinceUs, cause: explanationOf(streams[0]) ?? 'every tag fails verification' }
  }
  if (refused === undefined && streams.every(isKeepAlive)) {
    if (back.every(isKeepAlive) || packetsOf(back) < LEAST_PACKETS || media.hasStrays()) return undefined
    return { kind: 'no-packets', sinceUs, cause: KEEP_ALIVES_ALONE, streams }
  }
  const moved = movedLast(streams, back)
  const unreachable = unreachableTarget(media, moved ?? streams, back)
  if (unreachable !== undefined) {
    const cause = `it is sent to the private address ${unreachable}, where it cannot arrive`
    const since = moved === undefined ? { sinceUs } : { sinceUs: startOf(moved), streams: moved }
    return { kind: 'unreachable', ...since, ...withIcmp(cause, refused) }
  }
  const strayed = strayPort(media.call, streams, back)
  if (strayed !== undefined) {
    const cause = `it is sent to ${strayed.sent}, which nobody described; its receiver described ${strayed.described} and sends from there`
    return { kind: 'unreachable', sinceUs, remedy: STRAY_REMEDY, ...withIcmp(cause, refused) }
  }
  if (refused !== undefined) return refusal(refused)
  const stoppedUs = stoppedSince(streams, back, periods)
  if (stoppedUs === undefined || sendsNoise(streams, direction.receiver) || media.hasStrays()) return undefined
  const told = refusedAtTheEnd(icmp, streams)
  if (told === undefined) return { kind: 'stopped', sinceUs: stoppedUs, cause: STOPPED }
  const cause = `${STOPPED}; of its last packets it was said that they did not arrive: ${icmpText(told)}`
  return { kind: 'stopped', sinceUs: stoppedUs, cause, remedy: icmpRemedy(told), icmp: told }
}

function withoutPackets(
  { media, back, sender, receiver }: Direction,
  icmp: IcmpErrors,
  sinceUs: number,
): Silence | undefined {
  if (packetsOf(back) < LEAST_PACKETS || lastOf(back) - sinceUs < LEAST_AFTER_ANSWER_US) return undefined
  if (media.hasStrays()) return undefined
  const unseen = refusedUnseen(icmp, receiver, sender, media.active)
  return unseen === undefined ? { kind: 'no-packets', sinceUs } : { ...refusal(unseen), kind: 'no-packets', sinceUs }
}

/** A cause that is plain without it, and that ICMP proves. */
function withIcmp(cause: string, refused: RefusedMedia | undefined): Pick<Silence, 'cause' | 'icmp'> {
  return refused === undefined ? { cause } : { cause: `${cause}; ${icmpText(refused.run)}`, icmp: refused.run }
}

function refusal(refused: RefusedMedia): Silence {
  const { run, sinceUs } = refused
  return { kind: 'refused', sinceUs, cause: icmpText(run), remedy: icmpRemedy(run), icmp: run }
}

/** Whether nothing can be said of a direction, whenever it was to be heard: so it is with most. */
function isHeardToTheEnd({ media, streams, back }: Direction): boolean {
  return (
    streams.length > 0 &&
    !streams.every(isUnverifiable) &&
    !streams.every(isKeepAlive) &&
    unreachableTarget(media, movedLast(streams, back) ?? streams, back) === undefined &&
    strayPort(media.call, streams, back) === undefined &&
    lastOf(back) - lastOf(streams) < STOPPED_US
  )
}

/**
 * The streams of a direction that a new description sends to a private address, where the others went elsewhere before, and
 * the other direction goes on; undefined where it goes one way throughout, or comes back.
 */
function movedLast(
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
): readonly AnalysedStream[] | undefined {
  const before = streams.filter(({ destination }) => !isPrivate(destination.address))
  if (before.length === 0 || before.length === streams.length) return undefined
  const beforeUs = lastOf(before)
  const moved = streams.filter(
    ({ destination, firstAt }) => isPrivate(destination.address) && firstAt.timeUs >= beforeUs - CROSSES_US,
  )
  if (moved.length === 0) return undefined
  return Math.min(lastOf(moved), lastOf(back)) - Math.max(startOf(moved), beforeUs) >= STOPPED_US ? moved : undefined
}

/** The periods that are long enough to speak of, and in which the other side sends. */
function heardIn(periods: readonly Period[], back: readonly AnalysedStream[]): readonly Period[] {
  const [startUs, lastUs] = [startOf(back), lastOf(back)]
  return periods.filter(({ fromUs, untilUs }) => untilUs - fromUs >= LEAST_US && startUs < untilUs && lastUs > fromUs)
}

/** Since when one direction lacks what the other still has, within a period in which both were to be heard. */
function stoppedSince(
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
  periods: readonly Period[],
): number | undefined {
  const [lastUs, otherUs] = [lastOf(streams), lastOf(back)]
  const leastUs = Math.max(STOPPED_US, pausedUs(streams, periods))
  const silent = periods.find(({ fromUs, untilUs }) => Math.min(otherUs, untilUs) - Math.max(lastUs, fromUs) >= leastUs)
  return silent && Math.max(lastUs, silent.fromUs)
}

/** So long senders paused of their own accord, as those do that suppress silence without comfort noise: not held, and nothing lost. */
function pausedUs(streams: readonly AnalysedStream[], periods: readonly Period[]): number {
  return streams.reduce((sum, { report: { talkSeconds }, holes, firstAt, lastAt }) => {
    if (talkSeconds === undefined || holes.inSilence > 0) return sum
    const lasted = periods.map(({ fromUs, untilUs }) => {
      return Math.max(0, Math.min(lastAt.timeUs, untilUs) - Math.max(firstAt.timeUs, fromUs))
    })
    return sum + Math.max(0, lasted.reduce((us, one) => us + one, 0) - talkSeconds * 1e6)
  }, 0)
}

function sendsNoise(streams: readonly AnalysedStream[], { codecs }: DescribedMedia): boolean {
  const noise = codecs.filter(({ name }) => /^CN$/i.test(name)).map(({ payloadType }) => payloadType)
  const types = new Set([COMFORT_NOISE, ...noise])
  return streams.some(({ report }) => report.payloadTypes?.some((type) => types.has(type)))
}

/** What is said of packets in the clear among others that fail explains those only. */
function explanationOf({ report: { explanation, plain, failed } }: AnalysedStream): string | undefined {
  return explanation?.kind === 'wire-plain-rtp' && plain < failed ? undefined : explanation?.text
}

function isUnverifiable({ report }: AnalysedStream): boolean {
  return report.verified === 0 && report.failed > 0
}

export function lastOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((lastUs, { lastAt }) => Math.max(lastUs, lastAt.timeUs), Number.NEGATIVE_INFINITY)
}

function startOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((startUs, { firstAt }) => Math.min(startUs, firstAt.timeUs), Number.POSITIVE_INFINITY)
}

export function packetsOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((sum, { report }) => sum + report.packets, 0)
}
