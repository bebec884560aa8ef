import { MERGED_HEADER, MergedField } from './merged-record.ts'
import { type RecordCursor, Step } from './record.ts'
import type { RecordWalker } from './slab-walker.ts'
import { Slot } from './walker-state.ts'

/**
 * Walks the records that a CaptureStream over several captures writes, or a lean trace holds (merged-record.ts). They are
 * our own: nothing in them is ever damaged, and the facts of each capture are kept by who wrote them. The state counts
 * records over all captures.
 */
export class MergedWalker implements RecordWalker {
  position = 0
  readonly #state: Float64Array
  #bytes: Uint8Array | undefined
  #view: DataView = new DataView(new ArrayBuffer(0))
  #end = 0

  constructor(state: Float64Array) {
    this.#state = state
  }

  open(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.position = start
    this.#end = end
  }

  next(cursor: RecordCursor): Step {
    const view = this.#view
    const at = this.position
    if (this.#end - at < MERGED_HEADER) return Step.Incomplete
    const kept = view.getUint32(at + MergedField.Kept, true)
    if (this.#end - at < MERGED_HEADER + kept) return Step.Incomplete
    cursor.capture = view.getUint32(at + MergedField.Capture, true)
    cursor.frame = view.getUint32(at + MergedField.Frame, true)
    cursor.seconds = view.getFloat64(at + MergedField.Seconds, true)
    cursor.nanoseconds = view.getUint32(at + MergedField.Nanoseconds, true)
    cursor.linkType = view.getUint32(at + MergedField.LinkType, true)
    cursor.capturedLength = view.getUint32(at + MergedField.Captured, true)
    cursor.keptLength = kept
    cursor.originalLength = view.getUint32(at + MergedField.Original, true)
    cursor.dataOffset = at + MERGED_HEADER
    this.position = at + MERGED_HEADER + kept
    if (cursor.frame === 0) return Step.Secrets
    this.#state[Slot.Frames]++
    return Step.Record
  }
}
