import { LIMITS } from '../../limits/limits.ts'
import { estimateRoc } from '../../srtp/packet-index.ts'

/** Where a packet stands in the trace. */
export interface PacketPlace {
  readonly position: number
  readonly frame: number
  readonly timeUs: number
}

/**
 * A sender's rollover counter is another than the negotiated state gives (RFC 3711 §3.3.1): from the start (`offset`),
 * because it did not go on when the sequence number wrapped (`not-advanced`), or because it went back (`reset`).
 */
export interface RocChange extends PacketPlace {
  readonly kind: 'offset' | 'not-advanced' | 'reset'
  readonly expected: number
  readonly found: number
  readonly sequence: number
  /** Packets that verified from there on. */
  readonly packets: number
}

/** Half of the sequence numbers: an index that lies further back is no late packet's. */
const HALF = 0x8000
/** An old packet may be sent again; so many in a row are the sender's new state. */
const CONFIRMED_BY = 3
/** So many packets may be missing where the sequence number goes on (RFC 3550 A.1). */
const MAX_DROPOUT = 3000
const MAX_CHANGES = LIMITS.rolloverChanges.most

interface Turn {
  readonly change: Omit<RocChange, 'packets'>
  roc: number
  sequence: number
  packets: number
}

/** The rollover counter of one SSRC, as RFC 3711 §3.3.1 has it: it follows packets that verified, across re-keying. */
export class Rollover {
  #roc = 0
  #highest = -1
  /** What the last packets say if they are the sender's new state. */
  #turn: Turn | undefined
  #changesBeyond = 0
  readonly #changes: { -readonly [K in keyof RocChange]: RocChange[K] }[] = []

  /** @param authenticated the highest index that has verified so far */
  constructor(authenticated?: { readonly roc: number; readonly sequence: number }) {
    if (authenticated === undefined) return
    this.#roc = authenticated.roc
    this.#highest = authenticated.sequence
  }

  get roc(): number {
    return this.#roc
  }

  /** Whether any packet has verified yet. */
  get known(): boolean {
    return this.#highest >= 0
  }

  get changes(): readonly RocChange[] {
    return this.#changes
  }

  /** Changes beyond those. */
  get changesBeyond(): number {
    return this.#changesBeyond
  }

  /** What the state gives for a packet; `start` while nothing has verified. */
  expected(sequence: number, start: number): number {
    return this.known ? Math.max(0, estimateRoc(sequence, this.#highest, this.#roc)) : start
  }

  /** The counters that a packet is tried under, the likeliest first; -1 stands for none. */
  candidate(n: number, expected: number): number {
    if (n === 0) return expected
    if (n === 1) return expected + 1
    if (n === 2) return expected - 1
    return n === 3 ? 0 : (this.#turn?.roc ?? -1)
  }

  static readonly CANDIDATES = 5

  /** Takes in a packet that verified; true where its index is beyond all before it, so that it is no copy of any. */
  verified(roc: number, sequence: number, start: number, place: PacketPlace): boolean {
    const last = this.#changes.at(-1)
    if (last !== undefined) last.packets++
    if (!this.known) {
      if (roc !== start) this.#note({ kind: 'offset', expected: start, found: roc, sequence, ...place }, 1)
      this.#moveTo(roc, sequence)
      return true
    }
    const ahead = (roc - this.#roc) * 0x10000 + sequence - this.#highest
    if (ahead >= -HALF) {
      this.#turn = undefined
      if (ahead > 0) this.#moveTo(roc, sequence)
      return ahead > 0
    }
    this.#turnTo(roc, sequence, place)
    return false
  }

  #turnTo(roc: number, sequence: number, place: PacketPlace): void {
    const turn = this.#turn
    if (turn === undefined || turn.roc !== roc || sequence <= turn.sequence || sequence - turn.sequence > HALF) {
      const expected = this.expected(sequence, 0)
      const goesOn = ((sequence - this.#highest) & 0xffff) <= MAX_DROPOUT
      const kind = goesOn && roc === this.#roc && expected === roc + 1 ? 'not-advanced' : 'reset'
      this.#turn = { change: { kind, expected, found: roc, sequence, ...place }, roc, sequence, packets: 1 }
      return
    }
    turn.sequence = sequence
    if (++turn.packets < CONFIRMED_BY) return
    this.#note(turn.change, turn.packets)
    this.#moveTo(roc, sequence)
    this.#turn = undefined
  }

  #note(change: Omit<RocChange, 'packets'>, packets: number): void {
    if (this.#changes.length < MAX_CHANGES) this.#changes.push({ ...change, packets })
    else this.#changesBeyond++
  }

  #moveTo(roc: number, sequence: number): void {
    this.#roc = roc
    this.#highest = sequence
  }
}
