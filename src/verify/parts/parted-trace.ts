import { createHash, randomUUID } from 'node:crypto'
import { basename, join } from 'node:path'
import { addToList } from '../../bytes/lists-by-key.ts'
import type { CaptureInput } from '../../capture/capture-input.ts'
import type { CaptureStream } from '../../capture/capture-stream.ts'
import { type ContentIdentity, contentIdentity } from '../../capture/content-identity.ts'
import type { OnKeyLog } from '../../capture/input-records.ts'
import type { PartSpill } from '../../capture/part-spills.ts'
import { readScratchText } from '../../capture/scratch-file.ts'
import { SAMPLE_MISSED } from '../../rtp/payload-randomness.ts'
import { F, I, type StreamTable } from '../../rtp/stream-table.ts'
import type { MasterKey } from '../../srtp/session-keys.ts'
import type { EngineOptions } from '../engine-options.ts'
import type { ResolveJob } from '../second-pass/resolution.ts'
import { GuideWriter } from './guide.ts'
import { joinVerdicts } from './joined-verdicts.ts'
import type { PartLimits } from './lean-part.ts'
import { type LeanFindings, openLeanStream } from './lean-stream.ts'
import type { PartFile, PartOutcome, PartTask } from './part-task.ts'
import { IDENTITY_WORDS, type PartFindings, type PartVerdict, type PlannedStream } from './part-verdicts.ts'

/** Does the jobs of parts, several at a time. `folder` is where the names in tasks lie. */
export type PartRunner = (tasks: readonly PartTask[], folder: string) => Promise<void>

export interface PartedOptions {
  /** The parts: regular files. */
  readonly inputs: readonly CaptureInput[]
  /**
   * Where what the jobs hand on lies: every job must see it. What an earlier run left there of the same parts is not done
   * again.
   */
  readonly folder: string
  /** Stands for all that the outcome of a job depends on beside its part and its plan: the tool's version. */
  readonly version: string
  readonly limits: PartLimits
  readonly run: PartRunner
}

type Work = Pick<PlannedStream, 'key' | 'leftFrom'>

/** What is known of a trace's keys when all of its signalling was heard. */
export interface TraceKeysByNow {
  /** The key of a number. */
  masterOf(key: number): MasterKey
  /** Whether a stream has any. */
  areKnown(stream: number): boolean
}

/**
 * One trace in several files that are read by a job each (docs/decisions/as-one.md). First a job for every part writes
 * its lean trace; then one thread walks these in the order of the trace, for all that has an order; then a job for every
 * part verifies its packets.
 */
export class PartedTrace {
  readonly #options: PartedOptions
  /** Tells the guides of this run from those of another in the same folder. */
  readonly #own = randomUUID()
  #guides: GuideWriter
  /** Streams whose packets are in `spills`. */
  readonly #kept = new Set<number>()
  readonly #spills: PartSpill[] = []
  /** Of streams that fail in some part: positions of their last packets, by `part stream`. */
  readonly #ends = new Map<string, number>()
  #identities: ContentIdentity[] = []
  /** Names of the lean traces. */
  readonly #lean: string[] = []
  #found: readonly LeanFindings[] = []

  constructor(options: PartedOptions) {
    this.#options = options
    this.#guides = this.#newGuides()
  }

  /** Has the lean trace of every part written; `whole` leaves nothing out. */
  async extract(whole = false): Promise<void> {
    const { inputs, limits } = this.#options
    // One after the other: there may be more parts than files that can be open.
    this.#identities = []
    for (const { place } of inputs) this.#identities.push(await contentIdentity(place))
    const tasks = inputs.map((input, part): PartTask => {
      const lean = `${this.#digest(part, `${part} ${whole}`)}.lean`
      this.#lean[part] = lean
      return { kind: 'lean', file: fileOf(input), limits, lean, part, whole, outcome: `${lean}.json` }
    })
    this.#found = (await this.#run(tasks)) as readonly LeanFindings[]
  }

  /** For the engine that walks the trace in order: the records of all parts, who sees their packets, and what is left. */
  inOrder(table: () => StreamTable): Required<Pick<EngineOptions, 'records' | 'onWalked' | 'left'>> {
    this.#guides = this.#newGuides()
    return {
      records: (onKeyLog) => this.#records(onKeyLog),
      onWalked: this.#guides.take,
      left: (jobs) => this.#left(table(), jobs),
    }
  }

  /** Whether something was left out of the lean traces that the walk wanted to look at: extract them whole then. */
  isShort(table: StreamTable): boolean {
    for (let id = 0; id < table.count; id++) {
      if (table.ints[table.intsAt(id) + I.Sampled] === SAMPLE_MISSED) return true
    }
    return false
  }

