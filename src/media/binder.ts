import { UNFORESEEN } from '../bytes/unforeseen.ts'
import type { MediaDescription } from '../sdp/description.ts'
import type { Described, Exchange } from '../sdp/exchange.ts'
import { DescribedEnds, type End, NO_ENDS } from './described-ends.ts'
import { endpointsAt, endpointsOf, type Side } from './media-line.ts'

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

const RANK: Readonly<Record<Match, number>> = {
  both: 5,
  destination: 4,
  source: 3,
  'signalled-both': 2,
  'signalled-one': 1,
  ssrc: 0,
}

/**
 * Finds the description that owns a flow. Both endpoints of a description bind before one of them does; a media source
 * may match no SDP address (NAT, symmetric RTP), so the destination alone binds too; then the source alone (the peer
 * answers to where the packets came from), then the described ports at the addresses of the signalling, then a=ssrc
 * (RFC 5576).
 */
export class Binder {
  readonly #rtp = new Map<string, DescribedEnds>()
  readonly #rtcp = new Map<string, DescribedEnds>()
  readonly #signalledRtp = new Map<string, DescribedEnds>()
  readonly #signalledRtcp = new Map<string, DescribedEnds>()
  readonly #ssrc = new Map<number, DescribedEnds>()
  /** Ports of all endpoints that were ever described, a mark each: most streams of a flood go to none of them. */
  readonly #ports = new Uint8Array(1 << 16)
  /** How many answers of an exchange were taken in; its offer was, where there was one by then. */
  readonly #known = new Map<Exchange, number>()
  /** Those whose offer was not captured by then. */
  readonly #withoutOffer = new Set<Exchange>()
  /** Exchanges that have something new to take in. Nobody may ever ask: signalling alone has no streams. */
  #waiting: Exchange[] = []

