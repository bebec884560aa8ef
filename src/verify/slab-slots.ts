import type { SpilledPacket } from '../capture/spill-file.ts'
import { DESCRIPTOR_WORDS, type Layout, SLOT_META_FLOATS } from './shared-memory.ts'

/** Int32 words of a descriptor: one media packet of a slab. */
export const D = {
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
export const DescriptorTime = 5

/** What verification found out about a packet; the commit turns it into counts, in order. */
export const Outcome = {
  /** The second pass judges. */
  Deferred: 0,
  Verified: 1,
  VerifiedShortTag: 2,
  Plain: 3,
  Cut: 4,
  Unkeyed: 5,
  /** On its way through the kernel. */
  Pending: 6,
  /** The kernel cannot tell: an authenticator of node:crypto does. */
  Left: 7,
} as const

/** Float64 words of a slot. */
export const S = {
  Start: 0,
  End: 1,
  FileOffset: 2,
  Last: 3,
  CarryStart: 4,
  CarryLength: 5,
  FirstPosition: 6,
  /** Where the watermark must be before the slab's packets may be verified. */
  Needs: 7,
} as const

/** The slots that slabs lie in, one after the other: octets, what is known of them, and the packets found in them. */
export class SlabSlots {
  /** All of the shared memory: descriptors hold absolute offsets. */
  readonly bytes: Uint8Array
  readonly meta: Float64Array
  readonly descriptors: Int32Array
  readonly #times: Float64Array
  readonly #layout: Layout

  constructor(buffer: SharedArrayBuffer, layout: Layout) {
    this.#layout = layout
    this.bytes = new Uint8Array(buffer)
    this.meta = new Float64Array(buffer, layout.slotMeta, layout.slots * SLOT_META_FLOATS)
    const words = layout.slots * layout.descriptorsPerSlot * DESCRIPTOR_WORDS
    this.descriptors = new Int32Array(buffer, layout.descriptors, words)
    this.#times = new Float64Array(buffer, layout.descriptors, words / 2)
  }

  /** Where a slab's facts begin in `meta`. */
  metaAt(slab: number): number {
    return (slab % this.#layout.slots) * SLOT_META_FLOATS
  }

  /** Where the descriptor of a slab's n-th packet begins in `descriptors`. */
  descriptorAt(slab: number, n: number): number {
    return ((slab % this.#layout.slots) * this.#layout.descriptorsPerSlot + n) * DESCRIPTOR_WORDS
  }

  /** Where a slab's octets go: absolute offset in the shared memory. */
  offsetOf(slab: number): number {
    const { slabs, slots, headRoomBytes, slabBytes } = this.#layout
    return slabs + (slab % slots) * (headRoomBytes + slabBytes) + headRoomBytes
  }

  setTime(descriptor: number, timeUs: number): void {
    this.#times[descriptor / 2 + DescriptorTime] = timeUs
  }

  /** Fills in what is known of a slab's packet, for a spill. */
  readPacket(slab: number, descriptor: number, packet: SpilledPacket): void {
    const words = this.descriptors
    packet.position = this.meta[this.metaAt(slab) + S.FirstPosition] + words[descriptor + D.Position]
    packet.timeUs = this.#times[descriptor / 2 + DescriptorTime]
    packet.frame = words[descriptor + D.Frame] >>> 0
    packet.capture = words[descriptor + D.Capture]
    packet.stream = words[descriptor + D.Stream]
    packet.announcedLength = words[descriptor + D.Announced]
    packet.bytes = this.bytes
    packet.offset = words[descriptor + D.Offset] >>> 0
    packet.length = words[descriptor + D.Length]
  }

  /** Copies the record that the predecessor's end cut in front of this slab's octets, and says how long it is. */
  takeCarry(slab: number): number {
    if (slab === 0) return 0
    const before = this.metaAt(slab - 1)
    const length = this.meta[before + S.CarryLength]
    const from = this.meta[before + S.CarryStart]
    this.bytes.copyWithin(this.offsetOf(slab) - length, from, from + length)
    return length
  }
}
