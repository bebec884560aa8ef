import type { Described, Exchange } from '../sdp/exchange.ts'
import { endpointsAt, endpointsOf, type Side } from './media-line.ts'

/** What is asked about: one direction of media as it was seen. */
export interface StreamAddresses {
  readonly kind: 'rtp' | 'rtcp'
  /** `formatEndpoint` texts. */
  readonly source: string
  readonly destination: string
  readonly ssrc: number
  readonly firstPosition: number
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

interface End {
  readonly exchange: Exchange
  readonly index: number
  readonly side: Side
}

const RANK: Readonly<Record<Match, number>> = {
  both: 5,
  destination: 4,
  source: 3,
  'signalled-both': 2,
  'signalled-one': 1,
  ssrc: 0,
}
const NO_ENDS: readonly End[] = []

/**
 * Finds the description that owns a flow. Both endpoints of a description bind before one of them does; a media source
 * may match no SDP address (NAT, symmetric RTP), so the destination alone binds too; then the source alone (the peer
 * answers to where the packets came from), then the described ports at the addresses of the signalling, then a=ssrc
 * (RFC 5576).
 */
export class Binder {
  readonly #rtp = new Map<string, End[]>()
  readonly #rtcp = new Map<string, End[]>()
  readonly #signalledRtp = new Map<string, End[]>()
  readonly #signalledRtcp = new Map<string, End[]>()
  readonly #ssrc = new Map<number, End[]>()
  /** Ports of all endpoints that were ever described, a mark each: most streams of a flood go to none of them. */
  readonly #ports = new Uint8Array(1 << 16)
  /** How many answers of an exchange were taken in; its offer was. */
  readonly #answersKnown = new Map<Exchange, number>()
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
    for (const exchange of this.#answersKnown.keys()) if (!stays(exchange)) this.#answersKnown.delete(exchange)
    for (const ends of [this.#rtp, this.#rtcp, this.#signalledRtp, this.#signalledRtcp]) keepEnds(ends, stays)
    keepEnds(this.#ssrc, stays)
  }

  #takeIn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const exchange of waiting) {
      const known = this.#answersKnown.get(exchange)
      this.#answersKnown.set(exchange, exchange.answers.length)
      if (known === undefined) this.#describe(exchange, 'offerer', exchange.offer)
      for (const answer of exchange.answers.slice(known ?? 0)) this.#describe(exchange, 'answerer', answer)
    }
  }

  #describe(exchange: Exchange, side: Side, { description, source }: Described): void {
    for (const media of description.media) {
      const end: End = { exchange, index: media.index, side }
      const endpoints = endpointsOf(media)
      for (const endpoint of endpoints.rtp) this.#name(this.#rtp, endpoint, end)
      for (const endpoint of endpoints.rtcp) this.#name(this.#rtcp, endpoint, end)
      const signalled = endpointsAt(media, source.address)
      for (const endpoint of signalled.rtp) this.#name(this.#signalledRtp, endpoint, end)
      for (const endpoint of signalled.rtcp) this.#name(this.#signalledRtcp, endpoint, end)
      for (const ssrc of media.ssrcs) push(this.#ssrc, ssrc, end)
    }
  }

  #name(ends: Map<string, End[]>, endpoint: string, end: End): void {
    this.#ports[Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)) & 0xffff] = 1
    push(ends, endpoint, end)
  }

