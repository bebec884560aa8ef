import { LIMITS } from '../limits/limits.ts'
import { Decode } from './datagram.ts'
import { FACTS, Fact, type FragmentFacts, readFacts } from './fragment-facts.ts'
import { FragmentPieces, PIECES_PER_DATAGRAM } from './fragment-pieces.ts'
import { Layer, type LayerCursor, type Next } from './layer.ts'

export type { FragmentFacts }

const DATAGRAMS = LIMITS.fragmentedDatagrams.most
const BUCKETS = 2048
/** RFC 8200 §4.5 lets a receiver wait 60 s, RFC 791 §3.2 proposes 15 s, Linux waits 30 s. */
const TIMEOUT_SECONDS = LIMITS.fragmentSeconds.most
/** What an IP datagram can hold (RFC 791 §3.1, RFC 8200 §4.5). */
const MAX_OCTETS = 65_535

/** Words of the table: the chain of free entries, entries ever used, oldest and newest entry. */
const FREE = 0
const USED = 1
const OLDEST = 2
const NEWEST = 3
const HEADER_WORDS = 4

/** Words of an entry, one unfinished datagram. Entries and pieces are named by index + 1: 0 means none. */
const CHAIN = 0
const OLDER = 1
const NEWER = 2
const BUCKET = 3
const FIRST_SECONDS = 4
const HEAD = 5
const TAIL = 6
const PIECE_COUNT = 7
const RECEIVED = 8
/** Octets of the whole datagram, known from its last fragment. */
const TOTAL = 9
/** Protocol of the first fragment + 1. */
const FIRST_PROTOCOL = 10
/** The key: address length, identification, protocol (IPv4 only), segment, both addresses. */
const KEY = 11
const KEY_WORDS = 12
const ENTRY_WORDS = KEY + KEY_WORDS

const TABLE_WORDS = HEADER_WORDS + BUCKETS + DATAGRAMS * ENTRY_WORDS

/** What the whole datagram looks like in the region: two addresses of up to 16 octets, then its payload. */
const SOURCE_AT = 0
const DESTINATION_AT = 16
const PAYLOAD_AT = 32
const WHOLE_OCTETS = PAYLOAD_AT + MAX_OCTETS + 1

/**
 * Reassembly of IPv4 (RFC 791 §3.2, RFC 815) and IPv6 (RFC 8200 §4.5) datagrams under fixed bounds. Where fragments
 * overlap, the octets that came first count. When room is short the oldest datagram is given up.
 *
 * All state lives in the caller's shared memory, and zero-filled memory is an empty table: threads that decode in turn,
 * never at the same time, share one.
 */
export class FragmentTable {
  static readonly byteLength =
    Math.ceil((FACTS * 8 + TABLE_WORDS * 4 + WHOLE_OCTETS + FragmentPieces.byteLength) / 8) * 8

  private readonly facts: Float64Array
  private readonly words: Int32Array
  private readonly whole: Uint8Array
  private readonly pieces: FragmentPieces
  private readonly key = new Int32Array(KEY_WORDS)

