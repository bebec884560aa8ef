import { type PartSpill, PartSpillWriter } from '../../capture/part-spills.ts'
import { emptySpilledPacket } from '../../capture/spill-file.ts'
import { D, type SlabSlots } from '../slab-slots.ts'

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
    const packet = this.#packet
    for (let n = 0; n < count; n++) {
      const descriptor = slots.descriptorAt(slab, n)
      const from = this.from[slots.descriptors[descriptor + D.Stream]]
      if (from === undefined) continue
      slots.readPacket(slab, descriptor, packet)
      if (packet.position < from) continue
      packet.stream = this.#streamOf(packet.stream)
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
