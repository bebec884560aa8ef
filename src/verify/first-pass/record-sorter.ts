import { type RecordCursor, TLS_KEY_LOG } from '../../capture/record.ts'
import { emptySpilledPacket, type SpilledPacket, type SpillWriter } from '../../capture/spill-file.ts'
import { microsecondsOf } from '../../capture/walker-state.ts'
import { type Datagram, Payload, TcpFlag } from '../../net/datagram.ts'
import { FrameDecoder } from '../../net/decode.ts'
import { FragmentTable } from '../../net/fragments.ts'
import { mayBeSip } from '../../net/text-signature.ts'
import { NO_RELAY, OF_INDICATION, saysOfTurn } from '../../net/turn.ts'
import { TurnSegments } from '../../net/turn-segments.ts'
import { isDtlsHandshake, isOpenSrtcp, isPlainRtcp, MediaKind, mediaKind } from '../../rtp/media-kind.ts'
import { noteSrtcpIndex } from '../../rtp/srtcp-indexes.ts'
import { F, I, type StreamTable } from '../../rtp/stream-table.ts'
import { StepAt } from '../../rtp/timelines.ts'
import { C, CF, type Control } from '../control.ts'
import type { Kernel } from '../kernel.ts'
import type { Lane } from '../lane.ts'
import type { Layout } from '../shared-memory.ts'
import { D, S, type SlabSlots } from '../slab-slots.ts'
import { StreamIndex } from '../stream-index.ts'
import { emptyRingRecord, RingMessage, SignallingRing } from './signalling-ring.ts'

/** A segment of TCP without octets is heard where it has one of these. */
const OPENS_OR_ENDS = TcpFlag.Syn | TcpFlag.Fin | TcpFlag.Rst
/** Octets of a key log that are handed on at a time. */
const KEY_LOG_PART = 16_384

/**
 * Under the token: takes in, in the trace's order, the records that are not the kernel's lane's. Media goes to its
 * stream's statistics and becomes a descriptor; what may be signalling goes to the main thread. Nothing is allocated
 * per record.
 */
export class RecordSorter {
  readonly #control: Control
  readonly #slots: SlabSlots
  readonly #kernel: Kernel
  readonly #lane: Lane
  readonly #index: StreamIndex
  readonly #streams: StreamTable
  readonly #ring: SignallingRing
  readonly #ringFull: (read: number) => void
  readonly #decoder: FrameDecoder
  readonly #turn: TurnSegments
  readonly #reassembled: SpillWriter
  readonly #ringRecord = emptyRingRecord()
  #hasSignalled = false
  readonly #arrival = { position: 0, timeUs: 0, capture: 0, frame: 0 }
  readonly #packet: SpilledPacket = emptySpilledPacket()

  /** @param ringFull called while the signalling ring has no room: reads it, or waits until more was read than `read` octets */
  constructor(
    control: Control,
    buffer: SharedArrayBuffer,
    layout: Layout,
    kernel: Kernel,
    lane: Lane,
    slots: SlabSlots,
    streams: StreamTable,
    reassembled: SpillWriter,
    ringFull: (read: number) => void,
  ) {
    this.#control = control
    this.#slots = slots
    this.#kernel = kernel
    this.#lane = lane
    this.#index = new StreamIndex(kernel, buffer, layout.streams, lane.identityAt)
    this.#streams = streams
    this.#ring = new SignallingRing(control, buffer, layout.ring, layout.ringBytes)
    this.#ringFull = ringFull
    this.#decoder = new FrameDecoder(new FragmentTable(buffer, layout.fragments))
    this.#turn = new TurnSegments(buffer, layout.turn)
    this.#reassembled = reassembled
  }

