import { type RecordCursor, Step } from '../capture/record.ts'
import { type SpilledPacket, SpillWriter } from '../capture/spill-file.ts'
import type { RecordWalker } from '../capture/walker.ts'
import { type Datagram, Payload } from '../net/datagram.ts'
import { FrameDecoder } from '../net/decode.ts'
import { FragmentTable } from '../net/fragments.ts'
import { mayBeSip } from '../net/text-signature.ts'
import { isPlainRtcp, MediaKind, mediaKind } from '../rtp/media-kind.ts'
import { type Arrival, countPacket, countRtp } from '../rtp/stream-statistics.ts'
import { F, FRAMES_KEPT, I, NO_KEYING, type StreamKey, StreamTable, streamKey } from '../rtp/stream-table.ts'
import { Verdict } from '../srtp/authenticator.ts'
import { C, CF, Control } from './control.ts'
import { KeyTable } from './key-table.ts'
import { DESCRIPTOR_WORDS, type Layout, type SharedMemory, SLOT_META_FLOATS } from './shared-memory.ts'
import { emptyRingRecord, RingMessage, SignallingRing } from './signalling-ring.ts'

/** Int32 words of a descriptor: one media packet of a slab. */
const D = {
  Stream: 0,
  /** Absolute offset of the UDP payload in the shared memory, octets present, octets announced. */
  Offset: 1,
  Length: 2,
  Announced: 3,
  /** Rollover counter relative to the stream's first packet. */
  Roc: 4,
  /** Position less the slab's first. */
  Position: 5,
  Outcome: 6,
  Capture: 7,
  Frame: 8,
} as const

/** Float64 word of a descriptor: arrival in µs. */
const D_TIME = 5

/** Float64 words of a slot. */
const S = {
  Start: 0,
  End: 1,
  FileOffset: 2,
  Last: 3,
  CarryStart: 4,
  CarryLength: 5,
  FirstPosition: 6,
  Count: 7,
} as const

/** What verification found out about a packet; the commit turns it into counts, in order. */
const Outcome = { Deferred: 0, Verified: 1, VerifiedShortTag: 2, Plain: 3, Cut: 4, Unkeyed: 5 } as const

/** What a thread needs to take part; it can be sent to another thread. */
export interface SlabThreadInput {
  readonly memory: SharedMemory
  readonly layout: Layout
  /** Descriptors of the spill files: packets deferred from a one-shot input (-1 where it can be read again), reassembled ones. */
  readonly deferredSpill: number
  readonly reassembledSpill: number
  readonly spillLimitBytes: number
}

/**
 * One thread's part in the first pass: it reads or is given a slab, waits its turn to walk it (the token), verifies
 * what can be verified at once when the slab's signalling is known (the watermark), and waits its turn to commit.
 * Waiting is the caller's: a worker blocks, the main thread goes on reading signalling.
 */
