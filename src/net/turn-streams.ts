import { LIMITS } from '../limits/limits.ts'
import type { Datagram } from './datagram.ts'

const STREAMS = LIMITS.turnTcpStreams.most
/** Streams whose place is the same: the one that is silent for longest gives way. */
const WAYS = 4

/** Words of the table: the clock, streams that gave way, and messages that were too long. */
const CLOCK = 0
const GAVE_WAY = 1
const TOO_LONG = 2
const HEADER_WORDS = 4

/** Words of a stream, one direction of a connection. */
export const TurnStreamAt = {
  /** The clock when it was heard last; 0 where there is none. */
  Used: 0,
  /** Sequence number behind its last segment. */
  Next: 1,
  /** The segments that were missing when it was last gone on with: from, to. */
  HoleFrom: 2,
  HoleTo: 3,
  /** Octets that are kept of the message that is not whole. */
  Kept: 4,
  /** Octets still to come of a message that is passed over. */
  Passed: 5,
  /** What comes next is looked at as a stream that begins. */
  Lost: 6,
} as const
/** Address length, ports, both addresses. */
const KEY = 7
const KEY_WORDS = 10
const STREAM_WORDS = KEY + KEY_WORDS
const TABLE_WORDS = HEADER_WORDS + STREAMS * STREAM_WORDS

/** What is kept of a stream: two addresses of up to 16 octets, as a datagram has them, then octets of a message. */
export const TurnRoomAt = { Source: 0, Destination: 16, Message: 32 } as const
const KEPT_OCTETS = TurnRoomAt.Message + LIMITS.turnTcpMessageOctets.most

/**
 * The directions of TCP connections that carry TURN. A stream is named by the offset of its words. All lies in the
 * caller's shared memory, and zeros are an empty table.
 */
export class TurnStreams {
  static readonly byteLength: number = Math.ceil((TABLE_WORDS * 4 + STREAMS * KEPT_OCTETS) / 8) * 8

  readonly words: Int32Array
  readonly kept: Uint8Array
  readonly #key = new Int32Array(KEY_WORDS)

  /** @param byteOffset a multiple of 8; `TurnStreams.byteLength` octets from there belong to the table */
  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.words = new Int32Array(buffer, byteOffset, TABLE_WORDS)
    this.kept = new Uint8Array(buffer, byteOffset + TABLE_WORDS * 4, STREAMS * KEPT_OCTETS)
  }

  /** There was none yet. */
  get isEmpty(): boolean {
    return this.words[CLOCK] === 0
  }

  get dropped(): { readonly turnTcpStreams: number; readonly turnTcpMessageOctets: number } {
    return { turnTcpStreams: this.words[GAVE_WAY] >>> 0, turnTcpMessageOctets: this.words[TOO_LONG] >>> 0 }
  }

  countTooLong(): void {
    this.words[TOO_LONG]++
  }

  /** The stream of a segment, or -1. */
  find(segment: Datagram): number {
    this.#readKey(segment)
    const bucket = this.#bucket()
    for (let way = 0; way < WAYS; way++) {
      const s = offsetOf(bucket + way)
      if (this.words[s + TurnStreamAt.Used] !== 0 && this.#hasKey(s)) return s
    }
    return -1
  }

  /** A new stream for the segment that was looked for last, in the place of the one that is silent for longest. */
  make(segment: Datagram): number {
    const { words } = this
    const bucket = this.#bucket()
    let oldest = offsetOf(bucket)
    for (let way = 1; way < WAYS; way++) {
      const s = offsetOf(bucket + way)
      if (words[s + TurnStreamAt.Used] < words[oldest + TurnStreamAt.Used]) oldest = s
    }
    if (words[oldest + TurnStreamAt.Used] !== 0) words[GAVE_WAY]++
    words.fill(0, oldest, oldest + STREAM_WORDS)
    words.set(this.#key, oldest + KEY)
    words[oldest + TurnStreamAt.Next] = segment.tcpSequence | 0
    const room = this.roomOf(oldest)
    const { bytes, addressLength, sourceAddressOffset: from, destinationAddressOffset: to } = segment
    this.kept.set(bytes.subarray(from, from + addressLength), room + TurnRoomAt.Source)
    this.kept.set(bytes.subarray(to, to + addressLength), room + TurnRoomAt.Destination)
    return oldest
  }

  /** A stream was heard. */
  touch(s: number): void {
    this.words[s + TurnStreamAt.Used] = ++this.words[CLOCK]
  }

  remove(s: number): void {
    this.words[s + TurnStreamAt.Used] = 0
  }

  /** Where what is kept of a stream begins in `kept`. */
  roomOf(s: number): number {
    return ((s - HEADER_WORDS) / STREAM_WORDS) * KEPT_OCTETS
  }

  #readKey(segment: Datagram): void {
    const { bytes, addressLength, sourceAddressOffset, destinationAddressOffset } = segment
    const key = this.#key
    key.fill(0)
    key[0] = addressLength
    key[1] = (segment.sourcePort << 16) | segment.destinationPort
    for (let n = 0; n < addressLength; n++) {
      key[2 + (n >> 2)] = (key[2 + (n >> 2)] << 8) | bytes[sourceAddressOffset + n]
      key[6 + (n >> 2)] = (key[6 + (n >> 2)] << 8) | bytes[destinationAddressOffset + n]
    }
  }

  /** Number of the first of the places that a stream may have. */
  #bucket(): number {
    let hash = 0
    for (let n = 0; n < KEY_WORDS; n++) hash = Math.imul(hash ^ this.#key[n] ^ (hash >>> 15), 0x9e3779b1)
    return ((hash >>> 16) % (STREAMS / WAYS)) * WAYS
  }

  #hasKey(s: number): boolean {
    for (let n = 0; n < KEY_WORDS; n++) if (this.words[s + KEY + n] !== this.#key[n]) return false
    return true
  }
}

function offsetOf(number: number): number {
  return HEADER_WORDS + number * STREAM_WORDS
}
