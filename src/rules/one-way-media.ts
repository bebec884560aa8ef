import type { AnalysedCall, AnalysedStream, TraceFacts } from '../model/analysis.ts'
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
    'Capture at both ends of the silent direction to see where its packets stop; check the NAT and firewall there, and ' +
    'the address that the silent receiver describes in c=.',
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
  const senders = new SendersSeen(trace)
  const faults: Fault[] = []
  return {
    call: (call, index) => {
      if (!withMedia.has(index)) return []
      senders.addSignalling(call)
      const silent = mediaOfCalls.of(call, index).flatMap(faultsOf)
      // Each hop of a proxied call tells of the same media.
      faults.push(...firstOf(silent, ({ media, side }) => `${media.line.index} ${side.senderAddress}`))
      return []
    },
    conclude: (found) => {
      const ofCall = groupedByCall(found)
      return faults.map((fault) => describe(trace, fault, causesOf(fault.side, ofCall), senders))
    },
  }
})

interface Fault {
  readonly media: CallMedia
  readonly side: SilentDirection
  /** Who hears nothing. */
  readonly party: CallSide
  readonly kind: 'no-packets' | 'unverifiable' | 'stopped' | 'unreachable'
  readonly sinceUs: number
  /** What the kind itself says of the cause. */
  readonly cause?: string
}

/** Parties are named by where their packets come from: a description may give an address that is none of theirs. */
function faultsOf(media: CallMedia): Fault[] {
  const { call, line, fromOfferer, fromAnswerer } = media
  const offerer = sideOf(call, line.offerAt)
  const answerer = offerer === 'caller' ? 'callee' : 'caller'
  return [
    faultOf(media, answerer, directionOf(call, fromOfferer, fromAnswerer, line.answer.connectionAddress)),
    faultOf(media, offerer, directionOf(call, fromAnswerer, fromOfferer, line.offer.connectionAddress)),
  ].flatMap((fault) => fault ?? [])
}

function directionOf(
  call: AnalysedCall,
  streams: readonly AnalysedStream[],
  back: readonly AnalysedStream[],
  described: string | undefined,
): SilentDirection | undefined {
  if (back.length === 0) return undefined
  const senderAddress = streams[0]?.source.address ?? back[0].destination.address
  return { call, streams, back, senderAddress, receiverAddress: back[0].source.address, described }
}

function faultOf(media: CallMedia, party: CallSide, side: SilentDirection | undefined): Fault | undefined {
  if (side === undefined) return undefined
  const { streams, back } = side
  const periods = media.active.filter((period) => isHeardIn(period, back))
  if (periods.length === 0) return undefined
  const [{ fromUs }] = periods
  if (streams.length === 0) {
    if (packetsOf(back) < LEAST_PACKETS || lastOf(back) - fromUs < LEAST_AFTER_ANSWER_US) return undefined
    return media.strays.length > 0 ? undefined : { media, side, party, kind: 'no-packets', sinceUs: fromUs }
  }
  if (streams.every(({ report }) => report.verified === 0 && report.failed > 0)) {
    const cause = streams[0].report.explanation?.text ?? 'every tag fails verification'
    return { media, side, party, kind: 'unverifiable', sinceUs: fromUs, cause }
  }
  const unreachable = unreachableTarget(side)
  if (unreachable !== undefined) {
    const cause = `it is sent to the private address ${unreachable}, where it cannot arrive`
    return { media, side, party, kind: 'unreachable', sinceUs: fromUs, cause }
  }
  const sinceUs = media.strays.length > 0 ? undefined : stoppedSince(side, periods)
  if (sinceUs === undefined) return undefined
  const cause = 'its sender fell silent while the other went on'
  return { media, side, party, kind: 'stopped', sinceUs, cause }
}

/** Long enough to speak of, and the other side sends in it. */
function isHeardIn({ fromUs, untilUs }: Period, back: readonly AnalysedStream[]): boolean {
  return untilUs - fromUs >= LEAST_US && startOf(back) < untilUs && lastOf(back) > fromUs
}

/** Since when one direction lacks what the other still has, within a period in which both were to be heard. */
function stoppedSince({ streams, back }: SilentDirection, periods: readonly Period[]): number | undefined {
  if (streams.some(({ report }) => report.payloadTypes?.includes(COMFORT_NOISE))) return undefined
  const [lastUs, otherUs] = [lastOf(streams), lastOf(back)]
  const silent = periods.find(
    ({ fromUs, untilUs }) => Math.min(otherUs, untilUs) - Math.max(lastUs, fromUs) >= STOPPED_US,
  )
  return silent === undefined ? undefined : Math.max(lastUs, silent.fromUs)
}

/** The private address that one direction is sent to alone, where the peer's packets come from elsewhere. */
function unreachableTarget({ streams, back }: SilentDirection): string | undefined {
  const targets = new Set(streams.map(({ destination }) => destination.address))
  const [target] = targets
  if (targets.size !== 1 || !isPrivate(target)) return undefined
  // A private source on either side: the capture stands within that network, where the address is good.
  return [...streams, ...back].some(({ source }) => isPrivate(source.address)) ? undefined : target
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

function describe(trace: TraceFacts, fault: Fault, causes: readonly Cause[], senders: SendersSeen): Finding {
  const { media, side, party, kind, sinceUs, cause } = fault
  const stream = side.streams[0] ?? side.back[0]
  const [likeliest] = causes
  const other = party === 'caller' ? 'callee' : 'caller'
  const isUnseen = kind === 'no-packets' && likeliest === undefined && !senders.has(side.senderAddress)
  const why = cause ?? likeliest?.text ?? unexplained(side, senders)
  return finding(text, trace, {
    kind,
    // A capture that sees one side only shows the same.
    ...(isUnseen && { severity: 'warning' as const }),
    detail:
      `The ${party} (${side.receiverAddress}) gets no ${media.line.offer.kind} from the ${other} ` +
      `(${side.senderAddress}) since ${formatClock(sinceUs)}: ${why}.${proofText(causes)}`,
    ...(likeliest !== undefined && { remedy: likeliest.finding.remedy }),
    callId: media.call.callId,
    ...(side.streams.length > 0 && { streamId: stream.report.id }),
    at: [media.line.answerAt.at, kind === 'stopped' ? stream.lastAt : stream.firstAt],
    evidence: {
      party,
      hearsNothing: side.receiverAddress,
      silent: side.senderAddress,
      since: formatTime(sinceUs),
      packets: packetsOf(side.streams),
      packetsBack: packetsOf(side.back),
      ...(causes.length > 0 && { causes: causes.map(causeEvidence) }),
      ...namedIn(side.streams[0]?.report.explanation),
    },
  })
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
