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
import { DescribedEnds, type End } from './described-ends.ts'
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
  /** Ports of all endpoints that were ever described, a mark each: most streams of a flood go to none of them. */
  readonly #ports = new Uint8Array(1 << 16)
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
    const byAddress = boundBy(BY_ADDRESS, stream, this.#shared, named.get(source), named.get(destination))
    if (byAddress !== undefined) return byAddress
    const signalled = kind === 'rtp' ? this.#signalledRtp : this.#signalledRtcp
    return (
      boundBy(BY_SIGNALLING, stream, this.#shared, signalled.get(source), signalled.get(destination)) ??
      boundBy(BY_SSRC, stream, this.#shared, this.#ssrc.get(ssrc ^ UNFORESEEN))
    )
  }
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
