import { openCaptureStream } from '../../capture/capture-stream.ts'
import { FileSlabs } from '../../capture/file-slabs.ts'
import type { InputFacts, OnKeyLog } from '../../capture/input-records.ts'
import { createWalker, type WalkedFormat } from '../../capture/walker.ts'
import type { StreamTable } from '../../rtp/stream-table.ts'
import type { Breakage } from '../breakage.ts'
import { CF, type Control } from '../control.ts'
import type { EngineOptions } from '../engine-options.ts'
import { forgetContexts } from '../lane-layout.ts'
import { SPILL_LIMIT_BYTES, type Spills } from '../second-pass/spills.ts'
import { laneAddress } from '../shared-memory.ts'
import { type PumpTask, type SharedTables, sharedWalkerState } from '../tasks.ts'
import type { ThreadPool } from '../thread-pool.ts'
import { factsAtBreakage, factsOfFile } from './file-facts.ts'
import { Hearing, type SignallingListener } from './hearing.ts'
import { MainPump } from './pump.ts'
import { SignallingRing } from './signalling-ring.ts'
import type { Rest, SlabSource } from './slab-source.ts'
import { type OnWalked, SlabThread } from './slab-thread.ts'

/** Reads the whole trace once, on all threads: it fills the tables that they share, and finds the facts of each input. */
export class FirstPass {
  readonly #options: EngineOptions
  readonly #shared: SharedTables
  readonly #streams: StreamTable
  readonly #control: Control
  readonly #spills: Spills
  readonly #pool: ThreadPool | undefined
  /** The walker that all threads take in turn. */
  readonly #walkerState: Float64Array
  #format: WalkedFormat
  #facts: readonly InputFacts[] = []
  #breakage: Breakage | undefined
  /** While a stream is read. */
  #factsNow: (() => readonly InputFacts[]) | undefined

  /** @param pool absent where one thread does it all */
  constructor(
    options: EngineOptions,
    shared: SharedTables,
    streams: StreamTable,
    control: Control,
    spills: Spills,
    pool: ThreadPool | undefined,
  ) {
    this.#options = options
    this.#shared = shared
    this.#streams = streams
    this.#control = control
    this.#spills = spills
    this.#pool = pool
    this.#walkerState = sharedWalkerState(shared.memory, shared.layout)
    const { inputs } = options
    this.#format = inputs.length === 1 ? inputs[0].format : 'merged'
  }

  /** What was found about each input so far, in their order; of a file once it is over. */
  get facts(): readonly InputFacts[] {
    return this.#factsNow?.() ?? this.#facts
  }

  /** Why a trace was not read to its end, or a part of it not judged. */
  get breakage(): Breakage | undefined {
    return this.#breakage
  }

  get #isReadOnce(): boolean {
    return this.#options.inputs.some(({ reopenable }) => !reopenable)
  }

  /** The pool's threads are at a stream, and hear of nothing else. */
  get isOnStream(): boolean {
    return this.#factsNow !== undefined
  }

  /** The listener hears the signalling, and `rest` is held, as Engine.firstPass has it. */
  async run(listener: SignallingListener, rest?: Rest): Promise<void> {
    const [input] = this.#options.inputs
    const { inputs, records = (onKeyLog: OnKeyLog) => openCaptureStream(inputs, onKeyLog) } = this.#options
    if (inputs.length === 1 && input.isPlainFile && this.#options.records === undefined) {
      const file = new FileSlabs(input.place)
      try {
        await this.#pump({ kind: 'file', file }, listener, input.place)
        const facts = factsOfFile(file, this.#walkerState, this.#control, this.#shared.layout.slabBytes)
        this.#facts = factsAtBreakage([facts], this.#breakage)
      } finally {
        file.close()
      }
      return
    }
    const stream = await records((text, left) => listener.keyLog?.(text, left))
    this.#format = stream.format
    this.#factsNow = () => stream.facts(this.#walkerState)
    try {
      await this.#pump({ kind: 'stream', fill: (target) => stream.fill(target), rest }, listener)
      this.#facts = factsAtBreakage(this.#factsNow(), this.#breakage)
    } finally {
      this.#factsNow = undefined
      stream.close()
    }
  }

  /** What is heard once all was read failed: what was judged is worth a report all the same. @throws `cause` where none is wanted */
  breakOff(cause: unknown): void {
    if (this.#options.salvage !== true) throw cause
    this.#breakage ??= { cause, atByte: this.#facts[0].bytes }
    this.#facts = factsAtBreakage(this.#facts, this.#breakage)
  }

  async #pump(source: SlabSource, listener: SignallingListener, path?: string): Promise<void> {
    this.#options.onReading?.()
    const { memory, layout } = this.#shared
    const task: PumpTask = {
      type: 'pump',
      ...this.#shared,
      thread: 0,
      deferredSpill: this.#spills.deferred.descriptor,
      reassembledSpill: this.#spills.reassembled.descriptor,
      spillLimitBytes: SPILL_LIMIT_BYTES,
      format: this.#format,
      hashNine: this.#options.hashNine === true,
      ...(path !== undefined && { path }),
    }
    const { ring, ringBytes, slabBytes } = layout
    const signalling = new SignallingRing(this.#control, memory.buffer, ring, ringBytes)
    const hearing = new Hearing(this.#control, signalling, listener, (slab) =>
      this.#options.onProgress?.((slab + 1) * slabBytes),
    )
    const threadFor = (one: PumpTask, onWalked?: OnWalked): SlabThread => {
      const walker = createWalker(this.#format, this.#walkerState)
      return new SlabThread(one, walker, hearing.drain, onWalked)
    }
    const thread = threadFor(task, this.#options.onWalked)
    if (layout.threads === 1) thread.optimiseNines()
    const salvage = this.#options.salvage === true
    const main = new MainPump(thread, hearing, slabBytes, { own: salvage, threads: salvage && this.#isReadOnce })
    const alone = this.#options.onWalked !== undefined
    const others = Array.from({ length: alone ? 0 : this.#options.workers - 1 }, (_, n) => {
      const its: PumpTask = { ...task, thread: n + 1 }
      return this.#pool?.run(its).catch((error) => {
        // What it was at may be half made.
        forgetContexts(memory.buffer, laneAddress(layout, its.thread))
        return main.standIn(threadFor(its), source, error)
      })
    })
    try {
      await main.run(source)
    } finally {
      await Promise.all(others)
    }
    main.end(source)
    this.#breakage = main.breakage
    // The slab at which it broke off may have had new streams.
    if (this.#breakage !== undefined) listener.slabEnd(this.#streams.count, this.#control.floats[CF.TimeUs])
  }
}
