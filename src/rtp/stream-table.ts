import type { Datagram } from '../net/datagram.ts'
import { JITTER_SLOTS } from './clock-rates.ts'
import { MediaKind } from './media-kind.ts'

/**
 * The streams of a trace in shared memory: one record per (kind, source, destination, SSRC), found through an open
 * hash index. Only the holder of the token writes the statistics, only the committer the verdicts, only the main
 * thread the key: no field has two writers at a time. Zero-filled memory is an empty table.
 *
 * Records are handed out in the order of first appearance, so a stream's number does not depend on threads. Memory
 * is reserved for `capacity` streams, but the system backs only the pages that are touched.
 */

/** Float64 fields of a record. */
export const F = {
  FirstPosition: 0,
  LastPosition: 1,
  FirstTimeUs: 2,
  LastTimeUs: 3,
  FirstFrame: 4,
  LastFrame: 5,
  Bytes: 6,
  /** Arrival of the packet that the jitter was last updated with, µs. */
  JitterArrivalUs: 7,
  /** Sum of the gaps between packets that are short enough to be talk, µs. */
  TalkUs: 8,
  /** 1 + the position from which on the packets are left to the second pass; 0 while there is none. Commit turn only. */
  DeferFrom: 9,
  /** The same for a packet that came in IP fragments. Token only. */
  ReassembledFrom: 10,
  /** 1 + the position from which on `I.Key` may no longer be what was agreed; 0 while there is none. Main thread only. */
  KeyUntil: 11,
  Jitter: 12,
  MaxJitter: 12 + JITTER_SLOTS,
} as const

/** How many frame numbers are kept to show. */
export const FRAMES_KEPT = 20

const INT_BASE = (F.MaxJitter + JITTER_SLOTS) * 2

/** Int32 fields of a record. */
export const I = {
  Kind: INT_BASE,
  Ssrc: INT_BASE + 1,
  AddressLength: INT_BASE + 2,
  /** Source port in the upper, destination port in the lower half. */
  Ports: INT_BASE + 3,
  /** 4 words each. */
  SourceAddress: INT_BASE + 4,
  DestinationAddress: INT_BASE + 8,
  FirstCapture: INT_BASE + 12,
  LastCapture: INT_BASE + 13,
  Packets: INT_BASE + 14,
  /** Sequence state (RFC 3550 A.1), relative to the first packet: extended numbers are cycles * 65536 + sequence. */
  BaseSequence: INT_BASE + 15,
  HighestSequence: INT_BASE + 16,
  /** 1 + the sequence number that would confirm a jump; 0 while there is none. */
  JumpTo: INT_BASE + 17,
  /** Packets expected before the last confirmed jump. */
  ExpectedBefore: INT_BASE + 18,
  Duplicates: INT_BASE + 19,
  CaptureDuplicates: INT_BASE + 20,
  Reordered: INT_BASE + 21,
  /** 128 bits, one per payload type seen. */
  PayloadTypes: INT_BASE + 22,
  LastRtpTimestamp: INT_BASE + 26,
  /** 128 bits: which of the sequence numbers up to the highest were seen. */
  SeenWindow: INT_BASE + 27,
  /** Ring of 16 recent packets: sequence number and identity in one word, low word of the arrival in µs in the next. */
  Recent: INT_BASE + 31,
  /** Payload statistics of the first packets, see payload-randomness.ts. */
  Histogram: INT_BASE + 63,
  FirstOctet: INT_BASE + 79,
  FirstOctetSame: INT_BASE + 80,
  Sampled: INT_BASE + 81,
  /** Number in the key table; NO_KEYING where a session without keying names the stream; 0 while nothing is known. Main thread, above the watermark. */
  Key: INT_BASE + 82,
  /** Verdicts of the first pass. */
  Verified: INT_BASE + 83,
  Plain: INT_BASE + 84,
  Cut: INT_BASE + 85,
  FirstRoc: INT_BASE + 86,
  LastRoc: INT_BASE + 87,
  /** Highest packet index that verified, as ROC and sequence number (RFC 3711 §3.3.1). */
  AuthenticatedRoc: INT_BASE + 88,
  AuthenticatedSequence: INT_BASE + 89,
  ShortTags: INT_BASE + 90,
  /** Packets seen while the stream's session had no keying. */
  Unkeyed: INT_BASE + 91,
  /** RTCP packets that are whole compound packets in the clear. */
  PlainLooking: INT_BASE + 92,
  /** The first FRAMES_KEPT frames counted as Plain. */
  PlainFrames: INT_BASE + 93,
} as const

/** `I.Key` of a stream whose session agreed on no keying. */
export const NO_KEYING = -1

const RECORD_WORDS = (I.PlainFrames + FRAMES_KEPT + 7) & ~7
const RECORD_FLOATS = RECORD_WORDS / 2
export const STREAM_RECORD_BYTES = RECORD_WORDS * 4

/** What is looked up; one instance per thread, refilled per packet. Addresses are offsets of 4 or 16 octets in `bytes`. */
export interface StreamKey {
  kind: MediaKind
  ssrc: number
  bytes: Uint8Array
  addressLength: number
  sourceAddressOffset: number
  destinationAddressOffset: number
  sourcePort: number
  destinationPort: number
}

/** A key to be refilled; made once per thread. */
export function emptyStreamKey(): StreamKey {
  return {
    kind: MediaKind.Other,
    ssrc: 0,
    bytes: new Uint8Array(0),
    addressLength: 4,
    sourceAddressOffset: 0,
    destinationAddressOffset: 0,
    sourcePort: 0,
    destinationPort: 0,
  }
}

