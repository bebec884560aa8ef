import type { CaptureInput } from '../../capture/capture-input.ts'
import { openCaptureStream } from '../../capture/capture-stream.ts'
import { MERGED_HEADER, MergedField } from '../../capture/merged-record.ts'
import { createRecordCursor, type RecordCursor, Step } from '../../capture/record.ts'
import { ScratchReader, ScratchWriter } from '../../capture/scratch-file.ts'
import { createWalker, MAX_CARRY_BYTES } from '../../capture/walker.ts'
import { type CaptureTime, Slot } from '../../capture/walker-state.ts'
import { compileKernel, instantiateKernel } from '../kernel.ts'
import { Lane } from '../lane.ts'
import { allocate, layoutOf } from '../shared-memory.ts'
import { S, SlabSlots } from '../slab-slots.ts'
import { sharedWalkerState } from '../tasks.ts'
import type { LeanFindings } from './lean-stream.ts'

/** What the job of one part may take. */
export interface PartLimits {
  readonly slabBytes: number
  readonly maxMemoryBytes: number
}

/**
 * Writes the lean trace of one part: its records in their order, each under the header of merged records, without the
 * payload of RTP that nobody looks at before it is verified. Needs nothing of any other part.
 *
 * @param part its number in the set; @param whole every record is written whole
 */
export async function writeLeanPart(
  input: CaptureInput,
  target: string,
  limits: PartLimits,
  { part, whole }: { readonly part: number; readonly whole: boolean },
): Promise<LeanFindings> {
  const layout = layoutOf({
    threads: 1,
    ...limits,
  })
  const memory = allocate(layout)
  const { buffer } = memory
  const slots = new SlabSlots(buffer, layout)
  const { bytes, meta } = slots
  const state = sharedWalkerState(memory, layout)
  state[Slot.Capture] = part
  const stream = await openCaptureStream([input])
  const walker = createWalker(stream.format, state)
  const kernel = instantiateKernel(compileKernel(), memory)
  const lane = new Lane(kernel, buffer, layout, { thread: 0, format: stream.format, spills: false }, slots)
  const cursor = createRecordCursor()
  // One slot has the slab, those behind it what is written of it.
  const start = slots.offsetOf(0)
  const slotBytes = layout.headRoomBytes + layout.slabBytes
  const behind = { start: layout.slabs + slotBytes, end: layout.slabs + layout.slots * slotBytes }
  const room = new LeanRoom(new ScratchWriter(target), bytes, behind)
  const m = slots.metaAt(0)
  let headBytes = 0
  let hasLaterSecrets = false
  try {
    for (let carried = 0, offset = 0, more = true; more; ) {
      const filled = await stream.fill(bytes.subarray(start, start + layout.slabBytes))
      more = filled > 0
      const end = start + filled
      walker.open(bytes, start - carried, end, offset - carried, !more)
      meta[m + S.End] = end
      lane.enter(0)
      for (;;) {
        if (!whole) room.at = lane.writeLean(walker, room.begin())
        const step = walker.next(cursor)
        if (step === Step.Incomplete) break
        room.write(cursor, step === Step.Secrets)
        if (step !== Step.Secrets) continue
        if (state[Slot.Frames] === 0) headBytes += MERGED_HEADER + cursor.capturedLength
        else hasLaterSecrets = true
      }
      room.flush()
      offset += filled
      carried = end - walker.position
      bytes.copyWithin(start - carried, walker.position, end)
      if (carried > MAX_CARRY_BYTES) throw new RangeError('a walker left more than a slab has room for')
    }
    room.finish()
    const [facts] = stream.facts(state)
    const first = firstTime(target, headBytes)
    return { facts, headBytes, hasLaterSecrets, ...(first !== undefined && { first }) }
  } catch (error) {
    room.abandon()
    throw error
  } finally {
    stream.close()
  }
}

/** Time of the record at an offset of a lean trace; nothing where there is none. */
function firstTime(path: string, at: number): CaptureTime | undefined {
  const header = new Uint8Array(MERGED_HEADER)
  const reader = new ScratchReader(path, at)
  const octets = reader.read(header)
  reader.close()
  if (octets < MERGED_HEADER) return undefined
  const view = new DataView(header.buffer)
  return {
    seconds: view.getFloat64(MergedField.Seconds, true),
    nanoseconds: view.getUint32(MergedField.Nanoseconds, true),
  }
}

/** What of a lean trace is not yet in its file. */
class LeanRoom {
  /** Where the next record goes. */
  at: number
  readonly #file: ScratchWriter
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #start: number
  readonly #end: number

  constructor(
    file: ScratchWriter,
    bytes: Uint8Array,
    { start, end }: { readonly start: number; readonly end: number },
  ) {
    this.#file = file
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
    this.#start = start
    this.#end = end
    this.at = start
  }

  /** Where the lane may write a slab's usual records: they grow by less than their half, and the room is two slabs. */
  begin(): number {
    if (this.at - this.#start > (this.#end - this.#start) / 4) this.flush()
    return this.at
  }

  /** Writes a record whole, or secrets. */
  write(cursor: RecordCursor, isSecrets: boolean): void {
    const { dataOffset, capturedLength } = cursor
    if (this.at + MERGED_HEADER + capturedLength > this.#end) this.flush()
    const [view, at] = [this.#view, this.at]
    view.setUint32(at + MergedField.Capture, cursor.capture, true)
    view.setUint32(at + MergedField.Frame, isSecrets ? 0 : cursor.frame, true)
    view.setFloat64(at + MergedField.Seconds, cursor.seconds, true)
    view.setUint32(at + MergedField.Nanoseconds, cursor.nanoseconds, true)
    view.setUint32(at + MergedField.LinkType, cursor.linkType, true)
    view.setUint32(at + MergedField.Captured, capturedLength, true)
    view.setUint32(at + MergedField.Original, cursor.originalLength, true)
    view.setUint32(at + MergedField.Kept, capturedLength, true)
    this.#bytes.copyWithin(at + MERGED_HEADER, dataOffset, dataOffset + capturedLength)
    this.at = at + MERGED_HEADER + capturedLength
  }

  flush(): void {
    this.#file.write(this.#bytes.subarray(this.#start, this.at))
    this.at = this.#start
  }

  finish(): void {
    this.#file.finish()
  }

  abandon(): void {
    this.#file.abandon()
  }
}