export class SlabThread {
  readonly control: Control
  readonly bytes: Uint8Array
  readonly #layout: Layout
  readonly #slotMeta: Float64Array
  readonly #descriptors: Int32Array
  readonly #descriptorTimes: Float64Array
  readonly #streams: StreamTable
  readonly #keys: KeyTable
  readonly #ring: SignallingRing
  readonly #walker: RecordWalker
  readonly #decoder: FrameDecoder
  readonly #spillDeferred: boolean
  readonly #deferred: SpillWriter
  readonly #reassembled: SpillWriter
  readonly #ringRecord = emptyRingRecord()
  readonly #cursor: RecordCursor = {
    dataOffset: 0,
    capturedLength: 0,
    originalLength: 0,
    seconds: 0,
    nanoseconds: 0,
    linkType: 0,
    capture: 0,
    frame: 0,
  }
  readonly #arrival: Arrival = { position: 0, timeUs: 0, capture: 0, frame: 0, identity: 0 }
  readonly #key: StreamKey = {
    kind: MediaKind.Other,
    ssrc: 0,
    bytes: new Uint8Array(0),
    addressLength: 4,
    sourceAddressOffset: 0,
    destinationAddressOffset: 0,
    sourcePort: 0,
    destinationPort: 0,
  }
  readonly #packet: SpilledPacket
  readonly #ringFull: () => void

  /** @param ringFull called while the signalling ring has no room: waits, or reads it */
  constructor(input: SlabThreadInput, walker: RecordWalker, ringFull: () => void) {
    const { layout } = input
    const buffer = input.memory.buffer
    this.#layout = layout
    this.bytes = new Uint8Array(buffer)
    this.control = new Control(buffer, layout.control)
    this.#slotMeta = new Float64Array(buffer, layout.slotMeta, layout.slots * SLOT_META_FLOATS)
    const words = layout.slots * layout.descriptorsPerSlot * DESCRIPTOR_WORDS
    this.#descriptors = new Int32Array(buffer, layout.descriptors, words)
    this.#descriptorTimes = new Float64Array(buffer, layout.descriptors, words / 2)
    this.#streams = new StreamTable(buffer, layout.streams, layout.streamCapacity)
    this.#keys = new KeyTable(buffer, layout.keys, layout.keyCapacity)
    this.#ring = new SignallingRing(this.control, buffer, layout.ring, layout.ringBytes)
    this.#walker = walker
    this.#decoder = new FrameDecoder(new FragmentTable(buffer, layout.fragments))
    this.#spillDeferred = input.deferredSpill >= 0
    this.#deferred = new SpillWriter(input.deferredSpill, input.spillLimitBytes)
    this.#reassembled = new SpillWriter(input.reassembledSpill, input.spillLimitBytes)
    this.#packet = {
      position: 0,
      timeUs: 0,
      frame: 0,
      capture: 0,
      stream: 0,
      announcedLength: 0,
      bytes: this.bytes,
      offset: 0,
      length: 0,
    }
    this.#ringFull = ringFull
  }

  /** The next slab that nobody has taken. */
  claim(): number {
    return Atomics.add(this.control.words, C.NextSlab, 1)
  }

  /** Where slab `slab`'s octets go: absolute offset in the shared memory. */
  slabOffset(slab: number): number {
    const { slots, headRoomBytes, slabBytes } = this.#layout
    return this.#layout.slabs + (slab % slots) * (headRoomBytes + slabBytes) + headRoomBytes
  }

  /** Whether the slot of `slab` is no longer needed by the slab before it in the slot, its tail included. */
  slotIsFree(slab: number): boolean {
    return this.control.load(C.Commit) >= slab - this.#layout.slots + 2
  }

  /** States what was read into the slab. */
  filled(slab: number, length: number, fileOffset: number, last: boolean): void {
    const m = this.#metaAt(slab)
    const start = this.slabOffset(slab)
    this.#slotMeta[m + S.Start] = start
    this.#slotMeta[m + S.End] = start + length
    this.#slotMeta[m + S.FileOffset] = fileOffset
    this.#slotMeta[m + S.Last] = last ? 1 : 0
  }

  /** Under the token: walks the slab's records and hands each on: to a stream, to the signalling, or to a count. */
  walk(slab: number): void {
    const m = this.#metaAt(slab)
    const meta = this.#slotMeta
    const floats = this.control.floats
    const carried = this.#takeCarry(slab)
    const start = meta[m + S.Start] - carried
    meta[m + S.FirstPosition] = floats[CF.Position]
    meta[m + S.Count] = 0
    this.#reassembled.begin(floats[CF.ReassembledSpillBytes])
    const walker = this.#walker
    const cursor = this.#cursor
    walker.open(this.bytes, start, meta[m + S.End], meta[m + S.FileOffset] - carried, meta[m + S.Last] === 1)
    while (walker.next(cursor) === Step.Record) {
      this.#record(slab, floats[CF.Position])
      floats[CF.Position]++
    }
    meta[m + S.CarryStart] = walker.position
    meta[m + S.CarryLength] = meta[m + S.End] - walker.position
    floats[CF.ReassembledSpillBytes] = this.#reassembled.flush()
    this.#endOfSlab(slab)
    this.control.publish(C.Token, slab + 1)
  }

  /** At or below the watermark: verifies what has a key. Touches only its own slab's descriptors. */
  verify(slab: number): void {
    const m = this.#metaAt(slab)
    const count = this.#slotMeta[m + S.Count]
    const first = this.#slotMeta[m + S.FirstPosition]
    for (let n = 0; n < count; n++) {
      const d = this.#descriptorAt(slab, n)
      this.#descriptors[d + D.Outcome] = this.#judge(d, first + this.#descriptors[d + D.Position])
    }
  }

  /** In slab order: turns outcomes into the streams' counts; a stream's first surprise defers it from there on. */
  commit(slab: number): void {
    const m = this.#metaAt(slab)
    const count = this.#slotMeta[m + S.Count]
    const first = this.#slotMeta[m + S.FirstPosition]
    const floats = this.control.floats
    if (this.#spillDeferred) this.#deferred.begin(floats[CF.DeferredSpillBytes])
    for (let n = 0; n < count; n++) this.#commitOne(this.#descriptorAt(slab, n), first)
    if (this.#spillDeferred) floats[CF.DeferredSpillBytes] = this.#deferred.flush()
    this.control.publish(C.Commit, slab + 1)
  }

  #metaAt(slab: number): number {
    return (slab % this.#layout.slots) * SLOT_META_FLOATS
  }

  #descriptorAt(slab: number, n: number): number {
    return ((slab % this.#layout.slots) * this.#layout.descriptorsPerSlot + n) * DESCRIPTOR_WORDS
  }

  /** Copies the record that the predecessor's end cut in front of this slab's octets. */
  #takeCarry(slab: number): number {
    if (slab === 0) return 0
    const before = this.#metaAt(slab - 1)
    const length = this.#slotMeta[before + S.CarryLength]
    const from = this.#slotMeta[before + S.CarryStart]
    this.bytes.copyWithin(this.slabOffset(slab) - length, from, from + length)
    return length
  }

  #record(slab: number, position: number): void {
    const cursor = this.#cursor
    const decode = this.#decoder.decode(
      this.bytes,
      cursor.dataOffset,
      cursor.capturedLength,
      cursor.linkType,
      cursor.seconds,
      position,
    )
    this.control.countDecoded(cursor.capture, decode)
    const datagram = this.#decoder.datagram
    if (datagram.payload === Payload.None) return
    const arrival = this.#arrival
    arrival.position = position
    arrival.timeUs = cursor.seconds * 1e6 + cursor.nanoseconds / 1e3
    arrival.capture = cursor.capture
    arrival.frame = cursor.frame
    if (datagram.payload === Payload.Tcp) this.#signal(RingMessage.Segment, datagram)
    else if (mayBeSip(datagram.bytes, datagram.offset, datagram.length)) this.#signal(RingMessage.Datagram, datagram)
    else this.#media(slab, datagram)
  }

  #media(slab: number, datagram: Datagram): void {
    const { bytes, offset, length, announcedLength } = datagram
    const kind = mediaKind(bytes, offset, length, announcedLength)
    if (kind === MediaKind.Other) return
    const stream = this.#streams.findOrAdd(streamKey(this.#key, kind, datagram))
    if (stream < 0) return
    const arrival = this.#arrival
    arrival.identity = datagram.ipIdentification !== 0 ? datagram.ipIdentification : datagram.udpChecksum
    if (kind === MediaKind.Rtp) {
      this.#describe(slab, stream, datagram, countRtp(this.#streams, stream, arrival, bytes, offset, length))
    } else {
      countPacket(this.#streams, stream, arrival, length)
      if (kind !== MediaKind.Rtcp) return
      if (isPlainRtcp(bytes, offset, length)) this.#streams.ints[this.#streams.intsAt(stream) + I.PlainLooking]++
      this.#describe(slab, stream, datagram, 0)
    }
  }

  #describe(slab: number, stream: number, datagram: Datagram, roc: number): void {
    if (datagram.reassembled) {
      this.#spillReassembled(stream, datagram)
      return
    }
    const arrival = this.#arrival
    const m = this.#metaAt(slab)
    const d = this.#descriptorAt(slab, this.#slotMeta[m + S.Count]++)
    const words = this.#descriptors
    words[d + D.Stream] = stream
    words[d + D.Offset] = datagram.offset
    words[d + D.Length] = datagram.length
    words[d + D.Announced] = datagram.announcedLength
    words[d + D.Roc] = roc
    words[d + D.Position] = arrival.position - this.#slotMeta[m + S.FirstPosition]
    words[d + D.Capture] = arrival.capture
    words[d + D.Frame] = arrival.frame
    this.#descriptorTimes[d / 2 + D_TIME] = arrival.timeUs
  }

  /** A datagram put together from fragments lies in no slab: it waits for the second pass, and its stream with it. */
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
    if (!this.#reassembled.append(packet)) this.control.floats[CF.SpillRefused]++
  }

  #signal(type: number, datagram: Datagram): void {
    if (datagram.length === 0 && (datagram.tcpFlags & 0x07) === 0) return
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
    this.#send(bytes, datagram.offset, datagram.length)
  }

  #endOfSlab(slab: number): void {
    this.#ringRecord.type = RingMessage.SlabEnd
    this.#ringRecord.slab = slab
    this.#ringRecord.timeUs = this.#cursor.seconds * 1e6 + this.#cursor.nanoseconds / 1e3
    this.#ringRecord.streams = this.#streams.count
    this.#send(this.bytes, 0, 0)
  }

  #send(payload: Uint8Array, offset: number, length: number): void {
    while (!this.#ring.write(this.#ringRecord, payload, offset, length)) {
      if (this.control.load(C.Abort) === 1) return
      this.control.wakeMain()
      this.#ringFull()
    }
  }

  #judge(d: number, position: number): number {
    const words = this.#descriptors
    const stream = words[d + D.Stream]
    const i = this.#streams.intsAt(stream)
    const ints = this.#streams.ints
    const key = ints[i + I.Key]
    if (key === 0 || this.#isDeferred(stream, position)) return Outcome.Deferred
    if (key === NO_KEYING) return Outcome.Unkeyed
    const offset = words[d + D.Offset]
    const length = words[d + D.Length]
    if (length < words[d + D.Announced]) return Outcome.Cut
    const authenticator = this.#keys.authenticator(key)
    const roc = words[d + D.Roc]
    if (ints[i + I.Kind] === MediaKind.Rtp) {
      if (roc < 0) return Outcome.Deferred
      return authenticator.verifyRtp(this.bytes, offset, length, roc) === Verdict.Verified
        ? Outcome.Verified
        : Outcome.Deferred
    }
    const verdict = authenticator.verifyRtcp(this.bytes, offset, length)
    if (verdict === Verdict.Verified) return Outcome.Verified
    if (verdict === Verdict.VerifiedShortTag) return Outcome.VerifiedShortTag
    return isPlainRtcp(this.bytes, offset, length) ? Outcome.Plain : Outcome.Deferred
  }

  #commitOne(d: number, firstPosition: number): void {
    const words = this.#descriptors
    const stream = words[d + D.Stream]
    const position = firstPosition + words[d + D.Position]
    const ints = this.#streams.ints
    const i = this.#streams.intsAt(stream)
    const outcome = words[d + D.Outcome]
    if (outcome === Outcome.Deferred || this.#isDeferred(stream, position)) {
      const f = this.#streams.floatsAt(stream) + F.DeferFrom
      if (this.#streams.floats[f] === 0) this.#streams.floats[f] = position + 1
      if (this.#spillDeferred) this.#spill(d, stream, position)
      return
    }
    if (outcome === Outcome.Plain) this.#plain(i, words[d + D.Frame])
    else if (outcome === Outcome.Cut) ints[i + I.Cut]++
    else if (outcome === Outcome.Unkeyed) ints[i + I.Unkeyed]++
    else {
      if (ints[i + I.Verified]++ === 0) ints[i + I.FirstRoc] = words[d + D.Roc]
      ints[i + I.LastRoc] = words[d + D.Roc]
      if (outcome === Outcome.VerifiedShortTag) ints[i + I.ShortTags]++
      if (ints[i + I.Kind] === MediaKind.Rtp) this.#authenticated(i, d)
    }
  }

  #plain(i: number, frame: number): void {
    const ints = this.#streams.ints
    const seen = ints[i + I.Plain]++
    if (seen < FRAMES_KEPT) ints[i + I.PlainFrames + seen] = frame
  }

  /** RFC 3711 §3.3.1: only a packet that verified moves the highest index. */
  #authenticated(i: number, d: number): void {
    const words = this.#descriptors
    const ints = this.#streams.ints
    const offset = words[d + D.Offset]
    const roc = words[d + D.Roc]
    const sequence = (this.bytes[offset + 2] << 8) | this.bytes[offset + 3]
    const ahead =
      roc > ints[i + I.AuthenticatedRoc] ||
      (roc === ints[i + I.AuthenticatedRoc] && sequence > ints[i + I.AuthenticatedSequence])
    if (!ahead && ints[i + I.Verified] > 1) return
    ints[i + I.AuthenticatedRoc] = roc
    ints[i + I.AuthenticatedSequence] = sequence
  }

  /** Whether the stream's packets from here on are the second pass's. */
  #isDeferred(stream: number, position: number): boolean {
    const f = this.#streams.floatsAt(stream)
    const floats = this.#streams.floats
    return (
      reached(floats[f + F.DeferFrom], position) ||
      reached(floats[f + F.ReassembledFrom], position) ||
      reached(floats[f + F.KeyUntil], position)
    )
  }

  #spill(d: number, stream: number, position: number): void {
    const words = this.#descriptors
    const packet = this.#packet
    packet.position = position
    packet.timeUs = this.#descriptorTimes[d / 2 + D_TIME]
    packet.frame = words[d + D.Frame] >>> 0
    packet.capture = words[d + D.Capture]
    packet.stream = stream
    packet.announcedLength = words[d + D.Announced]
    packet.bytes = this.bytes
    packet.offset = words[d + D.Offset]
    packet.length = words[d + D.Length]
    if (!this.#deferred.append(packet)) this.control.floats[CF.SpillRefused]++
  }
}

/** @param from 1 + a position, or 0 for none */
function reached(from: number, position: number): boolean {
  return from !== 0 && position >= from - 1
}
