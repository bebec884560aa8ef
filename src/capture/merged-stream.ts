import { type InputFacts, InputRecords, type OnKeyLog, type RecordSource } from './input-records.ts'
import { MERGED_HEADER, MergedField } from './merged-record.ts'
import type { CaptureTime } from './walker-state.ts'

/** An input whose first record has not come up yet: it is opened then, so that a thousand files in a row are read one by one. */
interface Waiting {
  readonly input: RecordSource
  readonly index: number
  readonly first: CaptureTime
}

/**
 * The records of several captures in the order of their times, ties in the order of the inputs. The order of records
 * within a capture stays as it is: only the next record of each capture is compared.
 */
export class MergedStream {
  readonly format = 'merged'
  readonly #waiting: Waiting[]
  /** A binary heap: the input with the earliest next record first. */
  readonly #heap: InputRecords[]
  readonly #facts: InputFacts[]
  readonly #onKeyLog: OnKeyLog | undefined
  readonly #header = new DataView(new ArrayBuffer(MERGED_HEADER))
  readonly #headerBytes = new Uint8Array(this.#header.buffer)
  /** The first input's record is being written: octets of header and data that are out. */
  #written = -1

  private constructor(
    waiting: Waiting[],
    active: readonly InputRecords[],
    facts: InputFacts[],
    onKeyLog: OnKeyLog | undefined,
  ) {
    this.#onKeyLog = onKeyLog
    this.#waiting = waiting
    this.#heap = []
    this.#facts = facts
    for (const records of active) this.#push(records)
  }

  /** Looks for the first record of every input. */
  static async open(inputs: readonly RecordSource[], onKeyLog?: OnKeyLog): Promise<MergedStream> {
    const waiting: Waiting[] = []
    const active: InputRecords[] = []
    const facts: InputFacts[] = []
    for (const [index, input] of inputs.entries()) {
      const records = new InputRecords(input, input.capture ?? index, onKeyLog)
      const found = await records.advance()
      facts.push(records.facts())
      if (found && !input.reopenable) {
        active.push(records)
        continue
      }
      records.close()
      const { seconds, nanoseconds } = records.cursor
      if (found) waiting.push({ input, index: records.index, first: { seconds, nanoseconds } })
    }
    waiting.sort((a, b) => compareTimes(b.first, a.first) || b.index - a.index)
    return new MergedStream(waiting, active, facts, onKeyLog)
  }

  async fill(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.length) {
      if (this.#isDue()) await this.#openDue()
      const records = this.#heap[0]
      if (records === undefined) break
      if (this.#written < 0) this.#writeHeader(records)
      const { cursor } = records
      filled += this.#copy(records, target, filled)
      if (this.#written < MERGED_HEADER + cursor.keptLength) break
      this.#written = -1
      if (records.tryAdvance() || (await records.advance())) this.#siftDown()
      else this.#removeFirst()
    }
    return filled
  }

  facts(): readonly InputFacts[] {
    for (const records of this.#heap) this.#facts[records.index] = records.facts()
    return this.#facts
  }

  close(): void {
    for (const records of this.#heap) records.close()
    this.#heap.length = 0
    this.#waiting.length = 0
  }

  /** Between two records: an input that waits begins no later than the record that would be next. */
  #isDue(): boolean {
    if (this.#written >= 0 || this.#waiting.length === 0) return false
    const { first } = this.#waiting[this.#waiting.length - 1]
    return this.#heap.length === 0 || compareTimes(first, this.#heap[0].cursor) <= 0
  }

  async #openDue(): Promise<void> {
    while (this.#isDue()) {
      const { input, index } = this.#waiting.pop()!
      const records = new InputRecords(input, index, this.#onKeyLog)
      if (await records.advance()) this.#push(records)
      else records.close()
    }
  }

  #writeHeader({ index, cursor }: InputRecords): void {
    const header = this.#header
    header.setUint32(MergedField.Capture, index, true)
    header.setUint32(MergedField.Frame, cursor.frame, true)
    header.setFloat64(MergedField.Seconds, cursor.seconds, true)
    header.setUint32(MergedField.Nanoseconds, cursor.nanoseconds, true)
    header.setUint32(MergedField.LinkType, cursor.linkType, true)
    header.setUint32(MergedField.Captured, cursor.capturedLength, true)
    header.setUint32(MergedField.Original, cursor.originalLength, true)
    header.setUint32(MergedField.Kept, cursor.keptLength, true)
    this.#written = 0
  }

  /** Writes what fits of the head's record from where the last call stopped; returns the octets written. */
  #copy({ cursor, bytes }: InputRecords, target: Uint8Array, offset: number): number {
    let at = offset
    if (this.#written < MERGED_HEADER) {
      const part = this.#headerBytes.subarray(this.#written, this.#written + target.length - at)
      target.set(part, at)
      at += part.length
      this.#written += part.length
    }
    if (this.#written >= MERGED_HEADER) {
      const from = cursor.dataOffset + this.#written - MERGED_HEADER
      const part = bytes.subarray(from, Math.min(cursor.dataOffset + cursor.keptLength, from + target.length - at))
      target.set(part, at)
      at += part.length
      this.#written += part.length
    }
    return at - offset
  }

  #push(records: InputRecords): void {
    const heap = this.#heap
    let at = heap.push(records) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(records, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = records
  }

  #siftDown(): void {
    const heap = this.#heap
    const records = heap[0]
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++
      if (!isBefore(heap[child], records)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = records
  }

  #removeFirst(): void {
    const [ended] = this.#heap
    this.#facts[ended.index] = ended.facts()
    ended.close()
    const moved = this.#heap.pop()
    if (moved === undefined || this.#heap.length === 0) return
    this.#heap[0] = moved
    this.#siftDown()
  }
}

function isBefore(a: InputRecords, b: InputRecords): boolean {
  const order = compareTimes(a.cursor, b.cursor)
  return order === 0 ? a.index < b.index : order < 0
}

function compareTimes(a: CaptureTime, b: CaptureTime): number {
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds
}
