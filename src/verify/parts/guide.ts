import { beginScratchFile, growScratchFile, ScratchReader } from '../../capture/scratch-file.ts'
import { DESCRIPTOR_WORDS } from '../shared-memory.ts'
import { D, S, type SlabSlots } from '../slab-slots.ts'

/*
 * What only the order of the whole trace tells of the packets of one part, in the order of the part: where they stand
 * in the trace, and their rollover counters. An entry of 16 octets holds from the packet on that it belongs to:
 *
 *   | frame u32 | Guide u32 | value f64 |
 */
const ENTRY_BYTES = 16
const Guide = {
  /** The packet's position in the trace; positions go on as frames do. */
  Position: 0,
  /** The rollover counter of the packet's stream. */
  RolloverCounter: 1,
} as const

const ENTRIES_AT_ONCE = 1024

/** Writes the guides of all parts while the trace is walked in order. */
export class GuideWriter {
  readonly #pathOf: (part: number) => string
  readonly #parts: PartNotes[] = []
  /** By stream: 1 + the part of its packet before, and the rollover counter of that. */
  #partOf = new Int32Array(1024)
  #rocOf = new Int32Array(1024)

  constructor(pathOf: (part: number) => string) {
    this.#pathOf = pathOf
  }

  /** Streams that have packets in a part. */
  streamsOf(part: number): ReadonlySet<number> {
    return this.#parts[part]?.streams ?? NO_STREAMS
  }

  /** Takes in the packets of a slab that was walked (SlabThread, OnWalked). */
  readonly take = (slots: SlabSlots, slab: number, count: number): void => {
    const words = slots.descriptors
    const position = slots.meta[slots.metaAt(slab) + S.FirstPosition]
    const first = slots.descriptorAt(slab, 0)
    for (let d = first; d < first + count * DESCRIPTOR_WORDS; d += DESCRIPTOR_WORDS) {
      const part = words[d + D.Capture]
      const frame = words[d + D.Frame] >>> 0
      const stream = words[d + D.Stream]
      const roc = words[d + D.Roc]
      const at = position + words[d + D.Position]
      const notes = this.#notesOf(part)
      if (at - frame !== notes.ahead) {
        notes.ahead = at - frame
        notes.put(frame, Guide.Position, at)
      }
      if (stream >= this.#partOf.length) this.#grow(stream)
      if (this.#partOf[stream] !== part + 1 || this.#rocOf[stream] !== roc) {
        this.#partOf[stream] = part + 1
        this.#rocOf[stream] = roc
        notes.streams.add(stream)
        notes.put(frame, Guide.RolloverCounter, roc)
      }
    }
  }

  /** Call once, at the trace's end. */
  finish(): void {
    for (const notes of this.#parts) notes?.flush()
  }

  #notesOf(part: number): PartNotes {
    const known = this.#parts[part]
    if (known !== undefined) return known
    const made = new PartNotes(this.#pathOf(part))
    this.#parts[part] = made
    return made
  }

  #grow(stream: number): void {
    const length = Math.max(stream + 1, this.#partOf.length * 2)
    this.#partOf = enlarged(this.#partOf, length)
    this.#rocOf = enlarged(this.#rocOf, length)
  }
}

function enlarged(words: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(words)
  return larger
}

const NO_STREAMS: ReadonlySet<number> = new Set()

class PartNotes {
  readonly streams = new Set<number>()
  /** Position less frame of the packet before. */
  ahead = Number.NaN
  readonly #path: string
  readonly #view = new DataView(new ArrayBuffer(ENTRIES_AT_ONCE * ENTRY_BYTES))
  #used = 0

  constructor(path: string) {
    this.#path = path
    beginScratchFile(path)
  }

  put(frame: number, kind: number, value: number): void {
    if (this.#used === this.#view.byteLength) this.flush()
    this.#view.setUint32(this.#used, frame, true)
    this.#view.setUint32(this.#used + 4, kind, true)
    this.#view.setFloat64(this.#used + 8, value, true)
    this.#used += ENTRY_BYTES
  }

  flush(): void {
    growScratchFile(this.#path, new Uint8Array(this.#view.buffer, 0, this.#used))
    this.#used = 0
  }
}

/** Gives the packets of one part their places in the trace and their rollover counters, as the part is walked. */
export class GuideFollower {
  /** By stream of the part: positions of its first and its last packet so far. */
  readonly first: number[] = []
  readonly last: number[] = []
  readonly #rocOf: number[] = []
  readonly #reader: ScratchReader
  readonly #view = new DataView(new ArrayBuffer(ENTRIES_AT_ONCE * ENTRY_BYTES))
  #at = 0
  #end = 0
  #ahead = 0

  constructor(path: string) {
    this.#reader = new ScratchReader(path)
    this.#refill()
  }

  /** Rewrites the packets of a slab that was walked (SlabThread, OnWalked). */
  readonly take = (slots: SlabSlots, slab: number, count: number): void => {
    const words = slots.descriptors
    const m = slots.metaAt(slab) + S.FirstPosition
    const first = slots.descriptorAt(slab, 0)
    for (let d = first; d < first + count * DESCRIPTOR_WORDS; d += DESCRIPTOR_WORDS) {
      const frame = words[d + D.Frame] >>> 0
      const stream = words[d + D.Stream]
      this.#follow(frame, stream)
      const at = this.#ahead + frame
      if (d === first) slots.meta[m] = at
      words[d + D.Position] = at - slots.meta[m]
      words[d + D.Roc] = this.#rocOf[stream] ?? 0
      this.first[stream] ??= at
      this.last[stream] = at
    }
  }

  close(): void {
    this.#reader.close()
  }

  #follow(frame: number, stream: number): void {
    for (; this.#end > 0; this.#at += ENTRY_BYTES) {
      if (this.#at === this.#end) this.#refill()
      if (this.#end === 0) return
      const of = this.#view.getUint32(this.#at, true)
      if (of > frame) return
      const value = this.#view.getFloat64(this.#at + 8, true)
      if (this.#view.getUint32(this.#at + 4, true) === Guide.Position) this.#ahead = value - of
      else if (of === frame) this.#rocOf[stream] = value
    }
  }

  #refill(): void {
    this.#at = 0
    this.#end = this.#reader.read(new Uint8Array(this.#view.buffer))
  }
}