/** Refills `key` for a media packet of `datagram`. SSRC: RFC 3550 §5.1 for RTP, §6.4.1 for RTCP; the other kinds have none. */
export function streamKey(key: StreamKey, kind: MediaKind, datagram: Datagram): StreamKey {
  const { bytes, offset } = datagram
  key.kind = kind
  key.ssrc = kind === MediaKind.Rtp ? word(bytes, offset + 8) : kind === MediaKind.Rtcp ? word(bytes, offset + 4) : 0
  key.bytes = bytes
  key.addressLength = datagram.addressLength
  key.sourceAddressOffset = datagram.sourceAddressOffset
  key.destinationAddressOffset = datagram.destinationAddressOffset
  key.sourcePort = datagram.sourcePort
  key.destinationPort = datagram.destinationPort
  return key
}

export class StreamTable {
  readonly ints: Int32Array
  readonly floats: Float64Array
  readonly #index: Int32Array
  readonly #mask: number
  readonly #capacity: number
  /** [0] streams in use, [1] packets of streams that found no room. */
  readonly #counts: Int32Array
  readonly #source = new Int32Array(4)
  readonly #destination = new Int32Array(4)

  static byteLength(capacity: number): number {
    return 64 + indexSize(capacity) * 4 + capacity * STREAM_RECORD_BYTES
  }

  constructor(buffer: ArrayBufferLike, byteOffset: number, capacity: number) {
    const size = indexSize(capacity)
    this.#capacity = capacity
    this.#mask = size - 1
    this.#counts = new Int32Array(buffer, byteOffset, 16)
    this.#index = new Int32Array(buffer, byteOffset + 64, size)
    const records = byteOffset + 64 + size * 4
    this.ints = new Int32Array(buffer, records, capacity * RECORD_WORDS)
    this.floats = new Float64Array(buffer, records, capacity * RECORD_FLOATS)
  }

  get count(): number {
    return Atomics.load(this.#counts, 0)
  }

  /** Packets that belonged to no stream because the table was full. */
  get refused(): number {
    return this.#counts[1]
  }

  /** Offset of stream `id`'s record in `ints` and in `floats`. */
  intsAt(id: number): number {
    return id * RECORD_WORDS
  }
  floatsAt(id: number): number {
    return id * RECORD_FLOATS
  }

  /** The stream's number, or -1 where it is not known. */
  find(key: StreamKey): number {
    const slot = this.#slot(key)
    return this.#index[slot] - 1
  }

  /** The stream's number, made where it is new; -1 where the table is full. Under the token only. */
  findOrAdd(key: StreamKey): number {
    const slot = this.#slot(key)
    const known = this.#index[slot]
    if (known !== 0) return known - 1
    const id = this.#counts[0]
    if (id === this.#capacity) {
      this.#counts[1]++
      return -1
    }
    const at = this.intsAt(id)
    const ints = this.ints
    ints[at + I.Kind] = key.kind
    ints[at + I.Ssrc] = key.ssrc
    ints[at + I.AddressLength] = key.addressLength
    ints[at + I.Ports] = (key.sourcePort << 16) | key.destinationPort
    for (let w = 0; w < 4; w++) {
      ints[at + I.SourceAddress + w] = this.#source[w]
      ints[at + I.DestinationAddress + w] = this.#destination[w]
    }
    this.#index[slot] = id + 1
    Atomics.store(this.#counts, 0, id + 1)
    return id
  }

  /** The index slot that holds the key, or the empty one where it belongs. */
  #slot(key: StreamKey): number {
    loadAddress(this.#source, key.bytes, key.sourceAddressOffset, key.addressLength)
    loadAddress(this.#destination, key.bytes, key.destinationAddressOffset, key.addressLength)
    const source = this.#source
    const destination = this.#destination
    const ports = (key.sourcePort << 16) | key.destinationPort
    let hash = mix(key.ssrc ^ Math.imul(key.kind, 0x9e3779b1), ports)
    for (let w = 0; w < 4; w++) hash = mix(mix(hash, source[w]), destination[w])
    const ints = this.ints
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#index[slot]
      if (entry === 0) return slot
      const at = (entry - 1) * RECORD_WORDS
      if (
        ints[at + I.Ssrc] === key.ssrc &&
        ints[at + I.Ports] === ports &&
        ints[at + I.Kind] === key.kind &&
        ints[at + I.SourceAddress] === source[0] &&
        ints[at + I.DestinationAddress] === destination[0] &&
        ints[at + I.AddressLength] === key.addressLength &&
        sameTail(ints, at + I.SourceAddress, source) &&
        sameTail(ints, at + I.DestinationAddress, destination)
      ) {
        return slot
      }
    }
  }
}

/** Twice the capacity, a power of two: probes stay short. */
function indexSize(capacity: number): number {
  let size = 1024
  while (size < capacity * 2) size *= 2
  return size
}

function sameTail(ints: Int32Array, at: number, address: Int32Array): boolean {
  return ints[at + 1] === address[1] && ints[at + 2] === address[2] && ints[at + 3] === address[3]
}

function loadAddress(words: Int32Array, bytes: Uint8Array, offset: number, length: number): void {
  words[0] = word(bytes, offset)
  words[1] = length === 16 ? word(bytes, offset + 4) : 0
  words[2] = length === 16 ? word(bytes, offset + 8) : 0
  words[3] = length === 16 ? word(bytes, offset + 12) : 0
}

function word(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]
}

function mix(hash: number, value: number): number {
  const h = Math.imul(hash ^ value, 0x85ebca6b)
  return h ^ (h >>> 15)
}
