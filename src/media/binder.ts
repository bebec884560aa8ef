import { Remembered } from '../bytes/remembered.ts'
import { UNFORESEEN } from '../bytes/unforeseen.ts'
import type { MediaDescription } from '../sdp/description.ts'
import type { Described, Exchange } from '../sdp/exchange.ts'
import {
  type Binding,
  BY_ADDRESS,
  BY_SIGNALLING,
  BY_SSRC,
  boundBy,
  type SharedLines,
  type StreamAddresses,
} from './binding.ts'
import { DescribedEnds, type End, NO_ENDS } from './described-ends.ts'
import { endpointsAt, endpointsOf, type Side } from './media-line.ts'

/** Lists of lines that are kept at a time. */
const MOST_SHARED = 1024

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
  /**
   * 1 + the position of the latest offer of a session that names a port, or a little more than nothing where another
   * does; 0 where none does: most streams of a flood go to these.
   */
  readonly #ports = new Float64Array(1 << 16)
  /** How many answers of an exchange were taken in; its offer was, where there was one by then. */
  readonly #known = new Map<Exchange, number>()
  /** Those whose offer was not captured by then. */
  readonly #withoutOffer = new Set<Exchange>()
  /** Exchanges that have something new to take in. Nobody may ever ask: signalling alone has no streams. */
  #waiting: Exchange[] = []
  /** Of what is described so far. */
  readonly #shared: SharedLines = new Remembered(MOST_SHARED)

  /** Takes in what an exchange describes so far; again after each answer, and where it was refused. */
  add(exchange: Exchange): void {
    this.#shared.clear()
    if (this.#waiting.at(-1) !== exchange) this.#waiting.push(exchange)
  }

  /** Forgets what calls have described. */
  release(callIds: ReadonlySet<string>): void {
    this.#shared.clear()
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
    const port = Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)) & 0xffff
    const latest = beginsSession(end.exchange) ? 1 + end.exchange.offer.at.position : Number.MIN_VALUE
    this.#ports[port] = Math.max(this.#ports[port], latest)
    push(ends, endpoint, end)
  }

  /** False where no description so far can name a stream of these ports and this SSRC. */
  mayName(sourcePort: number, destinationPort: number, ssrc: number): boolean {
    if (this.#waiting.length > 0) this.#takeIn()
    return this.#ports[sourcePort] > 0 || this.#ports[destinationPort] > 0 || this.#ssrc.has(ssrc ^ UNFORESEEN)
  }

  /** False where no session was offered behind a position of the trace whose addresses can be those of these ports. */
  mayNameSince(sourcePort: number, destinationPort: number, position: number): boolean {
    if (this.#waiting.length > 0) this.#takeIn()
    return this.#ports[sourcePort] > position + 1 || this.#ports[destinationPort] > position + 1
  }

  /** Who names an address of a stream in exchanges whose offers were made while it went on; undefined where they are more than `most`. */
  endsDuring(stream: StreamAddresses, most: number): readonly End[] | undefined {
    if (this.#waiting.length > 0) this.#takeIn()
    const { kind, source, destination, firstPosition, lastPosition } = stream
    const maps = kind === 'rtp' ? [this.#rtp, this.#signalledRtp] : [this.#rtcp, this.#signalledRtcp]
    const found: (readonly End[])[] = []
    let left = most
    for (const named of maps.flatMap((map) => [map.get(source) ?? NO_ENDS, map.get(destination) ?? NO_ENDS])) {
      const ends = named.between(firstPosition, lastPosition, left)
      if (ends === undefined) return undefined
      left -= ends.length
      found.push(ends)
    }
    return found.flat()
  }

  /** The stream's place by what names it most surely so far, or nothing where no description does. */
  bind(stream: StreamAddresses): Binding | undefined {
    if (this.#waiting.length > 0) this.#takeIn()
    const { kind, source, destination, ssrc } = stream
    const named = kind === 'rtp' ? this.#rtp : this.#rtcp
    const byAddress = boundBy(BY_ADDRESS, stream, this.#shared, named.get(source), named.get(destination))
    if (byAddress !== undefined) return byAddress
    const signalled = kind === 'rtp' ? this.#signalledRtp : this.#signalledRtcp
    return (
      boundBy(BY_SIGNALLING, stream, this.#shared, signalled.get(source), signalled.get(destination)) ??
      boundBy(BY_SSRC, stream, this.#shared, this.#ssrc.get(ssrc ^ UNFORESEEN))
    )
  }
}

/** Not within a dialog; one that was refused has no media. */
export function beginsSession({ offerSeen, previous, continuesUnseen, state }: Exchange): boolean {
  return offerSeen && previous === undefined && continuesUnseen !== true && state !== 'refused'
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
