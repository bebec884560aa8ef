import { join } from 'node:path'
import type { CaptureInput } from '../../capture/capture-input.ts'
import type { CaptureStream } from '../../capture/capture-stream.ts'
import type { InputFacts, OnKeyLog, RecordSource } from '../../capture/input-records.ts'
import { MergedStream } from '../../capture/merged-stream.ts'
import { FileOctets } from '../../capture/octet-source.ts'
import { SAMPLE_MISSED } from '../../rtp/payload-randomness.ts'
import { F, I, type StreamTable } from '../../rtp/stream-table.ts'
import type { MasterKey } from '../../srtp/session-keys.ts'
import type { EngineOptions } from '../engine.ts'
import { GuideWriter } from './guide.ts'
import { joinVerdicts } from './joined-verdicts.ts'
import type { PartLimits } from './lean-part.ts'
import type { PartFile, PartOutcome, PartTask, VerifyTask } from './part-task.ts'
import {
  IDENTITY_WORDS,
  type NumberedKey,
  type PartPlan,
  type PartVerdict,
  type PlannedStream,
} from './part-verdicts.ts'

/** Does the jobs of parts, several at a time. Outcomes come in the order of the tasks. */
export type PartRunner = (tasks: readonly PartTask[]) => Promise<readonly PartOutcome[]>

export interface PartedOptions {
  /** The parts: regular files. */
  readonly inputs: readonly CaptureInput[]
  /** Where what the jobs hand on lies: every job must see it. */
  readonly folder: string
  readonly limits: PartLimits
  readonly run: PartRunner
}

/**
 * One trace in several files that are read by a job each (docs/decisions/as-one.md). First a job for every part writes
 * its lean trace; then one thread walks these in the order of the trace, for all that has an order; then a job for every
 * part verifies its packets.
 */
export class PartedTrace {
  readonly #options: PartedOptions
  #guides: GuideWriter
  #facts: readonly InputFacts[] = []

  constructor(options: PartedOptions) {
    this.#options = options
    this.#guides = this.#newGuides()
  }

  /** Has the lean trace of every part written; `whole` leaves nothing out. */
  async extract(whole = false): Promise<void> {
    const { inputs, limits, run } = this.#options
    const outcomes = await run(
      inputs.map(
        (input, part): PartTask => ({
          kind: 'lean',
          file: fileOf(input),
          limits,
          target: this.#path(part, 'lean'),
          whole,
        }),
      ),
    )
    this.#facts = outcomes as readonly InputFacts[]
  }

  /**
   * For the engine that walks the trace in order: the records of all parts, and who sees their packets.
   */
  inOrder(): Required<Pick<EngineOptions, 'records' | 'onWalked'>> {
    this.#guides = this.#newGuides()
    return { records: (onKeyLog) => this.#records(onKeyLog), onWalked: this.#guides.take }
  }

  /** Whether something was left out of the lean traces that the walk wanted to look at: extract them whole then. */
  isShort(table: StreamTable): boolean {
    for (let id = 0; id < table.count; id++) {
      if (table.ints[table.intsAt(id) + I.Sampled] === SAMPLE_MISSED) return true
    }
    return false
  }

  /**
   * Has the packets of every stream verified that has a key by now, and puts what came out into the table.
   *
   * @param masterOf the key of a number
   */
  async verify(table: StreamTable, masterOf: (key: number) => MasterKey): Promise<void> {
    this.#guides.finish()
    const { inputs, limits, run } = this.#options
    const tasks = inputs.flatMap((input, part): PartTask[] => {
      const plan = this.#planOf(part, table, masterOf)
      return plan.streams.length === 0 ? [] : [{ kind: 'verify', file: fileOf(input), limits, plan }]
    })
    const parts = new Map<number, number>()
    for (const { plan } of tasks as readonly VerifyTask[]) {
      for (const { stream } of plan.streams) parts.set(stream, (parts.get(stream) ?? 0) + 1)
    }
    const byStream = new Map<number, PartVerdict[]>()
    for (const outcome of await run(tasks)) {
      for (const verdict of outcome as readonly PartVerdict[]) {
        const known = byStream.get(verdict.stream)
        if (known === undefined) byStream.set(verdict.stream, [verdict])
        else known.push(verdict)
      }
    }
    // A stream of which not every part was heard stays the second pass's.
    for (const [stream, verdicts] of byStream) {
      if (verdicts.length === parts.get(stream)) joinVerdicts(table, stream, verdicts)
    }
  }

  #newGuides(): GuideWriter {
    return new GuideWriter((part) => this.#path(part, 'guide'))
  }

  async #records(onKeyLog: OnKeyLog): Promise<CaptureStream> {
    const stream = await MergedStream.open(
      this.#options.inputs.map(({ path }, part) => this.#lean(path, part)),
      onKeyLog,
    )
    return {
      format: stream.format,
      reopenable: true,
      fill: (target) => stream.fill(target),
      facts: () => this.#facts,
      close: () => stream.close(),
    }
  }

  #planOf(part: number, table: StreamTable, masterOf: (key: number) => MasterKey): PartPlan {
    const streams: PlannedStream[] = []
    const keys = new Map<number, NumberedKey>()
    for (const stream of this.#guides.streamsOf(part)) {
      const i = table.intsAt(stream)
      const key = table.ints[i + I.Key]
      // What came in fragments is the second pass's, and all behind it.
      if (key <= 0 || table.floats[table.floatsAt(stream) + F.ReassembledFrom] !== 0) continue
      streams.push({ stream, identity: [...table.ints.subarray(i, i + IDENTITY_WORDS)], key })
      if (!keys.has(key)) keys.set(key, { number: key, master: masterOf(key) })
    }
    return { frames: this.#facts[part].frames, guide: this.#path(part, 'guide'), streams, keys: [...keys.values()] }
  }

  #lean(path: string, part: number): RecordSource {
    const lean = this.#path(part, 'lean')
    return {
      path,
      format: 'merged',
      compression: 'none',
      reopenable: true,
      open: () => new FileOctets(lean),
    }
  }

  #path(part: number, kind: 'lean' | 'guide'): string {
    return join(this.#options.folder, `${part + 1}.${kind}`)
  }
}

function fileOf({ path, place, sizeBytes = 0 }: CaptureInput): PartFile {
  return { path, place, sizeBytes }
}
