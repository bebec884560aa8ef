import { availableParallelism } from 'node:os'
import type { CaptureInput } from '../capture/capture-input.ts'
import { isCaptureUrl } from '../capture/capture-url.ts'
import { resolveInputs } from '../capture/inputs.ts'
import { makeScratchFolder, removeScratchFolder } from '../capture/scratch-file.ts'
import { DEFAULT_MEMORY_MB, memoryBytes } from '../limits/limits.ts'
import type { Analysis } from '../model/analysis.ts'
import { Engine } from '../verify/engine.ts'
import { SLAB_BYTES } from '../verify/engine-options.ts'
import type { PartLimits } from '../verify/parts/lean-part.ts'
import { PartPool } from '../verify/parts/part-pool.ts'
import type { PartTask } from '../verify/parts/part-task.ts'
import { PartedTrace, type PartRunner } from '../verify/parts/parted-trace.ts'
import { ThreadError } from '../verify/thread-pool.ts'
import { type Again, type AnalyseOptions, analyseCaptures, analyseInputs, readAgain } from './analyse-captures.ts'
import { TraceScan } from './trace-scan.ts'
import { VERSION } from './version.ts'

/** The same as PartRunner; `onEnded` hears of each task when it has ended. */
export type PartsRunner = (
  tasks: readonly PartTask[],
  folder: string,
  onEnded: (task: PartTask) => void,
) => Promise<void>

/** How captures are read by a job for each (docs/decisions/as-one.md). */
export interface PartsOptions {
  /**
   * A folder of its own for what the jobs hand on. It is removed in the end; where the scan was interrupted it stays, and
   * what lies in it is not done again.
   */
  readonly folder: string
  /** Does the jobs of parts; default: threads of this process. */
  readonly run?: PartsRunner
  /** Once aborted no further job begins, and PartsInterruptedError is thrown. */
  readonly signal?: AbortSignal
}

/** What the jobs of all parts have together at least, and each. */
const LEAST_MEMORY_BYTES = memoryBytes(32)

/**
 * Reads several captures as one trace, several at a time: the same facts as analyseCaptures, which reads what is no set of
 * regular files.
 */
export async function analyseInParts(options: AnalyseOptions, parts: PartsOptions): Promise<Analysis> {
  const { inputs } = await resolveInputs(options.captures, options.stdin, options.placeOf)
  if (inputs.length < 2 || !inputs.every(isRegularFile)) return analyseCaptures(options)
  const { workers = availableParallelism(), slabBytes = SLAB_BYTES, maxMemoryMb = DEFAULT_MEMORY_MB } = options
  // A trace's tables take half of the ceiling at most.
  const memory = memoryBytes(maxMemoryMb) / 2
  const atOnce = Math.max(1, Math.min(workers, inputs.length, Math.floor(memory / LEAST_MEMORY_BYTES)))
  const limits: PartLimits = { slabBytes, maxMemoryBytes: memory / atOnce }
  makeScratchFolder(parts.folder)
  const pool = parts.run === undefined ? new PartPool(atOnce, parts.signal) : undefined
  const progress = new PartsProgress(inputs, options.onProgress)
  const ended = (task: PartTask) => progress.ended(task.file.sizeBytes)
  const run: PartRunner = (tasks, folder) =>
    pool === undefined ? (parts.run as PartsRunner)(tasks, folder, ended) : pool.run(tasks, folder, ended)
  try {
    const trace = new PartedTrace({ inputs, folder: parts.folder, version: VERSION, limits, run })
    await trace.extract()
    const read = () => analyseOnce(inputs, trace, { ...options, workers, slabBytes, maxMemoryMb })
    let analysis = await read()
    if (analysis === undefined) {
      await trace.extract(true)
      analysis = (await read()) as Analysis
    }
    removeScratchFolder(parts.folder)
    return analysis
  } catch (error) {
    const isDeadThread = error instanceof ThreadError
    if (!isDeadThread && isForeseen(error)) throw error
    // One pass is what is left: without threads where one died; and where a fault of ours is met in it too, it reports on
    // what came before.
    const analysis = await analyseCaptures({ ...options, ...(isDeadThread && { workers: 1 }) })
    removeScratchFolder(parts.folder)
    return analysis
  } finally {
    await pool?.close()
  }
}

/** Undefined where the lean traces leave out what is asked for. */
async function analyseOnce(
  inputs: readonly CaptureInput[],
  parts: PartedTrace,
  options: AnalyseOptions & Required<Pick<AnalyseOptions, 'workers' | 'slabBytes' | 'maxMemoryMb'>>,
): Promise<Analysis | undefined> {
  const { workers, slabBytes, maxMemoryMb, timelines = false } = options
  const maxMemoryBytes = memoryBytes(maxMemoryMb)
  const inOrder = parts.inOrder(() => engine.streams)
  const engine: Engine = new Engine({ inputs, workers, slabBytes, maxMemoryBytes, timelines, ...inOrder })
  const trace = new TraceScan(engine, inputs, options)
  let again: Again | undefined
  try {
    if (!(await trace.readParts(parts))) return undefined
    again = readAgain(inputs, trace)
    if (again === undefined) return await trace.analysis()
  } finally {
    await engine.close()
    trace.wipeKeys()
  }
  // Clocks that are apart make another order, streams that are cut make others, and guides of another: one pass is what is left.
  return analyseInputs(again.inputs, workers, { ...options, ...again })
}

/** What is no fault of ours: what cannot be read or written, an interruption. */
function isForeseen(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('SRTP_SCAN_')
}

function isRegularFile({ path, place, reopenable }: CaptureInput): boolean {
  return reopenable && !isCaptureUrl(path) && !isCaptureUrl(place)
}

/** Every part is read twice. */
class PartsProgress {
  readonly #bytesTotal: number
  readonly #onProgress: AnalyseOptions['onProgress']
  #bytesRead = 0

  constructor(inputs: readonly CaptureInput[], onProgress: AnalyseOptions['onProgress']) {
    this.#bytesTotal = inputs.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0)
    this.#onProgress = onProgress
  }

  ended(bytes: number): void {
    this.#bytesRead += bytes
    const bytesDone = Math.min(this.#bytesTotal, this.#bytesRead / 2)
    this.#onProgress?.({ bytesDone, bytesTotal: this.#bytesTotal })
  }
}