  /** Takes in the record under the cursor: to a stream, to the signalling, or to a count. */
  take(slab: number, position: number, cursor: RecordCursor): void {
    const decode = this.#decoder.decode(this.#slots.bytes, cursor)
    this.#control.countDecoded(cursor.capture, decode)
    const datagram = this.#decoder.datagram
    const arrival = this.#arrival
    arrival.position = position
    arrival.timeUs = microsecondsOf(cursor)
    arrival.capture = cursor.capture
    arrival.frame = cursor.frame
    this.#control.floats[CF.TimeUs] = arrival.timeUs
    if (datagram.payload === Payload.None) return
    if (datagram.payload === Payload.Icmp) this.#handOn(RingMessage.Icmp, datagram)
    else if (datagram.payload === Payload.Tcp) {
      this.#signal(RingMessage.Segment, datagram)
      this.#turn.begin(datagram)
      while (this.#turn.next()) this.#media(slab, this.#turn.datagram)
    } else if (datagram.relay === NO_RELAY && mayBeSip(datagram.bytes, datagram.offset, datagram.length)) {
      this.#signal(datagram.payload === Payload.Udp ? RingMessage.Datagram : RingMessage.Message, datagram)
    } else if (datagram.payload === Payload.Udp) this.#media(slab, datagram)
  }

  #media(slab: number, datagram: Datagram): void {
    const { bytes, offset, length, announcedLength } = datagram
    const kind = mediaKind(bytes, offset, length, announcedLength)
    if (kind === MediaKind.Other) return
    const isHandshake = kind === MediaKind.Dtls && isDtlsHandshake(bytes, offset)
    const known = this.#streams.count
    const stream = this.#index.findOrAdd(kind, datagram, this.#arrival.position)
    if (kind === MediaKind.Stun && saysOfTurn(datagram)) this.#handOn(RingMessage.Turn, datagram)
    // An indication names its peer: whoever hears of its stream, or of the handshake in it, has to know it.
    if (datagram.relay >= OF_INDICATION && (isHandshake || stream === known))
      this.#handOnWhole(RingMessage.Turn, datagram)
    if (isHandshake) this.#signal(RingMessage.Dtls, datagram)
    if (stream < 0) return
    const { position, timeUs, capture, frame } = this.#arrival
    const record = this.#streams.addressOf(stream)
    if (kind === MediaKind.Rtp) {
      const identity = datagram.ipIdentification !== 0 ? datagram.ipIdentification : datagram.udpChecksum
      const packet = bytes.byteOffset + offset
      const roc = this.#kernel.countRtp(record, position, timeUs, capture, frame, identity, packet, length)
      this.#describe(slab, stream, datagram, roc)
    } else {
      this.#kernel.countPacket(record, position, timeUs, capture, frame, length)
      if (kind !== MediaKind.Rtcp) return
      if (isPlainRtcp(bytes, offset, length)) {
        this.#streams.ints[this.#streams.intsAt(stream) + I.PlainLooking]++
        this.#kernel.noteInStep(record, StepAt.PlainLooking)
      } else {
        const i = this.#streams.intsAt(stream)
        if (isOpenSrtcp(bytes, offset, length)) this.#streams.ints[i + I.OpenControl]++
        if (length === announcedLength) noteSrtcpIndex(this.#streams, i, datagram, this.#arrival)
      }
      this.#describe(slab, stream, datagram, 0)
    }
    if (length < announcedLength) {
      this.#streams.ints[this.#streams.intsAt(stream) + I.Truncated]++
      this.#kernel.noteInStep(record, StepAt.Cut)
    }
  }

  #describe(slab: number, stream: number, datagram: Datagram, roc: number): void {
    if (datagram.reassembled) {
      this.#spillReassembled(stream, datagram)
      return
    }
    const arrival = this.#arrival
    const m = this.#slots.metaAt(slab)
    const d = this.#slots.descriptorAt(slab, this.#lane.addDescriptor())
    const words = this.#slots.descriptors
    words[d + D.Stream] = stream
    words[d + D.Offset] = datagram.offset
    words[d + D.Length] = datagram.length
    words[d + D.Announced] = datagram.announcedLength
    words[d + D.Roc] = roc
    words[d + D.Position] = arrival.position - this.#slots.meta[m + S.FirstPosition]
    words[d + D.Capture] = arrival.capture
    words[d + D.Frame] = arrival.frame
    this.#slots.setTime(d, arrival.timeUs)
  }

