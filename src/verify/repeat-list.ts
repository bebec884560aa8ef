import { addToList } from '../bytes/lists-by-key.ts'
import { LIMITS } from '../limits/limits.ts'
import { F, I } from '../rtp/stream-record.ts'
import type { StreamTable } from '../rtp/stream-table.ts'

/**
 * RTP packets whose sequence number had come before, or that came far behind their successors, in the trace's order; the
 * same packet seen at a second capture point is none. And where a source goes on elsewhere. The kernel adds to it under the token (workers/kernel/lane/repeats.ts).
 */

/** Offsets in octets: of the list's header (entries, and packets that found no room), and in an entry. */
export const RepeatAt = {
  Count: 0,
  Beyond: 4,
  Entries: 64,
  Position: 0,
  Record: 8,
  Frame: 12,
  Capture: 16,
  Behind: 20,
  PayloadType: 22,
} as const
export const REPEAT_BYTES = 24
export const MAX_REPEATS = LIMITS.repeatedPackets.most
/** Octets of the list with its header. */
export const REPEAT_LIST_BYTES = RepeatAt.Entries + MAX_REPEATS * REPEAT_BYTES

/** In the place of a payload type: a packet from which on a source goes on with other numbers, that many behind or (0) ahead. */
export const JUMPED = 0xffff

/** Where a source goes on with other numbers, and does so to its end. */
export interface Renumbering {
  readonly frame: number
  readonly capture: number
  /** How many numbers it goes back, or on; and how many it has come to since, the packet of the frame and one before it included. */
  readonly by: number
  readonly since: number
  /** From the last packet before it, ms. */
  readonly afterMs: number
  /** How often its numbers have wrapped since. */
  readonly wraps: number
}

/** A packet that came again. */
export interface RepeatedPacket {
  readonly position: number
  readonly frame: number
  readonly capture: number
  /** How many numbers it is behind the highest. */
  readonly behind: number
  readonly payloadType: number
}

/** No network holds a packet back so long: one that comes so far behind its successors was sent again. */
const LATE_US = 1_000_000
/** Below this the table tells a late packet from one that came before. */
const SEEN_WINDOW = 128
const NONE: readonly RepeatedPacket[] = []
const NOWHERE = {}
/** Sequence numbers that there are. */
const NUMBERS = 0x10000

export class RepeatList {
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #table: StreamTable
  readonly #ofStream = new Map<number, RepeatedPacket[]>()
  /** Of each stream the last. */
  readonly #jumps = new Map<number, RepeatedPacket>()
  #read = 0

  constructor(buffer: ArrayBufferLike, byteOffset: number, table: StreamTable) {
    this.#words = new Int32Array(buffer, byteOffset, REPEAT_LIST_BYTES / 4)
    this.#floats = new Float64Array(buffer, byteOffset, REPEAT_LIST_BYTES / 8)
    this.#table = table
  }

  /** Packets that found no room. */
  get beyond(): number {
    return this.#words[RepeatAt.Beyond / 4] >>> 0
  }

  /** A stream's repeated packets so far, in their order. */
  of(stream: number): readonly RepeatedPacket[] {
    this.#readOn()
    const all = this.#ofStream.get(stream)
    if (all === undefined) return NONE
    const { ints, floats } = this.#table
    const [i, f] = [this.#table.intsAt(stream), this.#table.floatsAt(stream)]
    const numbers = Math.max(1, ints[i + I.HighestSequence] - ints[i + I.BaseSequence])
    const apartUs = (floats[f + F.LastTimeUs] - floats[f + F.FirstTimeUs]) / numbers
    return all.filter(({ behind }) => behind < SEEN_WINDOW || behind * apartUs >= LATE_US)
  }

  /**
   * Where a stream goes back to its end, or on by more than half of all numbers: the numbers alone do not tell these two apart.
   *
   * @param rollovers how often its rollover counter went on, as its packets verify
   */
  renumberingOf(stream: number, rollovers: number): { readonly back?: Renumbering; readonly on?: Renumbering } {
    this.#readOn()
    const jump = this.#jumps.get(stream)
    if (jump === undefined || jump.behind === 0) return NOWHERE
    const { ints } = this.#table
    const i = this.#table.intsAt(stream)
    const { frame, capture, behind } = jump
    const since = ints[i + I.HighestSequence] - ints[i + I.BaseSequence] + 2
    const wraps = (ints[i + I.HighestSequence] >> 16) - (ints[i + I.BaseSequence] >> 16)
    const place = { frame, capture, since, afterMs: ints[i + I.JumpMs], wraps }
    const counted = ints[i + I.HighestSequence] >> 16
    if (rollovers === counted) return { back: { ...place, by: behind } }
    return rollovers === counted + 1 ? { on: { ...place, by: NUMBERS - behind } } : NOWHERE
  }

  /** Streams have new numbers, or none any more. Nobody else may be at work on the list. */
  compact(moved: Int32Array): void {
    this.#readOn()
    const all = [...this.#ofStream]
    this.#ofStream.clear()
    for (const [stream, packets] of all) if (moved[stream] >= 0) this.#ofStream.set(moved[stream], packets)
    const jumps = [...this.#jumps]
    this.#jumps.clear()
    for (const [stream, jump] of jumps) if (moved[stream] >= 0) this.#jumps.set(moved[stream], jump)
    this.#words[RepeatAt.Count / 4] = 0
    this.#read = 0
  }

  #readOn(): void {
    const count = this.#words[RepeatAt.Count / 4]
    for (; this.#read < count; this.#read++) {
      const at = RepeatAt.Entries + this.#read * REPEAT_BYTES
      const word = (field: number) => this.#words[(at + field) / 4]
      const stream = this.#table.idOf(word(RepeatAt.Record) >>> 0)
      const packet = {
        position: this.#floats[(at + RepeatAt.Position) / 8],
        frame: word(RepeatAt.Frame) >>> 0,
        capture: word(RepeatAt.Capture),
        behind: word(RepeatAt.Behind) & 0xffff,
        payloadType: word(RepeatAt.Behind) >>> 16,
      }
      if (packet.payloadType === JUMPED) {
        this.#jumps.set(stream, packet)
        continue
      }
      addToList(this.#ofStream, stream, packet)
    }
  }
}
