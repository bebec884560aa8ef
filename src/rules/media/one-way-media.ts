import type { DescribedMedia, TraceFacts } from '../../model/analysis.ts'
import type { IcmpErrors } from '../../model/icmp-errors.ts'
import type { ExplanationReport, Finding } from '../../model/report.ts'
import { formatClock, formatTime } from '../../model/time.ts'
import { firstOf, mediumText } from '../agreement.ts'
import { icmpEvidence } from '../icmp-words.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { type CallMedia, MediaOfCalls } from './call-media.ts'
import { type CallSide, sideOf } from './call-sides.ts'
import {
  type Cause,
  causesOf,
  groupedByCall,
  SendersSeen,
  type SilentDirection,
  unexplained,
} from './one-way-causes.ts'
import { type Direction, packetsOf, type Silence, silenceOf } from './silence.ts'
import { type StrayedMedia, strayedMedia } from './strayed-media.ts'
import { stuckHold } from './stuck-hold.ts'

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
    'packets of one direction up to its end (refused). Or who held its peer offers to go on, that is refused or not answered, ' +
    'and its peer stays silent (held).',
  causes: [
    'a private address in c= that the peer sends to',
    'a peer that sends to another port than the m= line gives',
    'a firewall or NAT that lets one direction through',
    'a receiver whose port is closed, or whose host is not there',
    'SRTP on one side and RTP, or another key, on the other',
    'a hold whose end was not accepted',
  ],
  remedy:
    'Capture at both ends of the silent direction to see where its packets stop; check the NAT and firewall there, and ' +
    'the address that the silent receiver describes in c=.',
  references: ['RFC 3264 §5.1', 'RFC 3264 §8.4'],
  kinds: ['no-packets', 'unverifiable', 'stopped', 'unreachable', 'refused', 'held'],
}

const STOPPED_REMEDY =
  'Capture at its sender to see whether it still sends. If so, look at the timeouts and session tables of the NAT, ' +
  'firewalls and SBCs on the way; if not, at what its sender did then: mute, hold, silence suppression, or a fault.'

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
      for (const fault of firstOf(silent, ({ media, side }) => `${media.line.index} ${side.senderAddress}`))
        faults.push(fault)
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

function addFaults(faults: Fault[], media: CallMedia, icmp: IcmpErrors): void {
  addFault(faults, media, icmp, 'answerer')
  addFault(faults, media, icmp, 'offerer')
}

/** @param hearer of whom is asked whether it hears nothing */
function addFault(faults: Fault[], media: CallMedia, icmp: IcmpErrors, hearer: 'offerer' | 'answerer'): void {
  const { call, line, fromOfferer, fromAnswerer } = media
  const isAnswerer = hearer === 'answerer'
  const direction = isAnswerer
    ? { media, streams: fromOfferer, back: fromAnswerer, sender: line.offer, receiver: line.answer }
    : { media, streams: fromAnswerer, back: fromOfferer, sender: line.answer, receiver: line.offer }
  const silence = silenceOf(direction, icmp) ?? stuckHold(direction, hearer)
  if (silence === undefined) return
  const { streams = direction.streams, sinceUs } = silence
  const silent = silentDirection({ ...direction, streams }, media.described(hearer, sinceUs))
  const side = isAnswerer ? { ...silent, offered: line.offerAt.at } : silent
  const isOffererCaller = sideOf(call, line.offerAt) === 'caller'
  faults.push({ media, side, party: isOffererCaller === isAnswerer ? 'callee' : 'caller', ...silence })
}

/** Parties are named by where their packets come from: a description may give an address that is none of theirs. */
function silentDirection(
  { media: { call, line }, streams, back }: Direction,
  { connectionAddress: described }: DescribedMedia,
): SilentDirection {
  const senderAddress = streams[0]?.source.address ?? back[0].destination.address
  const receiverAddress = back[0]?.source.address ?? streams[0].destination.address
  return { call, mediaIndex: line.index, streams, back, senderAddress, receiverAddress, described }
}

function describe(trace: TraceFacts, fault: Fault, causes: readonly Cause[], senders: SendersSeen): Finding {
  const { media, side, party, kind, sinceUs, cause, remedy, icmp, at = [] } = fault
  const stream = side.streams[0] ?? side.back[0]
  const [likeliest] = causes
  const other = party === 'caller' ? 'callee' : 'caller'
  const isOpen = kind === 'no-packets' && cause === undefined && likeliest === undefined && icmp === undefined
  const strayed = isOpen ? strayedMedia(media, side) : undefined
  const isUnseen = isOpen && !senders.has(side.senderAddress)
  const why = cause ?? likeliest?.text ?? strayed?.text ?? unexplained(side, senders)
  const found = finding(text, trace, {
    kind,
    // A capture that sees one side only shows the same.
    severity: isUnseen ? 'warning' : undefined,
    detail:
      `The ${party} (${side.receiverAddress}) gets no ${mediumText(media.line.offerAt.media, media.line.offer)} from the ${other} ` +
      `(${side.senderAddress}) since ${formatClock(sinceUs)}: ${why}.${proofText(causes)}`,
    remedy: remedy ?? remedyOf(kind, likeliest, strayed),
    callId: media.call.callId,
    streamId: side.streams[0]?.report.id,
    at: [
      media.line.answerAt.at,
      kind === 'stopped' ? stream.lastAt : stream.firstAt,
      ...(strayed === undefined ? [] : [strayed.stream.firstAt]),
      ...(icmp ? [icmp.first, icmp.last] : []),
      ...at,
    ],
    evidence: {
      party,
      hearsNothing: side.receiverAddress,
      silent: side.senderAddress,
      since: formatTime(sinceUs),
      packets: packetsOf(side.streams),
      packetsBack: packetsOf(side.back),
      ...(icmp !== undefined && { icmp: icmpEvidence(icmp) }),
      ...(causes.length > 0 && { causes: causes.map(causeEvidence) }),
      ...namedIn(side.streams[0]?.report.explanation),
    },
  })
  return kind === 'held' ? { ...found, references: [...found.references, 'RFC 3261 §14.1'] } : found
}

function remedyOf(
  kind: Silence['kind'],
  likeliest: Cause | undefined,
  strayed: StrayedMedia | undefined,
): string | undefined {
  return likeliest?.finding.remedy ?? strayed?.remedy ?? (kind === 'stopped' ? STOPPED_REMEDY : undefined)
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
