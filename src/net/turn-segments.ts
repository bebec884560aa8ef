import { LIMITS } from '../limits/limits.ts'
import { type Datagram, emptyDatagram, Payload, TcpFlag } from './datagram.ts'
import { padded } from './stun-message.ts'
import { enterTurn } from './turn.ts'
import { beginsMessage, messageLength, NONE, UNKNOWN } from './turn-messages.ts'
import { TurnStreamAt as At, TurnRoomAt, TurnStreams } from './turn-streams.ts'

/** A message that lies in several segments is kept up to so many octets: no datagram of media is larger. */
const ROOM = LIMITS.turnTcpMessageOctets.most

/**
 * What TURN carries over TCP (RFC 8656 §2.1): messages of STUN and ChannelData one behind the other, both padded to four
 * octets (§12.5), wherever segments begin and end. Segments are taken as they come: of a hole what comes late is read by
 * itself, and the message that it cut is lost. A stream is one of TURN where a segment begins with such a message.
 *
 * All state lies in the caller's shared memory, and zeros are an empty table: threads that decode in turn, never at the
 * same time, share one.
 */
export class TurnSegments {
  static readonly byteLength: number = TurnStreams.byteLength

  /** The datagram that `next` came to; it counts as one that was put together, as several may lie in a record. */
  readonly datagram: Datagram = emptyDatagram()
  readonly #streams: TurnStreams
  readonly #words: Int32Array
  readonly #kept: Uint8Array
  #segment: Datagram = this.datagram
  /** The segment's stream, or -1; where what is kept of it lies. */
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
    this.#streams = new TurnStreams(buffer, byteOffset)
    this.#words = this.#streams.words
    this.#kept = this.#streams.kept
  }

  get dropped(): { readonly turnTcpStreams: number; readonly turnTcpMessageOctets: number } {
    return this.#streams.dropped
  }

  /** Takes a segment of TCP; `next` comes to the datagrams that it makes whole. */
  begin(segment: Datagram): void {
    const { bytes, offset, length, announcedLength, tcpFlags, tcpSequence } = segment
    this.#segment = segment
    this.#at = offset
    this.#end = offset
    this.#stream = -1
    // Most traces have none, and much TCP.
    if (this.#streams.isEmpty && !beginsMessage(bytes, offset, offset + length)) return
    this.#stream = this.#streams.find(segment)
    // RFC 9293 §3.4: the SYN takes a number, and what was before it was another connection.
    if ((tcpFlags & TcpFlag.Syn) !== 0 && this.#stream >= 0) this.#streams.remove(this.#stream)
    if (length === 0 || (tcpFlags & TcpFlag.Syn) !== 0) return
    if (this.#stream < 0) {
      if (!beginsMessage(bytes, offset, offset + length)) return
      this.#stream = this.#streams.make(segment)
    }
    this.#room = this.#streams.roomOf(this.#stream)
    this.#enter(tcpSequence | 0, announcedLength)
  }

  /** Places the segment in its stream. */
  #enter(sequence: number, announced: number): void {
    const { bytes, offset, length } = this.#segment
    const [words, s] = [this.#words, this.#stream]
    this.#streams.touch(s)
    const ahead = (sequence - words[s + At.Next]) | 0
    const end = (sequence + announced) | 0
    if (ahead < 0 && ((end - words[s + At.Next]) | 0) <= 0) {
      if (!this.#fillsHole(sequence, end)) return
      // By itself: what is kept belongs to what came behind the hole.
      words[s + At.HoleFrom] = end
      if (!beginsMessage(bytes, offset, offset + length)) return
      this.#end = offset + length
      this.#segmentAlone = true
      return
    }
    this.#segmentAlone = false
    if (ahead > 0) {
      words[s + At.HoleFrom] = words[s + At.Next]
      words[s + At.HoleTo] = sequence
      this.#loseFrame()
    }
    this.#at = offset + Math.max(0, -ahead)
    this.#end = offset + length
    words[s + At.Next] = end
    if (words[s + At.Lost] === 1) {
      if (!beginsMessage(bytes, this.#at, this.#end)) {
        this.#at = this.#end
        return
      }
      words[s + At.Lost] = 0
    }
    // What the snap length cut off is as good as lost.
    this.#isCut = length < announced
  }

  #fillsHole(sequence: number, end: number): boolean {
    const [words, s] = [this.#words, this.#stream]
    const from = (sequence - words[s + At.HoleFrom]) | 0
    return from >= 0 && ((words[s + At.HoleTo] - end) | 0) >= 0
  }

  #loseFrame(): void {
    const [words, s] = [this.#words, this.#stream]
    words[s + At.Kept] = 0
    words[s + At.Passed] = 0
    words[s + At.Lost] = 1
  }

  /** Comes to the next datagram; false where the segment makes no more of them whole. */
  next(): boolean {
    if (this.#stream < 0) return false
    const [words, s] = [this.#words, this.#stream]
    while (this.#at < this.#end) {
      if (!this.#segmentAlone && words[s + At.Passed] > 0) {
        const passed = Math.min(words[s + At.Passed], this.#end - this.#at)
        words[s + At.Passed] -= passed
        this.#at += passed
      } else if (!this.#segmentAlone && words[s + At.Kept] > 0) {
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
      this.#streams.countTooLong()
      words[s + At.Passed] = padded(length) - present
      return
    }
    this.#kept.set(this.#segment.bytes.subarray(this.#at, this.#end), this.#room + TurnRoomAt.Message)
    words[s + At.Kept] = present
  }

  /** Goes on with the message that is kept, by as much as its length asks for; true where it is whole. */
  #goOn(): boolean {
    const [words, s, kept] = [this.#words, this.#stream, this.#kept]
    const from = this.#room + TurnRoomAt.Message
    const length = messageLength(kept, from, words[s + At.Kept])
    if (length === NONE) {
      this.#at = this.#end
      this.#loseFrame()
      return false
    }
    // Four octets say it of ChannelData, and of STUN whether it is that at all after eight.
    const wanted = length === UNKNOWN ? words[s + At.Kept] + 1 : padded(length)
    if (wanted > ROOM) {
      this.#streams.countTooLong()
      words[s + At.Passed] = wanted - words[s + At.Kept]
      words[s + At.Kept] = 0
      return false
    }
    const taken = Math.min(wanted - words[s + At.Kept], this.#end - this.#at)
    kept.set(this.#segment.bytes.subarray(this.#at, this.#at + taken), from + words[s + At.Kept])
    words[s + At.Kept] += taken
    this.#at += taken
    if (length === UNKNOWN || words[s + At.Kept] < wanted) return false
    words[s + At.Kept] = 0
    this.#hand(kept, from, length, this.#room + TurnRoomAt.Source, this.#room + TurnRoomAt.Destination)
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
}
