import type { Remembered } from '../bytes/remembered.ts'
import type { Exchange } from '../sdp/exchange.ts'
import { type DescribedEnds, type End, NO_ENDS } from './described-ends.ts'
import { describedBy, mediaOf, type Side } from './media-line.ts'

/** What is asked about: one direction of media as it was seen. */
export interface StreamAddresses {
  readonly kind: 'rtp' | 'rtcp'
  /** `formatEndpoint` texts. */
  readonly source: string
  readonly destination: string
  readonly ssrc: number
  /** The capture that it begins in. */
  readonly capture: number
  /** Where its packets begin in the trace, and where they end as far as it was read. */
  readonly firstPosition: number
  readonly lastPosition: number
}

/** An m= line of an exchange that a stream belongs to, and which side sends it. */
export interface BoundLine {
  readonly exchange: Exchange
  readonly index: number
  readonly sender: Side
  /** Which of the stream's addresses the descriptions name. */
  readonly match: Match
}

/**
 * `both`, `destination`, `source`: by the addresses of the descriptions. `signalled-…`: by their ports at the addresses
 * that their signalling came from, where a NAT stands before a private c=. `ssrc`: by a=ssrc alone.
 */
export type Match = 'both' | 'destination' | 'source' | 'signalled-both' | 'signalled-one' | 'ssrc'

/** A stream's place in the signalling: all m= lines of one call that fit best, in the order of their offers. */
export interface Binding {
  readonly callId: string
  readonly match: Match
  readonly sender: Side
  readonly lines: readonly BoundLine[]
}

/**
 * Lists of lines by what they are put together of: the streams of one binding share one, and what follows from it. A call may
 * have thousands of streams, and thousands of offers that fit each of them.
 */
export type SharedLines = Remembered<string, readonly BoundLine[]>

/** Whether what follows from lines is worth to be looked up: from one of few keys it is found as fast. */
export function areShared(lines: readonly BoundLine[]): boolean {
  if (lines.length !== 1) return lines.length > 1
  const { exchange, index, sender } = lines[0]
  return describedBy(exchange, sender).some((described) => (mediaOf(described, index)?.crypto.length ?? 0) > FEW_KEYS)
}

const FEW_KEYS = 4

const RANK: Readonly<Record<Match, number>> = {
  both: 5,
  destination: 4,
  source: 3,
  'signalled-both': 2,
  'signalled-one': 1,
  ssrc: 0,
}

/** Those that name where a stream comes from and where it goes to, and what a match by both, or by one of them, is called. */
interface Named {
  readonly sources: DescribedEnds
  readonly destinations: DescribedEnds
  readonly as: { readonly both: Match; readonly destination: Match; readonly source: Match }
}

export const BY_ADDRESS: Named['as'] = { both: 'both', destination: 'destination', source: 'source' }
export const BY_SIGNALLING: Named['as'] = {
  both: 'signalled-both',
  destination: 'signalled-one',
  source: 'signalled-one',
}
export const BY_SSRC: Named['as'] = { both: 'ssrc', destination: 'ssrc', source: 'ssrc' }

/** The stream's place by those ends, or nothing where none of them names it. */
export function boundBy(
  as: Named['as'],
  stream: StreamAddresses,
  shared: SharedLines,
  sources = NO_ENDS,
  destinations = NO_ENDS,
): Binding | undefined {
  const named: Named = { sources, destinations, as }
  const { firstPosition: position } = stream
  const found = matchesOf(named, sources.around(position), destinations.around(position))
  const near = found.every((line) => mayBeOf(line, stream)) ? found : found.filter((line) => mayBeOf(line, stream))
  return near.length === 0 ? undefined : bindingOf(named, near, position, shared)
}

/**
 * A session may be older than its offer here, where its beginning was not captured. Else what was over before the offer
 * belongs to somebody else who had the same ports, and whose signalling is not known. Clocks of two captures may differ.
 */
function mayBeOf({ exchange }: BoundLine, { capture, lastPosition }: StreamAddresses): boolean {
  const { offer, previous, continuesUnseen, offerSeen } = exchange
  if (offer.at.position <= lastPosition || offer.at.capture !== capture) return true
  return previous !== undefined || continuesUnseen === true || !offerSeen
}

/**
 * The lines that fit a stream, of those ends that are looked at: each once, those of its destination first. Both lists are in
 * the order of the exchanges, and so is what each adds.
 */
function matchesOf(
  { sources, destinations, as }: Named,
  ofSources: readonly End[],
  ofDestinations: readonly End[],
): BoundLine[] {
  const found: BoundLine[] = []
  for (const { exchange, index, side } of ofDestinations) {
    if (isNothing(exchange)) continue
    const sender = other(side)
    const isBoth = sources.has(exchange, index, sender)
    const place = placeOf(found, found.length, exchange, index)
    keep(found, place, { exchange, index, sender, match: isBoth ? as.both : as.destination })
  }
  const { length } = found
  let end = 0
  for (const { exchange, index, side } of ofSources) {
    if (isNothing(exchange)) continue
    const isBoth = destinations.has(exchange, index, other(side))
    while (end < length && found[end].exchange.id <= exchange.id) end++
    const ofDestination = placeOf(found, end, exchange, index)
    const place = ofDestination < 0 ? placeOf(found, found.length, exchange, index) : ofDestination
    keep(found, place, { exchange, index, sender: side, match: isBoth ? as.both : as.source })
  }
  return found
}