  /** A datagram put together, of fragments or for TURN over TCP, lies in no slab: it waits for the second pass, and its stream with it. */
  #spillReassembled(stream: number, datagram: Datagram): void {
    const arrival = this.#arrival
    const packet = this.#packet
    packet.position = arrival.position
    packet.timeUs = arrival.timeUs
    packet.frame = arrival.frame
    packet.capture = arrival.capture
    packet.stream = stream
    packet.announcedLength = datagram.announcedLength
    packet.bytes = datagram.bytes
    packet.offset = datagram.offset
    packet.length = datagram.length
    const f = this.#streams.floatsAt(stream) + F.ReassembledFrom
    if (this.#streams.floats[f] === 0) this.#streams.floats[f] = arrival.position + 1
    this.#reassembled.append(packet)
  }

  #signal(type: number, datagram: Datagram): void {
    if (datagram.length === 0 && (datagram.tcpFlags & OPENS_OR_ENDS) === 0) return
    this.#handOn(type, datagram)
    this.#hasSignalled = true
  }

  /** What keys nothing is no news that packets wait for. */
  #handOn(type: number, datagram: Datagram): void {
    this.#handOnOctets(type, datagram, datagram.offset, datagram.offset + datagram.length)
  }

  /** With what TURN has around what it carries. */
  #handOnWhole(type: number, datagram: Datagram): void {
    this.#handOnOctets(type, datagram, datagram.wholeOffset, datagram.wholeEnd)
  }

  #handOnOctets(type: number, datagram: Datagram, from: number, end: number): void {
    const r = this.#ringRecord
    const { bytes, sourceAddressOffset, destinationAddressOffset, addressLength } = datagram
    r.type = type
    r.position = this.#arrival.position
    r.timeUs = this.#arrival.timeUs
    r.capture = this.#arrival.capture
    r.frame = this.#arrival.frame
    r.addressLength = addressLength
    for (let n = 0; n < addressLength; n++) {
      r.source[n] = bytes[sourceAddressOffset + n]
      r.destination[n] = bytes[destinationAddressOffset + n]
    }
    r.sourcePort = datagram.sourcePort
    r.destinationPort = datagram.destinationPort
    r.announcedLength = datagram.announcedLength
    r.tcpFlags = datagram.tcpFlags
    r.tcpSequence = datagram.tcpSequence
    r.relay = datagram.relay
    this.#send(bytes, from, end - from)
  }

  /** Hands on the key log of a Decryption Secrets Block; other kinds of secrets are not for media or signalling. */
  handOnSecrets({ linkType, dataOffset, capturedLength, originalLength }: RecordCursor): void {
    if (linkType !== TLS_KEY_LOG) return
    this.#ringRecord.type = RingMessage.KeyLog
    this.#ringRecord.addressLength = 0
    for (let at = 0; at < capturedLength; at += KEY_LOG_PART) {
      const length = Math.min(KEY_LOG_PART, capturedLength - at)
      this.#ringRecord.announcedLength = capturedLength - at - length + originalLength
      this.#send(this.#slots.bytes, dataOffset + at, length)
    }
    this.#hasSignalled = true
  }

  /** Says after all that the slab's signalling was handed on; returns whether there was any, or a new stream. */
  endOfSlab(slab: number): boolean {
    const streams = this.#streams.count
    const hasNews = this.#hasSignalled || streams !== this.#control.floats[CF.Streams]
    this.#control.floats[CF.Streams] = streams
    this.#hasSignalled = false
    this.#ringRecord.type = RingMessage.SlabEnd
    this.#ringRecord.slab = slab
    this.#ringRecord.position = this.#control.floats[CF.Position]
    this.#ringRecord.timeUs = this.#control.floats[CF.TimeUs]
    this.#ringRecord.streams = streams
    this.#send(this.#slots.bytes, 0, 0)
    return hasNews
  }

  #send(payload: Uint8Array, offset: number, length: number): void {
    for (;;) {
      const read = this.#control.load(C.RingRead)
      if (this.#ring.write(this.#ringRecord, payload, offset, length)) return
      if (this.#control.load(C.Abort) === 1) return
      this.#control.wakeMain()
      this.#ringFull(read)
    }
  }
}
