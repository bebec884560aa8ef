import { LIMITS } from '../limits/limits.ts'
import { type Datagram, emptyDatagram, Payload } from './datagram.ts'
import { enterTurn } from './turn.ts'
import { beginsMessage, messageLength, NONE, padded, UNKNOWN } from './turn-messages.ts'

const STREAMS = LIMITS.turnTcpStreams.most
/** Streams whose place is the same: the one that is silent for longest gives way. */
const WAYS = 4
/** A message that lies in several segments is kept up to so many octets: no datagram of media is larger. */
const ROOM = LIMITS.turnTcpMessageOctets.most

/** Words of the table: the clock, streams that gave way, and messages that were too long. */
const CLOCK = 0
const GAVE_WAY = 1
const TOO_LONG = 2
const HEADER_WORDS = 4

/** Words of a stream, one direction of a connection. */
const USED = 0
/** Sequence number behind its last segment. */
const NEXT = 1
/** The segments that were missing when it was last gone on with: from, to. */
const HOLE_FROM = 2
const HOLE_TO = 3
/** Octets that are kept of the message that is not whole. */
const KEPT = 4
/** Octets still to come of a message that is passed over. */
const PASSED = 5
/** What comes next is looked at as a stream that begins. */
const LOST = 6
/** Address length, ports, both addresses. */
const KEY = 7
const KEY_WORDS = 10
const STREAM_WORDS = KEY + KEY_WORDS

const TABLE_WORDS = HEADER_WORDS + STREAMS * STREAM_WORDS
/** What is kept of a stream: two addresses of up to 16 octets, as a datagram has them, then octets of a message. */
const SOURCE_AT = 0
const DESTINATION_AT = 16
const MESSAGE_AT = 32
const KEPT_OCTETS = MESSAGE_AT + ROOM

const SYN = 0x02

/**
 * What TURN carries over TCP (RFC 8656 §2.1): messages of STUN and ChannelData one behind the other, both padded to four
 * octets (§12.5), wherever segments begin and end. Segments are taken as they come: of a hole what comes late is read by
 * itself, and the message that it cut is lost. A stream is one of TURN where a segment begins with such a message.
 *
 * All state lies in the caller's shared memory, and zeros are an empty table: threads that decode in turn, never at the
 * same time, share one.
 */
export class TurnSegments {
  static readonly byteLength = Math.ceil((TABLE_WORDS * 4 + STREAMS * KEPT_OCTETS) / 8) * 8

  /** The datagram that `next` came to; it counts as one that was put together, as several may lie in a record. */
  readonly datagram: Datagram = emptyDatagram()
  readonly #words: Int32Array
  readonly #kept: Uint8Array
  readonly #key = new Int32Array(KEY_WORDS)
  #segment: Datagram = this.datagram
  /** Offset of the segment's stream in the words, or -1; where what is kept of it lies. */
  #stream = -1
  #room = 0
  /** Octets of the segment that are still to be read. */
  #at = 0
  #end = 0
  /** It fills a hole: its messages are those that are whole in it. */
  #segmentAlone = false
  /** The snap length cut it. */
  #isCut = false

  /** @param byteOffset a multiple of 8; `TurnSegments.byteLength` octets from there belong to the table */
  constructor(buffer: SharedArrayBuffer, byteOffset: number) {
    this.#words = new Int32Array(buffer, byteOffset, TABLE_WORDS)
    this.#kept = new Uint8Array(buffer, byteOffset + TABLE_WORDS * 4, STREAMS * KEPT_OCTETS)
  }

