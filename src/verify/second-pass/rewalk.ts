import { createRecordCursor, type RecordCursor, Step } from '../../capture/record.ts'
import { MAX_CARRY_BYTES, type RecordWalker } from '../../capture/walker.ts'
import { FrameDecoder } from '../../net/decode.ts'
import { FragmentTable } from '../../net/fragments.ts'

/** A walk over the whole input in the room for one slab. */
export class Rewalk {
  readonly bytes: Uint8Array
  readonly target: Uint8Array
  /** With a table of fragments of its own. */
  readonly decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  readonly #cursor = createRecordCursor()
  #position = 0
  #fileOffset = 0
  #carried = 0

  /** @param room for a slab with what its predecessor leaves: more than MAX_CARRY_BYTES */
  constructor(room: Uint8Array) {
    this.bytes = room
    this.target = room.subarray(MAX_CARRY_BYTES)
  }

  /** Walks `filled` new octets; false at the end of the input or at position `last`: what follows may be what ended a pass. */
  slab(
    walker: RecordWalker,
    filled: number,
    first: number,
    last: number,
    onRecord: (position: number, cursor: RecordCursor) => void,
  ): boolean {
    const start = MAX_CARRY_BYTES - this.#carried
    const end = MAX_CARRY_BYTES + filled
    walker.open(this.bytes, start, end, this.#fileOffset - this.#carried, filled === 0)
    for (let step = walker.next(this.#cursor); step !== Step.Incomplete; step = walker.next(this.#cursor)) {
      if (step !== Step.Record) continue
      const position = this.#position++
      if (position >= first && position <= last) onRecord(position, this.#cursor)
      if (position >= last) return false
    }
    this.#fileOffset += filled
    this.#carried = end - walker.position
    this.bytes.copyWithin(MAX_CARRY_BYTES - this.#carried, walker.position, end)
    return filled > 0
  }
}
