import { firstFrom } from '../bytes/first-from.ts'
import type { Exchange } from '../sdp/exchange.ts'
import type { Side } from './media-line.ts'

/** A side of an m= line that names an address. */
export interface End {
  readonly exchange: Exchange
  readonly index: number
  readonly side: Side
}

/** Offers looked at on either side of a moment. A list this long is looked at whole. */
const BEFORE = 64
const AFTER = 16
const MOST_WHOLE = BEFORE + AFTER

const NONE: readonly End[] = []

let made = 0

/**
 * All that name one address, in the order of the offers. Load generators use one pair of ports for thousands of calls, and
 * whoever wants to can name one address in all of them: a stream is then one of the calls around its beginning.
 */
export class DescribedEnds {
  /** Tells lists apart. */
  readonly number = made++
  #ends: readonly End[] = NONE
  /** By Call-ID, where they are many. */
  #ofCall: Map<string, End[]> | undefined

  get length(): number {
    return this.#ends.length
  }

  /** So few that all are looked at, whatever the moment. */
  get areFew(): boolean {
    return this.#ends.length <= MOST_WHOLE
  }

  /** Answers come a little later than the offers after theirs. */
  add(end: End): void {
    const ends = this.#ends as End[]
    const place = placeBehind(ends, end.exchange.id)
    if (this.#ends === NONE) this.#ends = [end]
    else if (place === ends.length) ends.push(end)
    else ends.splice(place, 0, end)
    if (this.#ofCall !== undefined) put(this.#ofCall, end)
  }

  /** Those of the offers around a position of the trace; all where they are few. */
  around(position: number): readonly End[] {
    const ends = this.#ends
    if (this.areFew) return ends
    const now = firstFrom(ends, ({ exchange }) => exchange.offer.at.position > position)
    return ends.slice(Math.max(0, now - BEFORE), now + AFTER)
  }

  /** Those of the offers behind position `from` of the trace and up to `to`; none where they are more than `most`. */
  between(from: number, to: number, most: number): readonly End[] | undefined {
    const behind = (position: number) => firstFrom(this.#ends, ({ exchange }) => exchange.offer.at.position > position)
    const [begin, end] = [behind(from), behind(to)]
    return end - begin > most ? undefined : this.#ends.slice(begin, end)
  }

  /** Whether a side of an exchange's m= line is among them. */
  has(exchange: Exchange, index: number, side: Side): boolean {
    for (let n = placeBehind(this.#ends, exchange.id) - 1; n >= 0; n--) {
      const end = this.#ends[n]
      if (end.exchange.id !== exchange.id) return false
      if (end.index === index && end.side === side) return true
    }
    return false
  }

  /** Those of a call, in the order of the offers too. */
  of(callId: string): readonly End[] {
    if (this.areFew) return this.#ends.filter(({ exchange }) => exchange.callId === callId)
    if (this.#ofCall === undefined) {
      this.#ofCall = new Map()
      for (const end of this.#ends) put(this.#ofCall, end)
    }
    return this.#ofCall.get(callId) ?? NONE
  }

  /** Without those of exchanges that are let go. */
  keep(stays: (exchange: Exchange) => boolean): void {
    this.#ends = this.#ends.filter(({ exchange }) => stays(exchange))
    this.#ofCall = undefined
  }
}

export const NO_ENDS = new DescribedEnds()

function put(ofCall: Map<string, End[]>, end: End): void {
  const known = ofCall.get(end.exchange.callId)
  if (known === undefined) ofCall.set(end.exchange.callId, [end])
  else known.splice(placeBehind(known, end.exchange.id), 0, end)
}

/** Where those of an exchange end. */
function placeBehind(ends: readonly End[], id: number): number {
  return firstFrom(ends, ({ exchange }) => exchange.id > id)
}
