import { C, type Control } from './control.ts'
import { wipeLane } from './lane-layout.ts'
import { type Layout, laneAddress } from './shared-memory.ts'
import { S, SlabSlots } from './slab-slots.ts'

/** What the ring was given is counted modulo 2^32, and a message takes less than four times the room there that its record has. */
const COUNTED_BYTES = 2 ** 30

/**
 * Overwrites what the shared memory of a scan that is over holds of keys, beside the key table: what threads made of them,
 * and octets of the capture, which may hold keys in its signalling and secrets in its blocks. Pages that were never touched
 * stay so, since to write to them costs more than all else.
 *
 * @param sizeBytes of the one file that was read, where it was one
 * @param metAgain there was a second pass, which reads into the same rooms
 */
export function wipeSharedMemory(
  buffer: SharedArrayBuffer,
  layout: Layout,
  control: Control,
  sizeBytes: number | undefined,
  metAgain: boolean,
): void {
  const bytes = new Uint8Array(buffer)
  for (let thread = 0; thread < layout.threads; thread++) wipeLane(buffer, laneAddress(layout, thread))
  const isCounted = sizeBytes !== undefined && sizeBytes < COUNTED_BYTES
  const written = isCounted ? control.load(C.RingWritten) >>> 0 : layout.ringBytes
  bytes.fill(0, layout.ring, layout.ring + Math.min(written, layout.ringBytes))
  const slots = new SlabSlots(buffer, layout)
  const room = layout.headRoomBytes + layout.slabBytes
  const taken = control.load(C.NextSlab)
  for (let slab = 0; slab < Math.min(taken, layout.slots); slab++) {
    const at = layout.slabs + slab * room
    const m = slots.metaAt(slab)
    const [start, end] = [slots.meta[m + S.Start], slots.meta[m + S.End]]
    const usedAgain = taken > layout.slots || metAgain
    if (usedAgain) bytes.fill(0, at, at + Math.min(room, layout.headRoomBytes + (sizeBytes ?? room)))
    // In front of the first slab nothing was carried.
    else if (end > 0) bytes.fill(0, slab === 0 ? start : at, end)
  }
}
