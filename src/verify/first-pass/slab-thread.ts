import { createRecordCursor, Step } from '../../capture/record.ts'
import { SpillWriter } from '../../capture/spill-file.ts'
import type { RecordWalker, WalkedFormat } from '../../capture/walker.ts'
import { StreamTable } from '../../rtp/stream-table.ts'
import { C, CF, Control } from '../control.ts'
import { giveHashNine, optimiseHashNine } from '../hash-nine.ts'
import { instantiateKernel, type Kernel, type KernelModule, type SharedMemory } from '../kernel.ts'
import { KeyTable } from '../key-table.ts'
import { Lane } from '../lane.ts'
import { Stage } from '../lane-layout.ts'
import type { Layout } from '../shared-memory.ts'
import { S, SlabSlots } from '../slab-slots.ts'
import { RecordSorter } from './record-sorter.ts'
import { SlabVerdicts } from './slab-verdicts.ts'

/** What a thread needs to take part; it can be sent to another thread. */
export interface SlabThreadInput {
  readonly memory: SharedMemory
  readonly layout: Layout
  readonly kernel: KernelModule
  /** 0 is the main thread. */
  readonly thread: number
  readonly format: WalkedFormat
  /** Messages may be hashed nine at a time, where that is seen to pay (hash-nine.ts). */
  readonly hashNine: boolean
  /** Descriptors of the spill files: packets deferred from a one-shot input (-1 where it can be read again), reassembled ones. */
  readonly deferredSpill: number
  readonly reassembledSpill: number
  readonly spillLimitBytes: number
}

/**
 * Sees the packets of each slab in order, between its walk and its verification. It may rewrite the rollover counters
 * and the positions of the descriptors, and the position that these count from in the slot's facts.
 */
export type OnWalked = (slots: SlabSlots, slab: number, count: number) => void

/**
 * One thread's part in the first pass: it reads or is given a slab, waits its turn to walk it (the token), verifies
 * what can be verified at once when the slab's signalling is known (the watermark), and waits its turn to commit.
 * Waiting is the caller's: a worker blocks, the main thread goes on reading signalling.
 */
export class SlabThread {
  readonly control: Control
  readonly bytes: Uint8Array
  readonly #memory: SharedMemory
  readonly #kernel: Kernel
  readonly #layout: Layout
  readonly #slots: SlabSlots
  readonly #lane: Lane
  readonly #walker: RecordWalker
  readonly #sorter: RecordSorter
  readonly #verdicts: SlabVerdicts
  readonly #reassembled: SpillWriter
  readonly #cursor = createRecordCursor()
  readonly #onWalked: OnWalked | undefined
  readonly #mayHashNine: boolean
  #hashesNine = false