  /** False where no description so far can name a stream of these ports and this SSRC. */
  mayName(sourcePort: number, destinationPort: number, ssrc: number): boolean {
    if (this.#waiting.length > 0) this.#takeIn()
    return this.#ports[sourcePort] === 1 || this.#ports[destinationPort] === 1 || this.#ssrc.has(ssrc)
  }

  /** The stream's place by what is known so far, or nothing where no description names it. */
  bind(stream: StreamAddresses): Binding | undefined {
    if (this.#waiting.length > 0) this.#takeIn()
    const lines = this.#candidates(stream)
    const best = lines.reduce((rank, line) => Math.max(rank, RANK[line.match]), -1)
    if (best < 0) return undefined
    const fitting = lines.filter((line) => RANK[line.match] === best)
    const callId = nearestCall(fitting, stream.firstPosition)
    // Addresses move within a call (a re-INVITE to another port): every line of the call that fits at all counts.
    const ofCall = lines.filter((line) => line.exchange.callId === callId)
    const sender = fitting.find((line) => line.exchange.callId === callId)?.sender ?? 'offerer'
    ofCall.sort((a, b) => a.exchange.offer.at.position - b.exchange.offer.at.position || a.exchange.id - b.exchange.id)
    const match = fitting[0].match
    return { callId, match, sender, lines: ofCall.filter((line) => line.sender === sender || line.match === match) }
  }

  #candidates(stream: StreamAddresses): BoundLine[] {
    const isRtp = stream.kind === 'rtp'
    const described = byAddress(isRtp ? this.#rtp : this.#rtcp, stream, ['both', 'destination', 'source'])
    if (described.length > 0) return described
    const names: AddressMatches = ['signalled-both', 'signalled-one', 'signalled-one']
    const signalled = byAddress(isRtp ? this.#signalledRtp : this.#signalledRtcp, stream, names)
    if (signalled.length > 0) return signalled
    const ends = this.#ssrc.get(stream.ssrc) ?? NO_ENDS
    return ends.map(({ exchange, index, side }) => ({ exchange, index, sender: side, match: 'ssrc' }))
  }
}

/** What a match by both addresses, by the destination alone and by the source alone is called. */
type AddressMatches = readonly [both: Match, destination: Match, source: Match]

function byAddress(ends: Map<string, End[]>, stream: StreamAddresses, names: AddressMatches): BoundLine[] {
  const found = new Map<string, BoundLine>()
  const sources = ends.get(stream.source) ?? NO_ENDS
  // Load generators use one pair of ports for thousands of calls: no search of one list per end of the other.
  const sends = new Set(sources.map(({ exchange, index, side }) => `${exchange.id} ${index} ${side}`))
  for (const { exchange, index, side } of ends.get(stream.destination) ?? NO_ENDS) {
    const sender = other(side)
    const both = sends.has(`${exchange.id} ${index} ${sender}`)
    keep(found, { exchange, index, sender, match: both ? names[0] : names[1] })
  }
  for (const { exchange, index, side } of sources) keep(found, { exchange, index, sender: side, match: names[2] })
  return [...found.values()]
}

function keep(found: Map<string, BoundLine>, line: BoundLine): void {
  const identity = `${line.exchange.id} ${line.index}`
  const known = found.get(identity)
  if (known === undefined || RANK[line.match] > RANK[known.match]) found.set(identity, line)
}

/** The call whose offer came last before the stream began, else the first one after: ports are used again. */
function nearestCall(lines: readonly BoundLine[], position: number): string {
  let before: BoundLine | undefined
  let after: BoundLine | undefined
  for (const line of lines) {
    const at = line.exchange.offer.at.position
    if (at <= position) {
      if (before === undefined || at > before.exchange.offer.at.position) before = line
    } else if (after === undefined || at < after.exchange.offer.at.position) after = line
  }
  return ((before ?? after) as BoundLine).exchange.callId
}

function other(side: Side): Side {
  return side === 'offerer' ? 'answerer' : 'offerer'
}

function keepEnds<K>(map: Map<K, End[]>, stays: (exchange: Exchange) => boolean): void {
  for (const [key, ends] of map) {
    const kept = ends.filter(({ exchange }) => stays(exchange))
    if (kept.length === 0) map.delete(key)
    else if (kept.length < ends.length) map.set(key, kept)
  }
}

function push<K>(map: Map<K, End[]>, key: K, end: End): void {
  const ends = map.get(key)
  if (ends === undefined) map.set(key, [end])
  else ends.push(end)
}
