import type { AnalysedCall, AnalysedStream, DescribedMedia, TraceFacts } from '../model/analysis.ts'
import type { IcmpErrors } from '../model/icmp-errors.ts'
import type { ExplanationReport, Finding } from '../model/report.ts'
import { formatClock, formatTime } from '../model/time.ts'
import { firstOf } from './agreement.ts'
import { type CallMedia, MediaOfCalls, type Period } from './call-media.ts'
import { type CallSide, sideOf } from './call-sides.ts'
import {
  type Cause,
  causesOf,
  groupedByCall,
  SendersSeen,
  type SilentDirection,
  unexplained,
} from './one-way-causes.ts'
import {
  type RefusedMedia,
  refusalEvidence,
  refusalRemedy,
  refusalText,
  refusedAtTheEnd,
  refusedMedia,
  refusedUnseen,
} from './refused-media.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from './rule.ts'
import { strayPort, unreachableTarget } from './unreachable-media.ts'

const text: RuleText = {
  id: 'one-way-media',
  severity: 'error',
  title: 'One side hears nothing',
  meaning:
    'An established call was agreed to go both ways, and one direction carries nothing that its receiver can use.',
  shows:
    'No packets in one direction (no-packets), only packets that fail verification (unverifiable), all of one direction ' +
    'ending well before the other (stopped), media sent only to a private address, or to a port that its receiver ' +
    'neither described nor sends from (unreachable), or ICMP errors (RFC 1122 §3.2.2.1, RFC 4443 §3) that answer the ' +
    'packets of one direction up to its end (refused).',
  causes: [
    'a private address in c= that the peer sends to',
    'a peer that sends to another port than the m= line gives',
    'a firewall or NAT that lets one direction through',
    'a receiver whose port is closed, or whose host is not there',
    'SRTP on one side and RTP, or another key, on the other',
  ],
  remedy:
    'Capture at both ends of the silent direction to see where its packets stop; check the NAT and firewall there, and ' +
    'the address that the silent receiver describes in c=.',
  references: ['RFC 3264 §5.1', 'RFC 3264 §8.4'],
  kinds: ['no-packets', 'unverifiable', 'stopped', 'unreachable', 'refused'],
}

/** That nothing came is all that a capture shows. */
const STOPPED = 'none of its packets was captured any more, while the other direction went on'
const STOPPED_REMEDY =
  'Capture at its sender to see whether it still sends. If so, look at the timeouts and session tables of the NAT, ' +
  'firewalls and SBCs on the way; if not, at what its sender did then: mute, hold, silence suppression, or a fault.'

const STRAY_REMEDY =
  'Have the sender send to the port of the m= line that its peer described (RFC 3264 §5.1), or to where the packets of its ' +
  'peer come from (symmetric RTP, RFC 4961). Where the sender was given another port, find the ALG or SBC that rewrote it.'

const LEAST_US = 1_000_000
const STOPPED_US = 3_000_000
/** A few stray packets of one direction, or early media alone, are no media that the other lacks. */
const LEAST_PACKETS = 10
const LEAST_AFTER_ANSWER_US = 500_000
/** Comfort noise (RFC 3389 §4): who negotiates it is silent where nobody speaks. */
const COMFORT_NOISE = 13

export const oneWayMedia = defineRule(text, (trace) => {
  const mediaOfCalls = new MediaOfCalls(trace)
  const senders = new SendersSeen(trace)
  const faults: Fault[] = []
  return {
    call: (call, _, streams) => {
      if (streams.length === 0) return NO_FINDINGS
      senders.addSignalling(call)
      const silent: Fault[] = []
      for (const media of mediaOfCalls.of(call, streams)) addFaults(silent, media, trace.icmp)
      // Each hop of a proxied call tells of the same media.
      faults.push(...firstOf(silent, ({ media, side }) => `${media.line.index} ${side.senderAddress}`))
      return NO_FINDINGS
    },
    conclude: (found) => {
      const ofCall = groupedByCall(found)
      return faults.map((fault) => describe(trace, fault, causesOf(fault.side, ofCall), senders))
    },
  }
})

interface Fault extends Silence {
  readonly media: CallMedia
  readonly side: SilentDirection
  /** Who hears nothing. */
  readonly party: CallSide
}

/** What a direction lacks. */
interface Silence {
  readonly kind: 'no-packets' | 'unverifiable' | 'stopped' | 'unreachable' | 'refused'
  readonly sinceUs: number
  /** What the kind itself says of the cause. */
  readonly cause?: string
  /** Where the kind itself proves the cause: other findings of it do not say better what to change. */
  readonly remedy?: string | undefined
  /** What ICMP says of its packets. */
  readonly icmp?: RefusedMedia['run'] | undefined
}

