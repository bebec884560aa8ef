import { C, type Control } from '../control.ts'

/**
 * Octets on their way from the token's holder to the main thread: one writer at a time (the token), one reader. A
 * message never wraps: what does not fit before the ring's end starts again at its beginning.
 */
export const RingMessage = {
  /** Filler up to the end of the ring. */
  Pad: 0,
  /** A UDP payload that looks like SIP. */
  Datagram: 1,
  /** A TCP segment. */
  Segment: 2,
  /** All of a slab's signalling has been written. */
  SlabEnd: 3,
  /** Text of a TLS key log, or a part of it; `announcedLength` octets of the same log are still to come. */
  KeyLog: 4,
  /** A UDP payload of DTLS handshake records. */
  Dtls: 5,
  /** A whole SIP message that was taken out of its connection. */
  Message: 6,
  /** An ICMP error. */
  Icmp: 7,
  /** A message of TURN that says what its ways stand for: `relay` is the way that an indication takes. */
  Turn: 8,
} as const

/** Octets of a message's header; the payload follows, padded to 8. */
const HEADER = 96

/** One instance per thread, refilled per message. */
export interface RingRecord {
  type: number
  position: number
  timeUs: number
  capture: number
  frame: number
  /** Datagrams and segments: addresses as octets. SlabEnd: `slab`, the streams known at its end, the `position` behind it. */
  addressLength: number
  readonly source: Uint8Array
  readonly destination: Uint8Array
  sourcePort: number
  destinationPort: number
  /** Octets that the headers announced; more than `payload` holds where the snap length cut. */
  announcedLength: number
  tcpFlags: number
  tcpSequence: number
  /** Which way through a TURN server the payload takes, or 0 (src/net/turn.ts). */
  relay: number
  /** Stands in the ring: good until the next message is read. Whoever keeps octets copies them. */
  payload: Uint8Array
  slab: number
  streams: number
}

export function emptyRingRecord(): RingRecord {
  return {
    type: RingMessage.Pad,
    position: 0,
    timeUs: 0,
    capture: 0,
    frame: 0,
    addressLength: 0,
    source: new Uint8Array(16),
    destination: new Uint8Array(16),
    sourcePort: 0,
    destinationPort: 0,
    announcedLength: 0,
    tcpFlags: 0,
    tcpSequence: 0,
    relay: 0,
    payload: new Uint8Array(0),
    slab: 0,
    streams: 0,
  }
}

export class SignallingRing {
  readonly #control: Control
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #size: number
  /** All of the shared memory, and where the ring begins in it. */
  readonly #memory: Uint8Array
  readonly #offset: number
  /** Octets of the message that was read last, and may still be looked at. */
  #held = 0

  constructor(control: Control, buffer: ArrayBufferLike, byteOffset: number, size: number) {
    this.#control = control
    // A Buffer, of which parts are made quickly and texts without a copy.
    this.#bytes = Buffer.from(buffer, byteOffset, size)
    this.#view = new DataView(buffer, byteOffset, size)
    this.#size = size
    this.#memory = new Uint8Array(buffer)
    this.#offset = byteOffset
  }

