import { LIMITS } from '../limits/limits.ts'
import { TurnPaths } from '../net/turn-paths.ts'
import { I, STREAM_IDENTITY_BYTES, STREAM_RECORD_BYTES } from './stream-record.ts'

export { F, FRAMES_KEPT, I, NO_KEYING } from './stream-record.ts'

/**
 * The streams of a trace in shared memory: one record per (kind, source, destination, SSRC), see stream-record.ts; more of
 * them where these are cut (stream-cuts.ts).
 * Records are handed out in the order of first appearance, so a stream's number does not depend on threads; the kernel
 * finds and adds them through an open hash index. Only the holder of the token writes the statistics, only the
 * committer the verdicts, only the main thread the key: no field has two writers at a time.
 *
 * Memory is reserved for `capacity` streams, but the system backs only the pages that are touched.
 */

/** Offsets in the table's header, of 4-octet words. */
export const TableAt = {
  /** Streams in use. */
  Count: 0,
  /** Packets of streams that found no room. */
  Refused: 4,
  Capacity: 8,
  /** Slots of the index that are in use less one: the kernel doubles them as streams come. */
  Mask: 12,
  /** Addresses in the shared memory. */
  Index: 16,
  Records: 20,
  /** Streams that the trace had so far, those released included. */
  Serial: 28,
  Receivers: 32,
  /** Young streams that a receiver may have, and packets of further ones. */
  MostHeard: 36,
  Crowded: 40,
  /** 1 + the stream that a packet belonged to last; 0 for none. */
  Last: 44,
  /** Addresses of the list of cuts and of the table of the streams that are cut (stream-cuts.ts); 0 where there are none. */
  Cuts: 52,
  CutStreams: 56,
  /** Where the kernel stores what it read of a record for no other reason than to have it at hand. */
  Touched: 48,
  /** One of 8 octets to begin with, and one for each word of the identity. */
  HashKeys: 64,
} as const

const HASH_KEYS = STREAM_IDENTITY_BYTES / 4 + 1
const HEADER_BYTES = 192
/** Of the index and of the receivers. */
const SLOT_BYTES = 4
const RECEIVER_BYTES = 8
const RECORD_WORDS = STREAM_RECORD_BYTES / 4
const RECORD_FLOATS = STREAM_RECORD_BYTES / 8

export class StreamTable {
  /** What the ways through TURN servers stand for that streams take. Main thread only. */
  readonly turn = new TurnPaths()
  readonly ints: Int32Array
  readonly floats: Float64Array
  readonly #header: Int32Array

  static byteLength(capacity: number): number {
    return recordsAt(0, capacity) + capacity * STREAM_RECORD_BYTES
  }

  /** @param byteOffset a multiple of 64, so that records begin with a cache line */
  constructor(buffer: ArrayBufferLike, byteOffset: number, capacity: number) {
    const records = recordsAt(byteOffset, capacity)
    this.#header = new Int32Array(buffer, byteOffset, HEADER_BYTES / 4)
    this.ints = new Int32Array(buffer, records, capacity * RECORD_WORDS)
    this.floats = new Float64Array(buffer, records, capacity * RECORD_FLOATS)
  }

  /**
   * Writes the header of an empty table; the memory must be zeros.
   *
   * @param seed of the hash, any 32 bits: whoever knows it could make streams meet in one slot of the index
   * @param mostHeard young streams of one kind to one address and port
   */
  static initialise(
    buffer: ArrayBufferLike,
    byteOffset: number,
    capacity: number,
    seed: number,
    mostHeard: number = LIMITS.streamsToOnePort.most,
  ): void {
    const header = new Uint32Array(buffer, byteOffset, HEADER_BYTES / 4)
    header[TableAt.Capacity / 4] = capacity
    header[TableAt.Mask / 4] = LEAST_SLOTS - 1
    header[TableAt.Index / 4] = byteOffset + HEADER_BYTES
    header[TableAt.Records / 4] = recordsAt(byteOffset, capacity)
    new BigUint64Array(buffer, byteOffset + TableAt.HashKeys, HASH_KEYS).set(hashKeys(seed))
    header[TableAt.Receivers / 4] = byteOffset + HEADER_BYTES + indexSize(capacity) * SLOT_BYTES
    header[TableAt.MostHeard / 4] = mostHeard
  }

  get count(): number {
    return Atomics.load(this.#header, TableAt.Count / 4)
  }

  /** Packets that belonged to no stream because the table was full. */
  get refused(): number {
    return this.#header[TableAt.Refused / 4]
  }

  /** Packets that belonged to no stream because too many of their kind go to one address and port. */
  get crowded(): number {
    return this.#header[TableAt.Crowded / 4]
  }

  /**
   * Lets go of streams: those that `keeps` names move together in their order. Nobody else may be at work on the table.
   *
   * @param add gives the stream whose record is at an address its place again: the kernel's function
   * @returns for every number that was in use the new one, or -1
   */
  compact(keeps: (id: number) => boolean, add: (record: number) => void): Int32Array {
    const before = this.count
    const serial = this.#header[TableAt.Serial / 4]
    const moved = new Int32Array(before).fill(-1)
    const slots = this.#header[TableAt.Mask / 4] + 1
    new Uint8Array(this.ints.buffer, this.#header[TableAt.Index / 4] >>> 0, slots * SLOT_BYTES).fill(0)
    new Uint8Array(this.ints.buffer, this.#header[TableAt.Receivers / 4] >>> 0, slots * RECEIVER_BYTES).fill(0)
    Atomics.store(this.#header, TableAt.Count / 4, 0)
    let kept = 0
    for (let id = 0; id < before; id++) {
      if (!keeps(id)) continue
      const from = this.intsAt(id)
      const ofStream = this.ints[from + I.Serial]
      add(this.addressOf(id))
      this.ints.copyWithin(this.intsAt(kept), from, from + RECORD_WORDS)
      this.ints[this.intsAt(kept) + I.Serial] = ofStream
      this.ints[this.intsAt(kept) + I.Next] = 0
      moved[id] = kept++
    }
    this.#header[TableAt.Serial / 4] = serial
    this.#header[TableAt.Last / 4] = 0
    this.ints.fill(0, this.intsAt(kept), this.intsAt(before))
    return moved
  }

  /** Offset of stream `id`'s record in `ints` and in `floats`. */
  intsAt(id: number): number {
    return id * RECORD_WORDS
  }
  floatsAt(id: number): number {
    return id * RECORD_FLOATS
  }

  /** Address of stream `id`'s record in the shared memory. */
  addressOf(id: number): number {
    return this.ints.byteOffset + id * STREAM_RECORD_BYTES
  }

  /** The stream whose record is at an address. */
  idOf(address: number): number {
    return (address - this.ints.byteOffset) / STREAM_RECORD_BYTES
  }
}

function recordsAt(byteOffset: number, capacity: number): number {
  return byteOffset + HEADER_BYTES + indexSize(capacity) * (SLOT_BYTES + RECEIVER_BYTES)
}

/** Slots that an empty table begins with. */
const LEAST_SLOTS = 1024

/** Twice the capacity, a power of two: probes stay short. */
function indexSize(capacity: number): number {
  let size = LEAST_SLOTS
  while (size < capacity * 2) size *= 2
  return size
}

/** SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014). */
function hashKeys(seed: number): BigUint64Array {
  let state = BigInt(seed)
  return BigUint64Array.from({ length: HASH_KEYS }, () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let key = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n)
    key = BigInt.asUintN(64, (key ^ (key >> 27n)) * 0x94d049bb133111ebn)
    return key ^ (key >> 31n)
  })
}