  /** Takes in what an exchange describes so far; again after each answer. */
  add(exchange: Exchange): void {
    if (this.#waiting.at(-1) !== exchange) this.#waiting.push(exchange)
  }

  /** Forgets what calls have described. */
  release(callIds: ReadonlySet<string>): void {
    const stays = ({ callId }: Exchange): boolean => !callIds.has(callId)
    this.#waiting = this.#waiting.filter(stays)
    for (const known of [this.#known, this.#withoutOffer]) {
      for (const exchange of known.keys()) if (!stays(exchange)) known.delete(exchange)
    }
    for (const ends of [this.#rtp, this.#rtcp, this.#signalledRtp, this.#signalledRtcp]) keepEnds(ends, stays)
    keepEnds(this.#ssrc, stays)
  }

  #takeIn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const exchange of waiting) {
      const known = this.#known.get(exchange)
      this.#known.set(exchange, exchange.answers.length)
      if (!exchange.offerSeen) this.#withoutOffer.add(exchange)
      else if (known === undefined || this.#withoutOffer.delete(exchange))
        this.#describe(exchange, 'offerer', exchange.offer)
      for (const answer of exchange.answers.slice(known ?? 0)) this.#describe(exchange, 'answerer', answer)
    }
  }

  #describe(exchange: Exchange, side: Side, { description, source }: Described): void {
    for (const media of description.media) {
      const end: End = { exchange, index: media.index, side }
      const endpoints = endpointsOf(media)
      for (const endpoint of endpoints.rtp) this.#name(this.#rtp, endpoint, end)
      for (const endpoint of endpoints.rtcp) this.#name(this.#rtcp, endpoint, end)
      if (!isReceivedAt(media, source.address)) {
        const signalled = endpointsAt(media, source.address)
        for (const endpoint of signalled.rtp) this.#name(this.#signalledRtp, endpoint, end)
        for (const endpoint of signalled.rtcp) this.#name(this.#signalledRtcp, endpoint, end)
      }
      for (const ssrc of media.ssrcs) push(this.#ssrc, ssrc ^ UNFORESEEN, end)
    }
  }

  #name(ends: Map<string, DescribedEnds>, endpoint: string, end: End): void {
    this.#ports[Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)) & 0xffff] = 1
    push(ends, endpoint, end)
  }

  /** False where no description so far can name a stream of these ports and this SSRC. */
  mayName(sourcePort: number, destinationPort: number, ssrc: number): boolean {
    if (this.#waiting.length > 0) this.#takeIn()
    return this.#ports[sourcePort] === 1 || this.#ports[destinationPort] === 1 || this.#ssrc.has(ssrc ^ UNFORESEEN)
  }

  /** The stream's place by what names it most surely so far, or nothing where no description does. */
  bind(stream: StreamAddresses): Binding | undefined {
    if (this.#waiting.length > 0) this.#takeIn()
    const { kind, source, destination, ssrc } = stream
    const named = kind === 'rtp' ? this.#rtp : this.#rtcp
    const byAddress = boundBy(BY_ADDRESS, stream, named.get(source), named.get(destination))
    if (byAddress !== undefined) return byAddress
    const signalled = kind === 'rtp' ? this.#signalledRtp : this.#signalledRtcp
    return (
      boundBy(BY_SIGNALLING, stream, signalled.get(source), signalled.get(destination)) ??
      boundBy(BY_SSRC, stream, this.#ssrc.get(ssrc ^ UNFORESEEN))
    )
  }
}

/** Those that name where a stream comes from and where it goes to, and what a match by both, or by one of them, is called. */
interface Named {
  readonly sources: DescribedEnds
  readonly destinations: DescribedEnds
  readonly as: { readonly both: Match; readonly destination: Match; readonly source: Match }
}

const BY_ADDRESS: Named['as'] = { both: 'both', destination: 'destination', source: 'source' }
const BY_SIGNALLING: Named['as'] = {
  both: 'signalled-both',
  destination: 'signalled-one',
  source: 'signalled-one',
}
const BY_SSRC: Named['as'] = { both: 'ssrc', destination: 'ssrc', source: 'ssrc' }

function boundBy(
  as: Named['as'],
  stream: StreamAddresses,
  sources = NO_ENDS,
  destinations = NO_ENDS,
): Binding | undefined {
  const named: Named = { sources, destinations, as }
  const { firstPosition: position } = stream
  const found = matchesOf(named, sources.around(position), destinations.around(position))
  const near = found.every((line) => mayBeOf(line, stream)) ? found : found.filter((line) => mayBeOf(line, stream))
  return near.length === 0 ? undefined : bindingOf(named, near, position)
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

function bindingOf(named: Named, near: readonly BoundLine[], position: number): Binding {
  const { sources, destinations } = named
  if (near.length === 1 && sources.areFew && destinations.areFew) {
    const [line] = near
    // A list that was put together keeps room for more, and most streams have one line.
    return { callId: line.exchange.callId, match: line.match, sender: line.sender, lines: [line] }
  }
  const best = Math.max(...near.map(({ match }) => RANK[match]))
  const fitting = near.filter(({ match }) => RANK[match] === best)
  const { callId, sender, match } = nearestCall(fitting, position)
  // Addresses move within a dialog (a re-INVITE to another port): every line of the call that fits at all counts.
  const lines = ofDialogsThatFit(
    match,
    matchesOf(named, sources.of(callId), destinations.of(callId)).filter(
      (line) => line.sender === sender || line.match === match,
    ),
  )
  lines.sort((a, b) => a.exchange.offer.at.position - b.exchange.offer.at.position || a.exchange.id - b.exchange.id)
  return { callId, match, sender, lines }
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

/** Then a match by where its signalling came from is one by its address, which is surer. */
function isReceivedAt({ connection, rtcp }: MediaDescription, address: string): boolean {
  return connection?.address === address && (rtcp?.address ?? address) === address
}

function keepEnds<K>(map: Map<K, DescribedEnds>, stays: (exchange: Exchange) => boolean): void {
  for (const [key, ends] of map) {
    ends.keep(stays)
    if (ends.length === 0) map.delete(key)
  }
}

function push<K>(map: Map<K, DescribedEnds>, key: K, end: End): void {
  let ends = map.get(key)
  if (ends === undefined) {
    ends = new DescribedEnds()
    map.set(key, ends)
  }
  ends.add(end)
}
