import { type PartSpill, PartSpillWriter } from '../../capture/part-spills.ts'
import { emptySpilledPacket } from '../../capture/spill-file.ts'
import { DESCRIPTOR_WORDS } from '../shared-memory.ts'
import { D, S, type SlabSlots } from '../slab-slots.ts'

/** Keeps the packets of one part that the second pass has to meet again. */
export class LeftPackets {
  /** By stream of the part: the position from which on its packets are kept. */
  readonly from: (number | undefined)[] = []
  readonly #streamOf: (id: number) => number
  readonly #writer: PartSpillWriter
  readonly #packet = emptySpilledPacket()

  /** @param streamOf the number in the trace of a stream of the part */
  constructor(path: string, streamOf: (id: number) => number) {
    this.#writer = new PartSpillWriter(path)
    this.#streamOf = streamOf
  }

  /** Takes in the packets of a slab whose positions are those of the trace. */
  take(slots: SlabSlots, slab: number, count: number): void {
    const words = slots.descriptors
    const base = slots.meta[slots.metaAt(slab) + S.FirstPosition]
    const first = slots.descriptorAt(slab, 0)
    for (let d = first; d < first + count * DESCRIPTOR_WORDS; d += DESCRIPTOR_WORDS) {
      const id = words[d + D.Stream]
      const from = this.from[id]
      const position = base + words[d + D.Position]
      if (from === undefined || position < from) continue
      const packet = this.#packet
      packet.position = position
      packet.timeUs = slots.timeOf(d)
      packet.frame = words[d + D.Frame] >>> 0
      packet.capture = words[d + D.Capture]
      packet.stream = this.#streamOf(id)
      packet.announcedLength = words[d + D.Announced]
      packet.bytes = slots.bytes
      packet.offset = words[d + D.Offset] >>> 0
      packet.length = words[d + D.Length]
      this.#writer.append(packet)
    }
  }

  finish(): PartSpill {
    return this.#writer.finish()
  }

  abandon(): void {
    this.#writer.abandon()
  }
}