function addFaults(faults: Fault[], media: CallMedia, icmp: IcmpErrors): void {
  const { call, line, fromOfferer, fromAnswerer } = media
  const toAnswerer = silenceOf(media, fromOfferer, fromAnswerer, icmp, line.offer, line.answer)
  const toOfferer = silenceOf(media, fromAnswerer, fromOfferer, icmp, line.answer, line.offer)
  if (toAnswerer === undefined && toOfferer === undefined) return
  const offerer = sideOf(call, line.offerAt)
  const answerer = offerer === 'caller' ? 'callee' : 'caller'
  if (toAnswerer !== undefined) {
    const side = directionOf(call, fromOfferer, fromAnswerer, line.answer.connectionAddress)
    faults.push({ media, side, party: answerer, ...toAnswerer })
  }
  if (toOfferer !== undefined) {
    const side = directionOf(call, fromAnswerer, fromOfferer, line.offer.connectionAddress)
    faults.push({ media, side, party: offerer, ...toOfferer })
  }
}

/** Parties are named by where their packets come from: a description may give an address that is none of theirs. */
function directionOf(
  call: AnalysedCall,
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
  described: string | undefined,
): SilentDirection {
  const senderAddress = streams[0]?.source.address ?? back[0].destination.address
  const receiverAddress = back[0]?.source.address ?? streams[0].destination.address
  return { call, streams, back, senderAddress, receiverAddress, described }
}

/**
 * @param back what the receiver of the streams sends: without it the capture may not stand where media passes
 * @param sender, described what their sender and their receiver described
 */
function silenceOf(
  media: CallMedia,
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
  icmp: IcmpErrors,
  sender: DescribedMedia,
  described: DescribedMedia,
): Silence | undefined {
  const refused = refusedMedia(icmp, streams, media.active)
  if (back.length === 0) return refused && refusal(refused)
  if (refused === undefined && isHeardToTheEnd(media, streams, back)) return undefined
  const periods = heardIn(media.active(), back)
  if (periods.length === 0) return refused && refusal(refused)
  const [{ fromUs: sinceUs }] = periods
  if (streams.length === 0) {
    if (packetsOf(back) < LEAST_PACKETS || lastOf(back) - sinceUs < LEAST_AFTER_ANSWER_US) return undefined
    if (media.hasStrays()) return undefined
    const unseen = refusedUnseen(icmp, described, sender, media.active)
    return unseen === undefined ? { kind: 'no-packets', sinceUs } : { ...refusal(unseen), kind: 'no-packets', sinceUs }
  }
  if (refused === undefined && streams.every(isUnverifiable)) {
    const cause = streams[0].report.explanation?.text ?? 'every tag fails verification'
    return { kind: 'unverifiable', sinceUs, cause }
  }
  const unreachable = unreachableTarget(media, streams, back)
  if (unreachable !== undefined) {
    const cause = `it is sent to the private address ${unreachable}, where it cannot arrive`
    return { kind: 'unreachable', sinceUs, ...withIcmp(cause, refused) }
  }
  const strayed = strayPort(media.call, streams, back)
  if (strayed !== undefined) {
    const cause = `it is sent to ${strayed.sent}, which nobody described; its receiver described ${strayed.described} and sends from there`
    return { kind: 'unreachable', sinceUs, remedy: STRAY_REMEDY, ...withIcmp(cause, refused) }
  }
  if (refused !== undefined) return refusal(refused)
  const stoppedUs = stoppedSince(streams, back, periods)
  if (stoppedUs === undefined || media.hasStrays()) return undefined
  const told = refusedAtTheEnd(icmp, streams)
  if (told === undefined) return { kind: 'stopped', sinceUs: stoppedUs, cause: STOPPED }
  const cause = `${STOPPED}; of its last packets it was said that they did not arrive: ${refusalText(told)}`
  return { kind: 'stopped', sinceUs: stoppedUs, cause, remedy: refusalRemedy(told), icmp: told }
}

/** A cause that is plain without it, and that ICMP proves. */
function withIcmp(cause: string, refused: RefusedMedia | undefined): Pick<Silence, 'cause' | 'icmp'> {
  return refused === undefined ? { cause } : { cause: `${cause}; ${refusalText(refused.run)}`, icmp: refused.run }
}

