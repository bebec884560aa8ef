import { JITTER_SLOTS } from './clock-rates.ts'
import { MediaKind } from './media-kind.ts'
import { F, I } from './stream-record.ts'
import type { StreamTable } from './stream-table.ts'

/**
 * What happened to streams when, in steps of a second from a stream's first packet on. A stream whose steps become too
 * many puts them together in pairs: then they are of two seconds, four, and so on. Only where somebody asks for it.
 *
 * Steps lie in chunks of one pool in the shared memory, a list of chunks for each stream (docs/decisions/timelines.md).
 * The kernel writes them under the token (workers/kernel/lane/timelines.ts); here they are read when the trace rests.
 *
 * ```
 *  | header, one chunk (PoolAt) | chunk | chunk | ...
 *  chunk: | TimelineAt, 32 octets | STEPS_A_CHUNK steps (StepAt), 32 octets each |
 * ```
 */

/** Offsets in the pool's header: addresses of the first free chunk, of the first that was never used, chunks left. */
export const PoolAt = { Free: 0, Next: 4, Left: 8, Reserved: 12 } as const

/** Offsets at the head of a chunk; all but `Next` are used in a stream's first. */
export const TimelineAt = {
  /** Address of the next chunk of the stream, or of the next free one; 0 for none. */
  Next: 0,
  /** Address of the step of the last packet, and its number. */
  Current: 4,
  Index: 8,
  /** Steps so far. */
  Count: 12,
  /** A step is of 2 to the power of this seconds. */
  Doublings: 16,
  /** The steps of the last confirmed jump of the sequence number, and of the packet that may have announced one. */
  JumpIndex: 20,
  StrayIndex: 24,
  /** Highest extended sequence number when the last step began. */
  HighestBefore: 28,
} as const

/** Offsets in a step. */
export const StepAt = {
  Packets: 0,
  /** Of RTP: sequence numbers that are missing; a number that comes late after all is taken off where it was missed. */
  Missing: 4,
  /** Of RTCP, in the same place: packets that are whole compound packets in the clear. */
  PlainLooking: 4,
  /** The highest extended sequence number when the step was over. */
  Highest: 8,
  /** Packets cut by the snap length. */
  Cut: 12,
  /** The greatest jitter, u16 in JITTER_UNIT_US, for every slot of clock-rates.ts. */
  Jitter: 16,
} as const

export const STEP_BYTES = 32
export const CHUNK_BYTES = 512
export const STEPS_A_CHUNK = CHUNK_BYTES / STEP_BYTES - 1
/** With 40 chunks; a longer stream has longer steps, and nothing is lost but their fineness. */
export const MOST_STEPS = 40 * STEPS_A_CHUNK
/** Jitter is less than a second (DISCONTINUITY_US of the kernel's jitter.ts): it fits into 16 bits. */
export const JITTER_UNIT_US = 20
const STEP_US = 1e6

/** The steps that a stream's packets fall into: those before the first and behind the last belong to these. */
export interface StepSpan {
  readonly startUs: number
  readonly stepUs: number
  readonly count: number
}

/** The step of a packet. */
export function stepOf({ startUs, stepUs, count }: StepSpan, timeUs: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor((timeUs - startUs) / stepUs)))
}

/** A stream's steps as the first pass counted them. */
export interface CountedSteps {
  readonly packets: Uint32Array
  /** May be below 0: a copy that came very late counts as one more packet (RFC 3550 A.3). */
  readonly missing: Int32Array
  readonly plainLooking: Uint32Array
  readonly cut: Uint32Array
  /** For each slot of clock-rates.ts. */
  readonly jitterUs: readonly Uint32Array[]
}

export class Timelines {
  readonly #table: StreamTable
  readonly #words: Uint32Array
  readonly #halves: Uint16Array

  /** Writes the header of an empty pool; the memory must be zeros. */
  static initialise(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): void {
    const header = new Uint32Array(buffer, byteOffset, CHUNK_BYTES / 4)
    const chunks = Math.floor(byteLength / CHUNK_BYTES) - 1
    header[PoolAt.Next / 4] = byteOffset + CHUNK_BYTES
    header[PoolAt.Left / 4] = chunks
    // A fourth is for the first chunks of streams: long ones do not take the room of those that come later.
    header[PoolAt.Reserved / 4] = Math.floor(chunks / 4)
  }

  constructor(buffer: ArrayBufferLike, table: StreamTable) {
    this.#table = table
    this.#words = new Uint32Array(buffer)
    this.#halves = new Uint16Array(buffer)
  }

  /** RTP and RTCP streams for which no room was left. */
  get streamsWithout(): number {
    let without = 0
    for (let id = 0; id < this.#table.count; id++) {
      const kind = this.#table.ints[this.#table.intsAt(id) + I.Kind]
      if ((kind === MediaKind.Rtp || kind === MediaKind.Rtcp) && this.#headOf(id) === 0) without++
    }
    return without
  }

  /** Nothing where no room was left for the stream. */
  spanOf(stream: number): StepSpan | undefined {
    const head = this.#headOf(stream)
    if (head === 0) return undefined
    return {
      startUs: this.#table.floats[this.#table.floatsAt(stream) + F.FirstTimeUs],
      stepUs: STEP_US * 2 ** this.#words[(head + TimelineAt.Doublings) / 4],
      count: this.#words[(head + TimelineAt.Count) / 4],
    }
  }

  /** Of a stream that has a span. */
  stepsOf(stream: number): CountedSteps {
    const head = this.#headOf(stream)
    const count = this.#words[(head + TimelineAt.Count) / 4]
    const [packets, cut, plainLooking] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)]
    const missing = new Int32Array(count)
    const jitterUs = Array.from({ length: JITTER_SLOTS }, () => new Uint32Array(count))
    for (let chunk = head, n = 0; n < count; chunk = this.#words[(chunk + TimelineAt.Next) / 4]) {
      for (let at = chunk + STEP_BYTES; at < chunk + CHUNK_BYTES && n < count; at += STEP_BYTES, n++) {
        packets[n] = this.#words[(at + StepAt.Packets) / 4]
        missing[n] = this.#words[(at + StepAt.Missing) / 4]
        plainLooking[n] = this.#words[(at + StepAt.PlainLooking) / 4]
        cut[n] = this.#words[(at + StepAt.Cut) / 4]
        for (const [slot, ofSlot] of jitterUs.entries()) {
          ofSlot[n] = this.#halves[(at + StepAt.Jitter) / 2 + slot] * JITTER_UNIT_US
        }
      }
    }
    return { packets, missing, plainLooking, cut, jitterUs }
  }

  #headOf(stream: number): number {
    return this.#table.ints[this.#table.intsAt(stream) + I.Timeline] >>> 0
  }
}
