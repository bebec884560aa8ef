import { randomInt } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CaptureInput } from '../capture/capture-input.ts'
import { openCaptureStream } from '../capture/capture-stream.ts'
import type { InputFacts } from '../capture/input-records.ts'
import { createWalker, createWalkerState } from '../capture/walker.ts'
import type { Dropped } from '../limits/limits.ts'
import { type FragmentFacts, FragmentTable } from '../net/fragments.ts'
import { TurnSegments } from '../net/turn-segments.ts'
import { cutsByteLength, enterCuts, type StreamCut } from '../rtp/stream-cuts.ts'
import { StreamTable } from '../rtp/stream-table.ts'
import { Timelines } from '../rtp/timelines.ts'
import type { Breakage } from './breakage.ts'
import { C, CF, Control } from './control.ts'
import { DealtTasks } from './dealt-tasks.ts'
import { type EngineOptions, usefulThreads } from './engine-options.ts'
import { FirstPass } from './first-pass/first-pass.ts'
import type { SignallingListener } from './first-pass/hearing.ts'
import type { Rest } from './first-pass/slab-source.ts'
import type { KeyTrial } from './judgement/key-trial.ts'
import { compileKernel, instantiateKernel, type Kernel, type KernelModule, type SharedMemory } from './kernel.ts'
import { KeyTable } from './key-table.ts'
import { forgetContexts, LaneAt } from './lane-layout.ts'
import { RepeatList } from './repeat-list.ts'
import type { Resolution, ResolveJob } from './second-pass/resolution.ts'
import { Spills } from './second-pass/spills.ts'
import { allocate, type Layout, laneAddress, layoutOf } from './shared-memory.ts'
import { type ResolveTask, type SharedTables, secondPassOf } from './tasks.ts'
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
  readonly #firstPass: FirstPass
  /** A second pass was begun. */
  #metAgain = false

  constructor(options: EngineOptions) {
    const { inputs, cuts = [] } = options
    const workers = usefulThreads(options)
    this.oneShot = inputs.some((input) => !input.reopenable)
    this.#options = { ...options, workers }
    this.#layout = layoutOf({
      threads: workers,
      slabBytes: options.slabBytes,
      maxMemoryBytes: options.maxMemoryBytes,
      timelines: options.timelines === true,
      ...(cuts.length > 0 && { cutBytes: cutsByteLength(cuts) }),
    })
    this.#memory = allocate(this.#layout)
    this.#kernel = compileKernel()
    const { buffer } = this.#memory
    const kernel = instantiateKernel(this.#kernel, this.#memory)
    this.streams = new StreamTable(buffer, this.#layout.streams, this.#layout.streamCapacity)
    this.repeats = new RepeatList(buffer, this.#layout.repeats, this.streams)
    this.timelines = this.#layout.timelines > 0 ? new Timelines(buffer, this.streams) : undefined
    this.keys = new KeyTable(kernel, buffer, this.#layout, 0)
    kernel.keepTimelines(this.#layout.timelines)
    if (cuts.length > 0) this.#enter(cuts, kernel)
    this.#kernelHere = kernel
    this.control = new Control(buffer, this.#layout.control)
    this.#spills = new Spills(this.control, this.oneShot)
    this.#pool = workers > 1 ? new ThreadPool('verify', workers - 1) : undefined
    this.#dealt = new DealtTasks(this.shared, workers, this.#pool)
    this.#firstPass = new FirstPass(this.#options, this.shared, this.streams, this.control, this.#spills, this.#pool)
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
      ...new TurnSegments(this.#memory.buffer, this.#layout.turn).dropped,
      streams: this.streams.refused,
      streamsToOnePort: this.streams.crowded,
      repeatedPackets: this.repeats.beyond,
      timelineChunks: this.timelines?.streamsWithout ?? 0,
      spillOctets: this.control.floats[CF.SpillRefused],
    }
  }

  /** What was found about each input so far, in their order; of a file once the first pass is over. */
  get facts(): readonly InputFacts[] {
    return this.#firstPass.facts
  }

  /** Why a trace was not read to its end, or a part of it not judged. */
  get breakage(): Breakage | undefined {
    return this.#firstPass.breakage
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
  firstPass(listener: SignallingListener, rest?: Rest): Promise<void> {
    return this.#firstPass.run(listener, rest)
  }

  /** The end of what the first pass handed on could not be heard. @throws `cause` where nothing is to be salvaged */
  breakOff(cause: unknown): void {
    this.#firstPass.breakOff(cause)
  }

  /** Judges what the first pass left. Resolutions come in the order of the jobs. */
  async secondPass(jobs: readonly ResolveJob[], lastPosition: number): Promise<Resolution[]> {
    if (jobs.length === 0) return []
    this.#metAgain = true
    this.#options.onRereading?.()
    const { reassembled, deferred } = this.#spills
    const task = { jobs, lastPosition, reassembled }
    const { inputs, left } = this.#options
    const [input] = inputs
    const resolve = (from: ResolveTask['from']) => this.#dealt.resolve({ ...task, from }, this.#firstPass.isOnStream)
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
    return this.#dealt.tryKeys(trials, this.#firstPass.isOnStream)
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
    const moved = this.streams.compact(keeps, (record) => kernel.addStreamAgain(this.#layout.streams, record))
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

  /** Resolves when nothing is left of what was read; threads that have nothing to do end by themselves. */
  async close(): Promise<void> {
    this.#spills.close()
    const ended = this.#pool?.close()
    // What a thread is at it may still write.
    if (this.#pool?.isBusy) await ended
    this.keys.wipe()
    wipeSharedMemory(this.#memory.buffer, this.#layout, this.control, plainSizeOf(this.#options.inputs), this.#metAgain)
  }

  /** What every thread has to know of the memory that they share. */
  get shared(): SharedTables {
    return { memory: this.#memory, layout: this.#layout, kernel: this.#kernel }
  }

  #enter(cuts: readonly StreamCut[], kernel: Kernel): void {
    const { buffer } = this.#memory
    const identityAt = laneAddress(this.#layout, 0) + LaneAt.Identity
    enterCuts(buffer, this.#layout.streams, this.#layout.cuts, cuts, randomInt(2 ** 32), (table, identity) => {
      new Int32Array(buffer, identityAt).set(identity)
      return kernel.findOrAddStream(table, identityAt, 0)
    })
  }

  async #resolveStream(task: Omit<ResolveTask, 'from' | 'type'>): Promise<Resolution[]> {
    const pass = secondPassOf(task)
    const stream = await openCaptureStream(this.#options.inputs)
    try {
      const walker = createWalker(stream.format, createWalkerState())
      while (pass.again(walker, await stream.fill(pass.target))) await nextTurn()
    } finally {
      stream.close()
    }
    return pass.resolutions()
  }
}