  /** @param byteOffset a multiple of 8; `FragmentTable.byteLength` octets from there belong to the table */
  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.facts = new Float64Array(buffer, byteOffset, FACTS)
    let offset = byteOffset + FACTS * 8
    this.words = new Int32Array(buffer, offset, TABLE_WORDS)
    offset += TABLE_WORDS * 4
    this.whole = new Uint8Array(buffer, offset, WHOLE_OCTETS)
    this.pieces = new FragmentPieces(buffer, offset + WHOLE_OCTETS)
  }

  readFragmentFacts(): FragmentFacts {
    return readFacts(this.facts)
  }

  /**
   * Takes the fragment at the cursor, whose addresses stand in `cursor.datagram`. Where it makes its datagram whole,
   * the cursor goes on in the table's memory, which keeps it until the next whole datagram.
   */
  take(cursor: LayerCursor, start: number, more: boolean): Next {
    const { words, facts } = this
    const length = cursor.end - cursor.offset
    const stop = start + length
    facts[Fact.Fragments]++
    // RFC 791 §3.1, RFC 8200 §4.5: all but the last come in units of eight octets.
    if ((more && (length === 0 || (length & 7) !== 0)) || stop > MAX_OCTETS) return this.refuse()
    this.expire(cursor.seconds)
    const entry = this.find(cursor)
    const at = this.at(entry)
    const total = words[at + TOTAL]
    if (total !== 0 && (more ? stop > total : stop !== total)) return this.refuse()
    if (!more && total === 0) {
      const tail = words[at + TAIL]
      if (tail !== 0 && this.pieces.stop(tail) > stop) return this.refuse()
      words[at + TOTAL] = stop
    }
    // RFC 8200 §4.5: the protocol is that of the first fragment.
    if (start === 0 && words[at + FIRST_PROTOCOL] === 0) words[at + FIRST_PROTOCOL] = cursor.protocol + 1
    const received = words[at + RECEIVED]
    if (!this.store(entry, cursor, start, stop)) {
      this.abandon(entry, Fact.InTooManyPieces)
      return Decode.Fragment
    }
    if (words[at + RECEIVED] === received && length > 0) facts[Fact.Repeated]++
    return words[at + RECEIVED] === words[at + TOTAL] ? this.deliver(entry, cursor) : Decode.Fragment
  }

  private refuse(): Next {
    this.facts[Fact.Malformed]++
    return Decode.Malformed
  }

  /** Stores the octets that are not there yet; false where the datagram has come to too many pieces. */
  private store(entry: number, cursor: LayerCursor, start: number, stop: number): boolean {
    const { words, pieces } = this
    const at = this.at(entry)
    let previous = 0
    let next = words[at + HEAD]
    const tail = words[at + TAIL]
    if (tail !== 0 && pieces.stop(tail) <= start) {
      previous = tail
      next = 0
    }
    let here = start
    while (here < stop) {
      if (next !== 0 && pieces.start(next) <= here) {
        here = Math.max(here, pieces.stop(next))
        previous = next
        next = pieces.next(next)
        continue
      }
      if (words[at + PIECE_COUNT] === PIECES_PER_DATAGRAM) return false
      if (pieces.exhausted) this.evictBut(entry)
      const gapEnd = next === 0 ? stop : Math.min(stop, pieces.start(next))
      const piece = pieces.insert(previous, next, cursor.bytes, cursor.offset + here - start, here, gapEnd)
      if (previous === 0) words[at + HEAD] = piece
      if (next === 0) words[at + TAIL] = piece
      words[at + PIECE_COUNT]++
      words[at + RECEIVED] += pieces.stop(piece) - here
      here = pieces.stop(piece)
      previous = piece
    }
    return true
  }

  private deliver(entry: number, cursor: LayerCursor): Next {
    const { words, whole } = this
    const { datagram, bytes } = cursor
    const at = this.at(entry)
    // The addresses first: the fragment may itself lie in the whole datagram that the tunnel around it made.
    for (let i = 0; i < datagram.addressLength; i++) {
      whole[SOURCE_AT + i] = bytes[datagram.sourceAddressOffset + i]
      whole[DESTINATION_AT + i] = bytes[datagram.destinationAddressOffset + i]
    }
    this.pieces.gather(words[at + HEAD], whole, PAYLOAD_AT)
    datagram.bytes = whole
    datagram.reassembled = true
    datagram.sourceAddressOffset = SOURCE_AT
    datagram.destinationAddressOffset = DESTINATION_AT
    cursor.bytes = whole
    cursor.offset = PAYLOAD_AT
    cursor.end = PAYLOAD_AT + words[at + TOTAL]
    cursor.announcedEnd = cursor.end
    cursor.protocol = words[at + FIRST_PROTOCOL] - 1
    this.abandon(entry, Fact.Reassembled)
    return Layer.IpProtocol
  }

  /** The entry of the cursor's datagram, made where there is none. */
  private find(cursor: LayerCursor): number {
    const { words } = this
    const bucket = HEADER_WORDS + this.readKey(cursor)
    for (let entry = words[bucket]; entry !== 0; entry = words[this.at(entry) + CHAIN]) {
      if (this.hasKey(entry)) return entry
    }
    if (words[FREE] === 0 && words[USED] === DATAGRAMS) this.abandon(words[OLDEST], Fact.Evicted)
    let entry = words[FREE]
    if (entry !== 0) words[FREE] = words[this.at(entry) + CHAIN]
    else entry = ++words[USED]
    const at = this.at(entry)
    for (let i = HEAD; i < KEY; i++) words[at + i] = 0
    for (let i = 0; i < KEY_WORDS; i++) words[at + KEY + i] = this.key[i]
    words[at + CHAIN] = words[bucket]
    words[at + BUCKET] = bucket
    words[bucket] = entry
    words[at + FIRST_SECONDS] = cursor.seconds
    words[at + OLDER] = words[NEWEST]
    words[at + NEWER] = 0
    if (words[NEWEST] !== 0) words[this.at(words[NEWEST]) + NEWER] = entry
    else words[OLDEST] = entry
    words[NEWEST] = entry
    this.facts[Fact.Pending]++
    return entry
  }

  /** Fills `key` for the cursor's fragment and returns its bucket. */
  private readKey(cursor: LayerCursor): number {
    const { key } = this
    const { bytes, datagram } = cursor
    const { addressLength } = datagram
    key.fill(0)
    key[0] = addressLength
    key[1] = cursor.identification
    key[2] = addressLength === 4 ? cursor.protocol : 0
    key[3] = cursor.segment
    for (let i = 0; i < addressLength; i++) {
      key[4 + (i >> 2)] = (key[4 + (i >> 2)] << 8) | bytes[datagram.sourceAddressOffset + i]
      key[8 + (i >> 2)] = (key[8 + (i >> 2)] << 8) | bytes[datagram.destinationAddressOffset + i]
    }
    let hash = 0
    for (let i = 0; i < KEY_WORDS; i++) hash = Math.imul(hash ^ key[i] ^ (hash >>> 15), 0x9e3779b1)
    return (hash >>> 16) & (BUCKETS - 1)
  }

  private hasKey(entry: number): boolean {
    const at = this.at(entry) + KEY
    for (let i = 0; i < KEY_WORDS; i++) if (this.words[at + i] !== this.key[i]) return false
    return true
  }

  private expire(seconds: number): void {
    const { words } = this
    while (words[OLDEST] !== 0 && ((seconds - words[this.at(words[OLDEST]) + FIRST_SECONDS]) | 0) > TIMEOUT_SECONDS) {
      this.abandon(words[OLDEST], Fact.Expired)
    }
  }

  /** Gives up the oldest datagram other than `entry`. There is one: no datagram may hold all pieces. */
  private evictBut(entry: number): void {
    const oldest = this.words[OLDEST]
    this.abandon(oldest === entry ? this.words[this.at(entry) + NEWER] : oldest, Fact.OutOfRoom)
  }

  /** Takes an entry out of the table and counts why. */
  private abandon(entry: number, fact: number): void {
    const { words } = this
    const at = this.at(entry)
    const older = words[at + OLDER]
    const newer = words[at + NEWER]
    if (older !== 0) words[this.at(older) + NEWER] = newer
    else words[OLDEST] = newer
    if (newer !== 0) words[this.at(newer) + OLDER] = older
    else words[NEWEST] = older
    const bucket = words[at + BUCKET]
    let link = bucket
    while (words[link] !== entry) link = this.at(words[link]) + CHAIN
    words[link] = words[at + CHAIN]
    this.pieces.release(words[at + HEAD], words[at + TAIL])
    words[at + CHAIN] = words[FREE]
    words[FREE] = entry
    this.facts[fact]++
    this.facts[Fact.Pending]--
  }

  private at(entry: number): number {
    return HEADER_WORDS + BUCKETS + (entry - 1) * ENTRY_WORDS
  }
}