  /**
   * Has the packets of every stream verified that has a key by now, and puts what came out into the table. Those of
   * streams with several keys are kept for the second pass, as far as that can be told by now.
   *
   * @param keys what is known of keys
   */
  async verify(table: StreamTable, keys: TraceKeysByNow): Promise<void> {
    this.#guides.finish()
    const works = new Map<number, Work | undefined>()
    const parts = new Map<number, number>()
    const workOn = (stream: number): Work | undefined => {
      if (!works.has(stream)) works.set(stream, this.#firstWork(table, stream, keys))
      if (works.get(stream) !== undefined) parts.set(stream, (parts.get(stream) ?? 0) + 1)
      return works.get(stream)
    }
    const byStream = new Map<number, { readonly part: number; readonly verdict: PartVerdict }[]>()
    for (const { part, verdicts } of await this.#verify(table, keys.masterOf, workOn)) {
      for (const verdict of verdicts) addToList(byStream, verdict.stream, { part, verdict })
    }
    for (const [stream, found] of byStream) {
      // A stream of which not every part was heard stays the second pass's.
      if (found.length < (parts.get(stream) as number)) continue
      const verdicts = found.map(({ verdict }) => verdict)
      joinVerdicts(table, stream, verdicts)
      if (verdicts.every(({ deferFrom }) => deferFrom < 0)) continue
      for (const { part, verdict } of found) this.#ends.set(`${part} ${stream}`, verdict.lastPosition)
    }
  }

  /** What the first job of a part does with a stream: verifies it, or keeps it for the second pass. */
  #firstWork(table: StreamTable, stream: number, keys: TraceKeysByNow): Work | undefined {
    const key = table.ints[table.intsAt(stream) + I.Key]
    // What came in fragments is the second pass's, and all behind it.
    if (key > 0 && table.floats[table.floatsAt(stream) + F.ReassembledFrom] === 0) return { key }
    if (!keys.areKnown(stream)) return undefined
    this.#kept.add(stream)
    return { key: 0, leftFrom: 0 }
  }

  /** The packets of the streams that the second pass judges. */
  async #left(table: StreamTable, jobs: readonly ResolveJob[]): Promise<readonly PartSpill[]> {
    const from = new Map(jobs.flatMap((job) => (this.#kept.has(job.stream) ? [] : [[job.stream, job.from] as const])))
    await this.#verify(table, undefined, (stream, part) => {
      const leftFrom = from.get(stream)
      const isPast = leftFrom !== undefined && (this.#ends.get(`${part} ${stream}`) ?? leftFrom) < leftFrom
      return leftFrom === undefined || isPast ? undefined : { key: 0, leftFrom }
    })
    for (const stream of from.keys()) this.#kept.add(stream)
    return this.#spills
  }

  /** Has the jobs of all parts done that have streams for which there is something to do. */
  async #verify(
    table: StreamTable,
    masterOf: TraceKeysByNow['masterOf'] | undefined,
    workOn: (stream: number, part: number) => Work | undefined,
  ): Promise<readonly (PartFindings & { readonly part: number })[]> {
    const { inputs, limits } = this.#options
    const parts: number[] = []
    const tasks = inputs.flatMap((input, part): PartTask[] => {
      const streams = [...this.#guides.streamsOf(part)].flatMap((stream): PlannedStream[] => {
        const work = workOn(stream, part)
        const i = table.intsAt(stream)
        const identity = [...table.ints.subarray(i, i + IDENTITY_WORDS)]
        return work === undefined ? [] : [{ stream, identity, ...work }]
      })
      if (streams.length === 0) return []
      parts.push(part)
      const numbers = new Set(streams.flatMap(({ key }) => (key === 0 ? [] : [key])))
      const keys = [...numbers].flatMap((number) =>
        masterOf === undefined ? [] : [{ number, master: masterOf(number) }],
      )
      const { facts } = this.#found[part]
      const guide = this.#guideName(part)
      const followed = readScratchText(this.#path(guide), 'latin1') ?? ''
      // A digest with the keys in it is known to nobody who has not the keys.
      const name = this.#digest(part, JSON.stringify([facts, streams, keys]), followed)
      const maxMemoryBytes = Math.max(limits.maxMemoryBytes, memoryFor(table.count))
      const plan = { facts, guide, left: `${name}.left`, streams }
      const common = { file: fileOf(input), limits: { ...limits, maxMemoryBytes }, outcome: `${name}.json` }
      return [{ kind: 'verify', ...common, plan, keys }]
    })
    const found = (await this.#run(tasks)) as readonly PartFindings[]
    // Whoever did a job may know the folder by another name.
    for (const { left } of found) {
      if (left !== undefined) this.#spills.push({ ...left, path: this.#path(basename(left.path)) })
    }
    return found.map((findings, n) => ({ part: parts[n], ...findings }))
  }

  /** Has tasks done of which no outcome is there yet. */
  async #run(tasks: readonly PartTask[]): Promise<readonly PartOutcome[]> {
    const outcome = (task: PartTask) => outcomeOf(readScratchText(this.#path(task.outcome)))
    const { folder, run } = this.#options
    await run(
      tasks.filter((task) => outcome(task) === undefined),
      folder,
    )
    return tasks.map((task) => outcome(task) as PartOutcome)
  }

  #newGuides(): GuideWriter {
    return new GuideWriter((part) => this.#path(this.#guideName(part)))
  }

  #records(onKeyLog: OnKeyLog): Promise<CaptureStream> {
    const traces = this.#found.map((found, part) => ({ ...found, part, place: this.#path(this.#lean[part]) }))
    return openLeanStream(traces, onKeyLog)
  }

  #guideName(part: number): string {
    return `${this.#own}-${part + 1}.guide`
  }

  #path(name: string): string {
    return join(this.#options.folder, name)
  }

  /** Names what a job makes by all that it depends on. */
  #digest(part: number, ...more: readonly string[]): string {
    const { version, inputs } = this.#options
    const hash = createHash('sha256')
    for (const text of [version, inputs[part].place, JSON.stringify(this.#identities[part]), ...more]) {
      hash.update(`${text.length} `).update(text)
    }
    return hash.digest('hex').slice(0, 32)
  }
}

/** A part has no more streams than the trace; flows that some fragments of it seem to be come on top. */
function memoryFor(streams: number): number {
  return (streams + 4096) * 2048
}

/** What was kept of an earlier run; what cannot be read is not there. */
function outcomeOf(text: string | undefined): PartOutcome | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as PartOutcome)
  } catch {
    return undefined
  }
}

function fileOf({ path, place, sizeBytes = 0 }: CaptureInput): PartFile {
  return { path, place, sizeBytes }
}