  get dropped(): { readonly turnTcpStreams: number; readonly turnTcpMessageOctets: number } {
    return { turnTcpStreams: this.#words[GAVE_WAY] >>> 0, turnTcpMessageOctets: this.#words[TOO_LONG] >>> 0 }
  }

  /** Takes a segment of TCP; `next` comes to the datagrams that it makes whole. */
  begin(segment: Datagram): void {
    const { bytes, offset, length, announcedLength, tcpFlags, tcpSequence } = segment
    this.#segment = segment
    this.#at = offset
    this.#end = offset
    this.#stream = -1
    // Most traces have none, and much TCP.
    if (this.#words[CLOCK] === 0 && !beginsMessage(bytes, offset, offset + length)) return
    this.#readKey(segment)
    const bucket = this.#bucket()
    this.#stream = this.#find(bucket)
    // RFC 9293 §3.4: the SYN takes a number, and what was before it was another connection.
    if ((tcpFlags & SYN) !== 0 && this.#stream >= 0) this.#words[this.#stream + USED] = 0
    if (length === 0 || (tcpFlags & SYN) !== 0) return
    if (this.#stream < 0) {
      if (!beginsMessage(bytes, offset, offset + length)) return
      this.#stream = this.#make(bucket, segment)
    } else this.#room = this.#roomOf(this.#stream)
    this.#enter(tcpSequence | 0, announcedLength)
  }

  /** Places the segment in its stream. */
  #enter(sequence: number, announced: number): void {
    const { bytes, offset, length } = this.#segment
    const [words, s] = [this.#words, this.#stream]
    words[s + USED] = ++words[CLOCK]
    const ahead = (sequence - words[s + NEXT]) | 0
    const end = (sequence + announced) | 0
    if (ahead < 0 && ((end - words[s + NEXT]) | 0) <= 0) {
      if (!this.#fillsHole(sequence, end)) return
      // By itself: what is kept belongs to what came behind the hole.
      words[s + HOLE_FROM] = end
      if (!beginsMessage(bytes, offset, offset + length)) return
      this.#end = offset + length
      this.#segmentAlone = true
      return
    }
    this.#segmentAlone = false
    if (ahead > 0) {
      words[s + HOLE_FROM] = words[s + NEXT]
      words[s + HOLE_TO] = sequence
      this.#loseFrame()
    }
    this.#at = offset + Math.max(0, -ahead)
    this.#end = offset + length
    words[s + NEXT] = end
    if (words[s + LOST] === 1) {
      if (!beginsMessage(bytes, this.#at, this.#end)) {
        this.#at = this.#end
        return
      }
      words[s + LOST] = 0
    }
    // What the snap length cut off is as good as lost.
    this.#isCut = length < announced
  }

  #fillsHole(sequence: number, end: number): boolean {
    const [words, s] = [this.#words, this.#stream]
    const from = (sequence - words[s + HOLE_FROM]) | 0
    return from >= 0 && ((words[s + HOLE_TO] - end) | 0) >= 0
  }

  #loseFrame(): void {
    const [words, s] = [this.#words, this.#stream]
    words[s + KEPT] = 0
    words[s + PASSED] = 0
    words[s + LOST] = 1
  }

  /** Comes to the next datagram; false where the segment makes no more of them whole. */
  next(): boolean {
    if (this.#stream < 0) return false
    const [words, s] = [this.#words, this.#stream]
    while (this.#at < this.#end) {
      if (!this.#segmentAlone && words[s + PASSED] > 0) {
        const passed = Math.min(words[s + PASSED], this.#end - this.#at)
        words[s + PASSED] -= passed
        this.#at += passed
      } else if (!this.#segmentAlone && words[s + KEPT] > 0) {
        if (this.#goOn()) return true
      } else if (this.#whole()) return true
    }
    if (this.#isCut && !this.#segmentAlone) this.#loseFrame()
    this.#isCut = false
    return false
  }

  /** A message that begins in the segment: true where it is whole, else it is kept, passed over, or none. */
  #whole(): boolean {
    const { bytes } = this.#segment
    const present = this.#end - this.#at
    const length = messageLength(bytes, this.#at, present)
    if (length === NONE) {
      this.#at = this.#end
      if (!this.#segmentAlone) this.#loseFrame()
      return false
    }
    if (length !== UNKNOWN && padded(length) <= present) {
      this.#hand(bytes, this.#at, length, this.#segment.sourceAddressOffset, this.#segment.destinationAddressOffset)
      this.#at += padded(length)
      return true
    }
    if (!this.#segmentAlone) this.#keep(length)
    this.#at = this.#end
    return false
  }

  /** Keeps the beginning of a message whose end is not there. */
  #keep(length: number): void {
    const [words, s] = [this.#words, this.#stream]
    const present = this.#end - this.#at
    if (length !== UNKNOWN && padded(length) > ROOM) {
      words[TOO_LONG]++
      words[s + PASSED] = padded(length) - present
      return
    }
    this.#kept.set(this.#segment.bytes.subarray(this.#at, this.#end), this.#room + MESSAGE_AT)
    words[s + KEPT] = present
  }

  /** Goes on with the message that is kept, by as much as its length asks for; true where it is whole. */
  #goOn(): boolean {
    const [words, s, kept] = [this.#words, this.#stream, this.#kept]
    const from = this.#room + MESSAGE_AT
    const length = messageLength(kept, from, words[s + KEPT])
    if (length === NONE) {
      this.#at = this.#end
      this.#loseFrame()
      return false
    }
    // Four octets say it of ChannelData, and of STUN whether it is that at all after eight.
    const wanted = length === UNKNOWN ? words[s + KEPT] + 1 : padded(length)
    if (wanted > ROOM) {
      words[TOO_LONG]++
      words[s + PASSED] = wanted - words[s + KEPT]
      words[s + KEPT] = 0
      return false
    }
    const taken = Math.min(wanted - words[s + KEPT], this.#end - this.#at)
    kept.set(this.#segment.bytes.subarray(this.#at, this.#at + taken), from + words[s + KEPT])
    words[s + KEPT] += taken
    this.#at += taken
    if (length === UNKNOWN || words[s + KEPT] < wanted) return false
    words[s + KEPT] = 0
    this.#hand(kept, from, length, this.#room + SOURCE_AT, this.#room + DESTINATION_AT)
    return true
  }

  #hand(bytes: Uint8Array, at: number, length: number, source: number, destination: number): void {
    const { datagram } = this
    const segment = this.#segment
    datagram.payload = Payload.Udp
    datagram.decode = segment.decode
    datagram.bytes = bytes
    datagram.reassembled = true
    datagram.addressLength = segment.addressLength
    datagram.sourceAddressOffset = source
    datagram.destinationAddressOffset = destination
    datagram.sourcePort = segment.sourcePort
    datagram.destinationPort = segment.destinationPort
    datagram.offset = at
    datagram.length = length
    datagram.announcedLength = length
    datagram.transportOffset = at
    datagram.ipIdentification = segment.ipIdentification
    datagram.udpChecksum = 0
    enterTurn(datagram)
  }

  #find(bucket: number): number {
    for (let way = 0; way < WAYS; way++) {
      const s = this.#offsetOf(bucket + way)
      if (this.#words[s + USED] !== 0 && this.#hasKey(s)) return s
    }
    return -1
  }

  /** A new stream, in the place of the one that is silent for longest. */
  #make(bucket: number, segment: Datagram): number {
    const words = this.#words
    let oldest = this.#offsetOf(bucket)
    for (let way = 1; way < WAYS; way++) {
      const s = this.#offsetOf(bucket + way)
      if (words[s + USED] < words[oldest + USED]) oldest = s
    }
    if (words[oldest + USED] !== 0) words[GAVE_WAY]++
    words.fill(0, oldest, oldest + STREAM_WORDS)
    words.set(this.#key, oldest + KEY)
    words[oldest + NEXT] = segment.tcpSequence | 0
    this.#room = this.#roomOf(oldest)
    const { bytes, addressLength, sourceAddressOffset: from, destinationAddressOffset: to } = segment
    this.#kept.set(bytes.subarray(from, from + addressLength), this.#room + SOURCE_AT)
    this.#kept.set(bytes.subarray(to, to + addressLength), this.#room + DESTINATION_AT)
    return oldest
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
    for (let n = 0; n < KEY_WORDS; n++) if (this.#words[s + KEY + n] !== this.#key[n]) return false
    return true
  }

  #offsetOf(number: number): number {
    return HEADER_WORDS + number * STREAM_WORDS
  }

  #roomOf(s: number): number {
    return ((s - HEADER_WORDS) / STREAM_WORDS) * KEPT_OCTETS
  }
}
