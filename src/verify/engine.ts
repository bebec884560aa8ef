import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CaptureInput } from '../capture/capture-input.ts'
import { type CaptureStream, openCaptureStream } from '../capture/capture-stream.ts'
import { FileSlabs } from '../capture/file-slabs.ts'
import type { InputFacts, OnKeyLog } from '../capture/input-records.ts'
import { createWalker, createWalkerState, WALKER_STATE_BYTES, type WalkedFormat } from '../capture/walker.ts'
import type { Dropped } from '../limits/limits.ts'
import { type FragmentFacts, FragmentTable } from '../net/fragments.ts'
import { StreamTable } from '../rtp/stream-table.ts'
import { Timelines } from '../rtp/timelines.ts'
import { KEY_ENTRY_BYTES } from '../srtp/key-entry.ts'
import { C, CF, Control } from './control.ts'
import { DealtTasks } from './dealt-tasks.ts'
import { type EngineOptions, usefulThreads } from './engine-options.ts'
import { factsAtBreakage, factsOfFile } from './file-facts.ts'
import { compileKernel, instantiateKernel, type Kernel, type KernelModule, type SharedMemory } from './kernel.ts'
import { SingleVerifier } from './kernel-authenticator.ts'
import { KeyTable } from './key-table.ts'
import type { KeyTrial } from './key-trial.ts'
import { forgetContexts } from './lane-layout.ts'
import { type Breakage, MainPump, type Rest, type SignallingListener, type SlabSource } from './pump.ts'
import { RepeatList } from './repeat-list.ts'
import type { Resolution, ResolveJob } from './resolution.ts'
import { allocate, type Layout, laneAddress, layoutOf } from './shared-memory.ts'
import { SignallingRing } from './signalling-ring.ts'
import { type OnWalked, SlabThread } from './slab-thread.ts'
import { SPILL_LIMIT_BYTES, Spills } from './spills.ts'
import { type PumpTask, type ResolveTask, secondPassOf, sharedWalkerState } from './tasks.ts'
import { ThreadPool } from './thread-pool.ts'
import { wipeSharedMemory } from './wiped-memory.ts'

function plainSizeOf(inputs: readonly CaptureInput[]): number | undefined {
  return inputs.length === 1 && inputs[0].isPlainFile ? inputs[0].sizeBytes : undefined
}

/**
 * The threads and the shared memory of one scan, and its two passes. What is read are the inputs as one trace; what
 * comes out are the stream table after the first pass, and a resolution for every job of the second.
 */
export class Engine {
  readonly streams: StreamTable
  readonly keys: KeyTable
  /** RTP packets that came again. */
  readonly repeats: RepeatList
  /** Where they are kept. */
  readonly timelines: Timelines | undefined
  readonly control: Control
  /** The input can be read once only: what is not judged at once is spilled. */
  readonly oneShot: boolean
  readonly #options: EngineOptions
  readonly #layout: Layout
  readonly #memory: SharedMemory
  readonly #kernel: KernelModule
  readonly #kernelHere: Kernel
  readonly #pool: ThreadPool | undefined
  readonly #dealt: DealtTasks
  readonly #spills: Spills
  #format: WalkedFormat
  #facts: readonly InputFacts[] = []
  #breakage: Breakage | undefined
  /** A second pass was begun. */
  #metAgain = false
  /** While a stream is read. */
  #factsNow: (() => readonly InputFacts[]) | undefined