  /** Writes a message; false where it does not fit now (the writer lets the main thread read, then tries again). */
  write(record: RingRecord, payload: Uint8Array, offset: number, length: number): boolean {
    const need = (HEADER + length + 7) & ~7
    let written = this.#control.load(C.RingWritten) >>> 0
    const used = (written - (this.#control.load(C.RingRead) >>> 0)) >>> 0
    const at = written % this.#size
    const pad = at + need > this.#size ? this.#size - at : 0
    if (used + pad + need > this.#size) return false
    if (pad > 0) {
      this.#view.setInt32(at, RingMessage.Pad, true)
      this.#view.setInt32(at + 4, pad, true)
      written = (written + pad) >>> 0
    }
    this.#put(written % this.#size, need, record, payload, offset, length)
    Atomics.store(this.#control.words, C.RingWritten, (written + need) | 0)
    return true
  }

  /** Reads the next message into `record`, or returns false. The one before is given back to the writer. */
  read(record: RingRecord): boolean {
    const read = this.#release()
    if (read === this.#control.load(C.RingWritten) >>> 0) return false
    const at = read % this.#size
    this.#held = this.#view.getInt32(at + 4, true)
    record.type = this.#view.getInt32(at, true)
    if (record.type !== RingMessage.Pad) this.#take(at, record)
    return true
  }

  /** Where the next message begins, octets read so far. */
  #release(): number {
    const read = this.#control.load(C.RingRead) >>> 0
    if (this.#held === 0) return read
    const next = (read + this.#held) >>> 0
    Atomics.store(this.#control.words, C.RingRead, next | 0)
    // Whoever found it full goes on when half of it is free, or all: woken for every message, it would have room for one.
    const written = this.#control.load(C.RingWritten) >>> 0
    const left = (written - next) >>> 0
    const half = this.#size / 2
    if (left === 0 || (left <= half && left + this.#held > half)) Atomics.notify(this.#control.words, C.RingRead)
    this.#held = 0
    return next
  }

  #put(at: number, total: number, r: RingRecord, payload: Uint8Array, offset: number, length: number): void {
    const view = this.#view
    view.setInt32(at, r.type, true)
    view.setInt32(at + 4, total, true)
    view.setFloat64(at + 8, r.position, true)
    view.setFloat64(at + 16, r.timeUs, true)
    view.setInt32(at + 24, r.capture, true)
    view.setFloat64(at + 28, r.frame, true)
    view.setInt32(at + 36, r.type === RingMessage.SlabEnd ? r.slab : r.announcedLength, true)
    view.setInt32(at + 40, r.type === RingMessage.SlabEnd ? r.streams : r.tcpSequence, true)
    view.setInt32(at + 44, length, true)
    view.setUint16(at + 48, r.sourcePort, true)
    view.setUint16(at + 50, r.destinationPort, true)
    view.setUint8(at + 52, r.addressLength)
    view.setUint8(at + 53, r.tcpFlags)
    view.setUint16(at + 54, r.relay, true)
    for (let n = 0; n < r.addressLength; n++) {
      this.#bytes[at + 56 + n] = r.source[n]
      this.#bytes[at + 72 + n] = r.destination[n]
    }
    const from = payload.byteOffset + offset
    if (payload.buffer !== this.#memory.buffer) this.#bytes.set(payload.subarray(offset, offset + length), at + HEADER)
    else this.#memory.copyWithin(this.#offset + at + HEADER, from, from + length)
  }

  #take(at: number, r: RingRecord): void {
    const view = this.#view
    r.position = view.getFloat64(at + 8, true)
    r.timeUs = view.getFloat64(at + 16, true)
    r.capture = view.getInt32(at + 24, true)
    r.frame = view.getFloat64(at + 28, true)
    if (r.type === RingMessage.SlabEnd) {
      r.slab = view.getInt32(at + 36, true)
      r.streams = view.getInt32(at + 40, true)
    } else {
      r.announcedLength = view.getInt32(at + 36, true)
      r.tcpSequence = view.getUint32(at + 40, true)
    }
    const length = view.getInt32(at + 44, true)
    r.sourcePort = view.getUint16(at + 48, true)
    r.destinationPort = view.getUint16(at + 50, true)
    r.addressLength = view.getUint8(at + 52)
    r.tcpFlags = view.getUint8(at + 53)
    r.relay = view.getUint16(at + 54, true)
    for (let n = 0; n < r.addressLength; n++) {
      r.source[n] = this.#bytes[at + 56 + n]
      r.destination[n] = this.#bytes[at + 72 + n]
    }
    r.payload = this.#bytes.subarray(at + HEADER, at + HEADER + length)
  }
}