/** Its answer turned out to be an offer, in an exchange of its own: of none is nothing left that would name a stream. */
function isNothing({ offerSeen, answers }: Exchange): boolean {
  return !offerSeen && answers.length === 0
}

/** Where a line stands among those of its exchange, which are the last before `end`; -1 where it does not. */
function placeOf(lines: readonly BoundLine[], end: number, exchange: Exchange, index: number): number {
  for (let n = end - 1; n >= 0 && lines[n].exchange === exchange; n--) if (lines[n].index === index) return n
  return -1
}

function keep(found: BoundLine[], place: number, line: BoundLine): void {
  if (place < 0) found.push(line)
  else if (RANK[line.match] > RANK[found[place].match]) found[place] = line
}

function bindingOf(named: Named, near: readonly BoundLine[], position: number, shared: SharedLines): Binding {
  const { sources, destinations } = named
  if (near.length === 1 && sources.areFew && destinations.areFew) {
    const [line] = near
    const { exchange, index, sender, match } = line
    // A list that was put together keeps room for more, and most streams have one line.
    const lines = areShared([line]) ? shared.of(`${exchange.id} ${index} ${sender} ${match}`, () => [line]) : [line]
    return { callId: exchange.callId, match, sender, lines }
  }
  const best = Math.max(...near.map(({ match }) => RANK[match]))
  const fitting = near.filter(({ match }) => RANK[match] === best)
  const place = nearestCall(fitting, position)
  const answerers = new Set(fitting.flatMap(answererOf))
  const { callId, sender, match } = place
  // A Call-ID may hold anything, and stands last.
  const name = [sources.number, destinations.number, sender, match, answerers.size, ...[...answerers].sort(), callId]
  return { callId, match, sender, lines: shared.of(name.join(' '), () => linesOfCall(named, place, answerers)) }
}

/** Addresses move within a dialog (a re-INVITE to another port): every line of the call that fits at all counts. */
function linesOfCall(
  named: Named,
  { callId, sender, match }: Pick<Binding, 'callId' | 'sender' | 'match'>,
  answerers: ReadonlySet<string>,
): readonly BoundLine[] {
  const { sources, destinations } = named
  const lines = ofDialogsThatFit(
    match,
    matchesOf(named, sources.of(callId), destinations.of(callId)).filter(
      (line) => line.sender === sender || line.match === match || isOfferedByIt(line, answerers),
    ),
  )
  return lines.sort(
    (a, b) => a.exchange.offer.at.position - b.exchange.offer.at.position || a.exchange.id - b.exchange.id,
  )
}

/** Who answers by a line, and in which dialog; and again where no answer was captured. */
function answererOf({ exchange: { first, hop, answers }, sender }: BoundLine): readonly string[] {
  if (sender !== 'answerer') return []
  const party = `${first.id} ${hop.answerer.address}`
  return answers.length === 0 ? [party, unheard(party)] : [party]
}

function unheard(party: string): string {
  return `${party} unheard`
}

/**
 * Whether the sender of a stream that fits better offers by this line: who answered in a dialog may offer in a re-INVITE. And
 * what it offered before is what is known of it, where its answer to an offer of its peer was not captured.
 */
function isOfferedByIt({ exchange, sender }: BoundLine, answerers: ReadonlySet<string>): boolean {
  if (sender !== 'offerer') return false
  const party = `${exchange.first.id} ${exchange.hop.offerer.address}`
  return exchange.answers.length > 0 ? answerers.has(unheard(party)) : answerers.has(party)
}

/**
 * Where a dialog names both ends of a stream, one that was answered from another end is not about it: a branch of a fork
 * has a peer of its own, and agrees with it on its own keys, or on none (RFC 3264 §4, RFC 3261 §13.2.2.4).
 */
function ofDialogsThatFit(match: Match, lines: BoundLine[]): BoundLine[] {
  if ((match !== 'both' && match !== 'signalled-both') || lines.every((line) => line.match === match)) return lines
  const dialogs = new Set(lines.flatMap((line) => (line.match === match ? [line.exchange.first] : [])))
  return lines.filter(({ exchange }) => exchange.answers.length === 0 || dialogs.has(exchange.first))
}

/**
 * The call whose offer came last before the stream began, else the first one after: ports are used again. An offer that was
 * refused by then has no media any more, where another call may have it.
 */
function nearestCall(lines: readonly BoundLine[], position: number): Pick<Binding, 'callId' | 'sender' | 'match'> {
  const isOpen = ({ exchange }: BoundLine) => !isRefusedBy(exchange, position)
  const open = lines.every(isOpen) ? lines : lines.filter(isOpen)
  let before: BoundLine | undefined
  let after: BoundLine | undefined
  for (const line of open.length > 0 ? open : lines) {
    const at = line.exchange.offer.at.position
    if (at <= position) {
      if (before === undefined || at > before.exchange.offer.at.position) before = line
    } else if (after === undefined || at < after.exchange.offer.at.position) after = line
  }
  const { callId } = ((before ?? after) as BoundLine).exchange
  const { sender, match } = lines.find(({ exchange }) => exchange.callId === callId) as BoundLine
  return { callId, sender, match }
}

function isRefusedBy({ state, refusedAt }: Exchange, position: number): boolean {
  return state === 'refused' && refusedAt !== undefined && refusedAt.position <= position
}

function other(side: Side): Side {
  return side === 'offerer' ? 'answerer' : 'offerer'
}