  constructor(options: EngineOptions) {
    const { inputs } = options
    const workers = usefulThreads(options)
    this.#options = { ...options, workers }
    this.oneShot = inputs.some((input) => !input.reopenable)
    this.#layout = layoutOf({
      threads: workers,
      slabBytes: options.slabBytes,
      maxMemoryBytes: options.maxMemoryBytes,
      walkerBytes: WALKER_STATE_BYTES,
      fragmentBytes: FragmentTable.byteLength,
      keyEntryBytes: KEY_ENTRY_BYTES,
      timelines: options.timelines === true,
    })
    this.#memory = allocate(this.#layout)
    this.#kernel = compileKernel()
    const { buffer } = this.#memory
    const kernel = instantiateKernel(this.#kernel, this.#memory)
    this.streams = new StreamTable(buffer, this.#layout.streams, this.#layout.streamCapacity)
    this.repeats = new RepeatList(buffer, this.#layout.repeats, this.streams)
    this.timelines = this.#layout.timelines > 0 ? new Timelines(buffer, this.streams) : undefined
    this.keys = new KeyTable(
      buffer,
      this.#layout.keys,
      this.#layout.keyCapacity,
      new SingleVerifier(kernel, buffer, laneAddress(this.#layout, 0)),
    )
    kernel.keepTimelines(this.#layout.timelines)
    this.#kernelHere = kernel
    this.control = new Control(buffer, this.#layout.control)
    this.#format = inputs.length === 1 ? inputs[0].format : 'merged'
    this.#spills = new Spills(this.control, this.oneShot)
    this.#pool = workers > 1 ? new ThreadPool('verify', workers - 1) : undefined
    this.#dealt = new DealtTasks(this.shared, workers, this.#pool)
  }

  /** What its state may take, octets. */
  get maxMemoryBytes(): number {
    return this.#options.maxMemoryBytes
  }

  get keyCapacity(): number {
    return this.#layout.keyCapacity
  }

  /** Records of the whole trace, once the first pass is over. */
  get records(): number {
    return this.control.floats[CF.Position]
  }

  /** Time of the last record so far, µs since 1970. */
  get timeUs(): number {
    return this.control.floats[CF.TimeUs]
  }

  /** Packets that were left for later and that a full disk lost. */
  get spillLost(): number {
    return this.control.floats[CF.SpillLost]
  }

  /** What limits dropped of packets and streams. */
  get dropped(): Dropped {
    return {
      streams: this.streams.refused,
      streamsToOnePort: this.streams.crowded,
      repeatedPackets: this.repeats.beyond,
      timelineChunks: this.timelines?.streamsWithout ?? 0,
      spillOctets: this.control.floats[CF.SpillRefused],
    }
  }

  /** What was found about each input so far, in their order; of a file once the first pass is over. */
  get facts(): readonly InputFacts[] {
    return this.#factsNow?.() ?? this.#facts
  }

  /** Why a trace that can be read once only was not read to its end, or a part of it not judged. */
  get breakage(): Breakage | undefined {
    return this.#breakage
  }

  /** Octets of signalling that were handed on and not heard yet. */
  get signallingBytes(): number {
    return (this.control.load(C.RingWritten) - this.control.load(C.RingRead)) >>> 0
  }

  /** Octets of packets that wait for the second pass on the disk. */
  get spilledBytes(): number {
    return this.#spills.bytes
  }

  get fragmentFacts(): FragmentFacts {
    return new FragmentTable(this.#memory.buffer, this.#layout.fragments).readFragmentFacts()
  }

  /**
   * Reads the whole trace once. The listener hears its signalling, in order, on the calling thread. Where the trace is
   * a stream, `rest` is held between two slabs as often as it is time.
   */
  async firstPass(listener: SignallingListener, rest?: Rest): Promise<void> {
    const [input] = this.#options.inputs
    const { inputs, records = (onKeyLog: OnKeyLog) => openCaptureStream(inputs, onKeyLog) } = this.#options
    if (inputs.length === 1 && input.isPlainFile && this.#options.records === undefined) {
      const file = new FileSlabs(input.place)
      try {
        await this.#pump({ kind: 'file', file }, listener, input.place)
        this.#facts = [factsOfFile(file, this.#walkerState(), this.control, this.#layout.slabBytes)]
      } finally {
        file.close()
      }
      return
    }
    const stream = await records((text, left) => listener.keyLog?.(text, left))
    this.#format = stream.format
    this.#factsNow = () => stream.facts(this.#walkerState())
    try {
      await this.#pump({ kind: 'stream', fill: (target) => stream.fill(target), rest }, listener)
      this.#facts = factsAtBreakage(this.#factsNow(), this.#breakage)
    } finally {
      this.#factsNow = undefined
      stream.close()
    }
  }

  /** Judges what the first pass left. Resolutions come in the order of the jobs. */
  async secondPass(jobs: readonly ResolveJob[], lastPosition: number): Promise<Resolution[]> {
    if (jobs.length === 0) return []
    this.#metAgain = true
    const { reassembled, deferred } = this.#spills
    const task = { jobs, lastPosition, reassembled }
    const { inputs, left } = this.#options
    const [input] = inputs
    const resolve = (from: ResolveTask['from']) => this.#dealt.resolve({ ...task, from }, this.#isPumping)
    let found: Resolution[]
    if (left !== undefined) found = await resolve({ parts: await left(jobs) })
    else if (this.oneShot) found = await resolve({ deferred })
    else if (inputs.length === 1 && input.isPlainFile)
      found = await resolve({ path: input.place, format: input.format })
    else found = await this.#resolveStream({ ...this.shared, ...task, thread: 0 })
    const byStream = new Map(found.map((resolution) => [resolution.stream, resolution]))
    return jobs.map((job) => byStream.get(job.stream) as Resolution)
  }

  /** Tries keys on the packets of streams that fail: for each trial the number of the first key that holds, or 0. */
  tryKeys(trials: readonly KeyTrial[]): Promise<number[]> {
    return this.#dealt.tryKeys(trials, this.#isPumping)
  }

  /**
   * Between two slabs: lets go of all streams but those that `keeps` names, and of the keys that the caller let go of.
   * Returns for each number of a stream its new one, or -1.
   */
  release(keeps: (stream: number) => boolean): Int32Array {
    const { buffer } = this.#memory
    const kernel = this.#kernelHere
    for (let id = 0; id < this.streams.count; id++) {
      if (!keeps(id)) kernel.forgetTimeline(this.streams.addressOf(id))
    }
    const moved = this.streams.compact(keeps, (identity) => kernel.findOrAddStream(this.#layout.streams, identity))
    this.repeats.compact(moved)
    this.#spills.compact(moved)
    this.control.floats[CF.Streams] = this.streams.count
    for (let thread = 0; thread < this.#layout.threads; thread++) {
      forgetContexts(buffer, laneAddress(this.#layout, thread))
    }
    this.control.words[C.Generation]++
    this.keys.renew(this.control.words[C.Generation])
    return moved
  }

  async close(): Promise<void> {
    this.#spills.close()
    await this.#pool?.close()
    this.keys.wipe()
    wipeSharedMemory(this.#memory.buffer, this.#layout, this.control, plainSizeOf(this.#options.inputs), this.#metAgain)
  }

  /** What every thread has to know of the memory that they share. */
  get shared(): Pick<PumpTask, 'memory' | 'layout' | 'kernel'> {
    return { memory: this.#memory, layout: this.#layout, kernel: this.#kernel }
  }

  /** The pool's threads are at the first pass of a stream, and hear of nothing else. */
  get #isPumping(): boolean {
    return this.#factsNow !== undefined
  }

  #walkerState(): Float64Array {
    return sharedWalkerState(this.#memory, this.#layout)
  }

  async #pump(source: SlabSource, listener: SignallingListener, path?: string): Promise<void> {
    // The pump leaves the event loop no time to start threads in.
    await this.#pool?.started()
    const task: PumpTask = {
      type: 'pump',
      ...this.shared,
      thread: 0,
      deferredSpill: this.#spills.deferred.descriptor,
      reassembledSpill: this.#spills.reassembled.descriptor,
      spillLimitBytes: SPILL_LIMIT_BYTES,
      format: this.#format,
      ...(path !== undefined && { path }),
    }
    const { ring, ringBytes, slabBytes } = this.#layout
    const threadFor = (one: PumpTask, onWalked?: OnWalked): SlabThread => {
      const walker = createWalker(this.#format, this.#walkerState())
      return new SlabThread(one, walker, () => main.drain(), onWalked)
    }
    const main = new MainPump(
      threadFor(task, this.#options.onWalked),
      new SignallingRing(this.control, this.#memory.buffer, ring, ringBytes),
      listener,
      slabBytes,
      (slab) => this.#options.onProgress?.((slab + 1) * slabBytes),
      this.oneShot && this.#options.salvage === true,
    )
    const alone = this.#options.onWalked !== undefined
    const others = Array.from({ length: alone ? 0 : this.#options.workers - 1 }, (_, n) => {
      const its: PumpTask = { ...task, thread: n + 1 }
      return this.#pool?.run(its).catch((error) => {
        // What it was at may be half made.
        forgetContexts(this.#memory.buffer, laneAddress(this.#layout, its.thread))
        return main.standIn(threadFor(its), source, error)
      })
    })
    try {
      await main.run(source)
    } finally {
      await Promise.all(others)
    }
    this.#breakage = main.breakage
    // The slab at which it broke off may have had new streams.
    if (this.#breakage !== undefined) listener.slabEnd(this.streams.count, this.timeUs)
  }

  async #resolveStream(task: Omit<ResolveTask, 'from' | 'type'>): Promise<Resolution[]> {
    const pass = secondPassOf(task)
    const stream: CaptureStream = await openCaptureStream(this.#options.inputs)
    try {
      const walker = createWalker(stream.format, createWalkerState())
      while (pass.again(walker, await stream.fill(pass.target))) await nextTurn()
    } finally {
      stream.close()
    }
    return pass.resolutions()
  }
}