  /**
   * @param ringFull called while the signalling ring has no room: reads it, or waits until more was read than `read` octets
   * @param onWalked where this thread is the only one
   */
  constructor(input: SlabThreadInput, walker: RecordWalker, ringFull: (read: number) => void, onWalked?: OnWalked) {
    const { memory, layout, thread, format, deferredSpill, reassembledSpill, spillLimitBytes } = input
    this.#mayHashNine = input.hashNine
    const { buffer } = memory
    const kernel = instantiateKernel(input.kernel, memory)
    kernel.keepRepeats(layout.repeats)
    kernel.keepTimelines(layout.timelines)
    const streams = new StreamTable(buffer, layout.streams, layout.streamCapacity)
    const keys = new KeyTable(kernel, buffer, layout, thread)
    const deferred = deferredSpill >= 0 ? new SpillWriter(deferredSpill, spillLimitBytes) : undefined
    this.#onWalked = onWalked
    this.#memory = memory
    this.#kernel = kernel
    this.#layout = layout
    this.#slots = new SlabSlots(buffer, layout)
    this.bytes = this.#slots.bytes
    this.control = new Control(buffer, layout.control)
    this.#walker = walker
    this.#reassembled = new SpillWriter(reassembledSpill, spillLimitBytes)
    this.#lane = new Lane(kernel, buffer, layout, { thread, format, spills: deferred !== undefined }, this.#slots)
    this.#sorter = new RecordSorter(
      this.control,
      buffer,
      layout,
      kernel,
      this.#lane,
      this.#slots,
      streams,
      this.#reassembled,
      ringFull,
    )
    this.#verdicts = new SlabVerdicts(this.#lane, this.control, this.#slots, streams, keys, deferred)
  }

  /** States that this thread of the pool is up, one of so many. */
  up(threads: number): void {
    // Threads start slowly while a flag of V8's is set: the last one sets it.
    if (Atomics.add(this.control.words, C.Up, 1) + 1 === threads) this.optimiseNines()
  }

  /** Has all threads hash nine messages at a time from now on, where it pays. */
  optimiseNines(): void {
    if (this.#mayHashNine && optimiseHashNine(this.#memory, this.#lane.scratch)) this.control.publish(C.HashNine, 1)
  }

  /** The next slab that nobody has taken. */
  claim(): number {
    const slab = Atomics.add(this.control.words, C.NextSlab, 1)
    this.#lane.hold(slab, Stage.Claimed)
    return slab
  }

  /** The slab in hand: of a thread that takes over from one that died, that one's. */
  get hand(): Lane['hand'] {
    return this.#lane.hand
  }

  /** Where slab `slab`'s octets go: absolute offset in the shared memory. */
  slabOffset(slab: number): number {
    return this.#slots.offsetOf(slab)
  }

  /** Where a slab that was filled begins among the trace's octets. */
  fileOffset(slab: number): number {
    return this.#slots.meta[this.#slots.metaAt(slab) + S.FileOffset]
  }

  /** Whether the slot of `slab` is no longer needed by the slab before it in the slot, its tail included. */
  slotIsFree(slab: number): boolean {
    return this.control.load(C.Commit) >= slab - this.#layout.slots + 2
  }

  /** States what was read into the slab. */
  filled(slab: number, length: number, fileOffset: number, last: boolean): void {
    const { meta } = this.#slots
    const m = this.#slots.metaAt(slab)
    const start = this.slabOffset(slab)
    meta[m + S.Start] = start
    meta[m + S.End] = start + length
    meta[m + S.FileOffset] = fileOffset
    meta[m + S.Last] = last ? 1 : 0
  }

  /** Under the token: walks the slab's records and hands each on, then passes the token. */
  walk(slab: number): void {
    this.#lane.hold(slab, Stage.Walking)
    const { meta } = this.#slots
    const { floats } = this.control
    const m = this.#slots.metaAt(slab)
    const carried = this.#slots.takeCarry(slab)
    meta[m + S.FirstPosition] = floats[CF.Position]
    this.#reassembled.begin(floats[CF.ReassembledSpillBytes])
    const walker = this.#walker
    const start = meta[m + S.Start] - carried
    walker.open(this.bytes, start, meta[m + S.End], meta[m + S.FileOffset] - carried, meta[m + S.Last] === 1)
    this.#lane.enter(slab)
    for (;;) {
      this.#lane.takeUsual(walker)
      const step = walker.next(this.#cursor)
      if (step === Step.Incomplete) break
      if (step === Step.Secrets) this.#sorter.handOnSecrets(this.#cursor)
      else {
        this.#sorter.take(slab, floats[CF.Position], this.#cursor)
        floats[CF.Position]++
      }
    }
    meta[m + S.CarryStart] = walker.position
    meta[m + S.CarryLength] = meta[m + S.End] - walker.position
    floats[CF.ReassembledSpillBytes] = this.#reassembled.flush()
    floats[CF.SpillRefused] += this.#reassembled.beyond
    floats[CF.SpillLost] += this.#reassembled.lost
    if (this.#sorter.endOfSlab(slab)) this.control.words[C.News] = slab + 1
    meta[m + S.Needs] = this.control.words[C.News]
    this.#seen(slab)
    this.#lane.hold(slab, Stage.Walked)
    this.control.publish(C.Token, slab + 1)
  }

  #seen(slab: number): void {
    if (this.#onWalked === undefined) return
    this.#onWalked(this.#slots, slab, this.#lane.count)
    this.#lane.rebase(this.#slots.meta[this.#slots.metaAt(slab) + S.FirstPosition])
  }

  /** Whether all is known that the slab's packets are verified with: later slabs without news change nothing. */
  mayBeVerified(slab: number): boolean {
    return (
      this.#lane.count === 0 || this.control.load(C.Watermark) >= this.#slots.meta[this.#slots.metaAt(slab) + S.Needs]
    )
  }

  /** Once it may be. */
  verify(slab: number): void {
    this.#takeNines()
    this.#verdicts.verify(slab)
  }

  #takeNines(): void {
    if (this.#hashesNine || this.control.load(C.HashNine) === 0) return
    this.#hashesNine = true
    giveHashNine(this.#kernel, this.#memory)
    this.#lane.hashNines()
  }

  /** In slab order. */
  commit(slab: number): void {
    this.#lane.hold(slab, Stage.Committing)
    this.#verdicts.commit(slab)
    this.#lane.hold(slab, Stage.Committed)
    this.control.publish(C.Commit, slab + 1)
  }
}