function refusal(refused: RefusedMedia): Silence {
  const { run, sinceUs } = refused
  return { kind: 'refused', sinceUs, cause: refusalText(run), remedy: refusalRemedy(run), icmp: run }
}

/** Whether nothing can be said of a direction, whenever it was to be heard: so it is with most. */
function isHeardToTheEnd(
  media: CallMedia,
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
): boolean {
  return (
    streams.length > 0 &&
    !streams.every(isUnverifiable) &&
    unreachableTarget(media, streams, back) === undefined &&
    strayPort(media.call, streams, back) === undefined &&
    lastOf(back) - lastOf(streams) < STOPPED_US
  )
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
  const silent = periods.find(
    ({ fromUs, untilUs }) => Math.min(otherUs, untilUs) - Math.max(lastUs, fromUs) >= STOPPED_US,
  )
  if (silent === undefined) return undefined
  if (streams.some(({ report }) => report.payloadTypes?.includes(COMFORT_NOISE))) return undefined
  return Math.max(lastUs, silent.fromUs)
}

function isUnverifiable({ report }: AnalysedStream): boolean {
  return report.verified === 0 && report.failed > 0
}

function lastOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((lastUs, { lastAt }) => Math.max(lastUs, lastAt.timeUs), Number.NEGATIVE_INFINITY)
}

function startOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((startUs, { firstAt }) => Math.min(startUs, firstAt.timeUs), Number.POSITIVE_INFINITY)
}

function packetsOf(streams: readonly AnalysedStream[]): number {
  return streams.reduce((sum, { report }) => sum + report.packets, 0)
}

function describe(trace: TraceFacts, fault: Fault, causes: readonly Cause[], senders: SendersSeen): Finding {
  const { media, side, party, kind, sinceUs, cause, remedy, icmp } = fault
  const stream = side.streams[0] ?? side.back[0]
  const [likeliest] = causes
  const other = party === 'caller' ? 'callee' : 'caller'
  const isUnseen =
    kind === 'no-packets' && likeliest === undefined && icmp === undefined && !senders.has(side.senderAddress)
  const why = cause ?? likeliest?.text ?? unexplained(side, senders)
  return finding(text, trace, {
    kind,
    // A capture that sees one side only shows the same.
    ...(isUnseen && { severity: 'warning' as const }),
    detail:
      `The ${party} (${side.receiverAddress}) gets no ${media.line.offer.kind} from the ${other} ` +
      `(${side.senderAddress}) since ${formatClock(sinceUs)}: ${why}.${proofText(causes)}`,
    ...(remedy === undefined ? remedyOf(kind, likeliest) : { remedy }),
    callId: media.call.callId,
    ...(side.streams.length > 0 && { streamId: stream.report.id }),
    at: [
      media.line.answerAt.at,
      kind === 'stopped' ? stream.lastAt : stream.firstAt,
      ...(icmp ? [icmp.first, icmp.last] : []),
    ],
    evidence: {
      party,
      hearsNothing: side.receiverAddress,
      silent: side.senderAddress,
      since: formatTime(sinceUs),
      packets: packetsOf(side.streams),
      packetsBack: packetsOf(side.back),
      ...(icmp !== undefined && { icmp: refusalEvidence(icmp) }),
      ...(causes.length > 0 && { causes: causes.map(causeEvidence) }),
      ...namedIn(side.streams[0]?.report.explanation),
    },
  })
}

function remedyOf(kind: Silence['kind'], likeliest: Cause | undefined): { remedy?: string } {
  if (likeliest !== undefined) return { remedy: likeliest.finding.remedy }
  return kind === 'stopped' ? { remedy: STOPPED_REMEDY } : {}
}

/** What the text of an explanation names. */
function namedIn({ keyOfCall, keyLabel }: Partial<ExplanationReport> = {}): Partial<ExplanationReport> {
  return { ...(keyOfCall !== undefined && { keyOfCall }), ...(keyLabel !== undefined && { keyLabel }) }
}

function proofText(causes: readonly Cause[]): string {
  if (causes.length === 0) return ''
  const named = causes.map(({ finding: { rule, kind, frames } }) =>
    [rule, kind ?? '', `(frame ${frames[0]})`].filter((part) => part !== '').join(' '),
  )
  return ` See ${named.join(', ')}.`
}

function causeEvidence({ text: says, finding: { rule, kind, streamId, frames } }: Cause): object {
  const proof = { rule, kind, streamId, frame: frames[0], text: says }
  return Object.fromEntries(Object.entries(proof).filter(([, value]) => value !== undefined))
}
