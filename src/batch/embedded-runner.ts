import { availableParallelism } from 'node:os'
import { DEFAULT_MEMORY_MB } from '../limits/limits.ts'
import { POOL_PAYS_BYTES } from '../verify/engine-options.ts'
import type { CaptureJob, ReportStore } from './capture-job.ts'
import { inTurns } from './in-turns.ts'
import type { JobOutcome } from './job-outcome.ts'
import { JobError } from './job-process.ts'
import { JobProcesses } from './job-processes.ts'
import { type JobEnvironment, runJob } from './run-job.ts'
import type { JobRunner, RunOptions } from './runner.ts'

export interface EmbeddedRunnerOptions {
  readonly store: ReportStore
  /** Threads over all. Default: as many as the machine has. */
  readonly workers?: number
  /** Ceiling for state over all, MB of 2^20 octets. */
  readonly maxMemoryMb?: number
  /** What does jobs in processes of their own; without it they are done here, one after the other. */
  readonly processes?: {
    /** Calls serveJobs. */
    readonly module: URL
    /** Root of their store. */
    readonly root: string
  }
}

type Limits = Pick<JobEnvironment, 'workers' | 'maxMemoryMb'>

/** What a job has at least, as `--max-memory` has. */
const LEAST_MEMORY_MB = 64

/**
 * Does jobs on this machine: captures side by side, each in a process with one thread, and those that would keep one
 * thread busy when all others have nothing left to do, alone with all threads (docs/decisions/batch.md).
 */
export class EmbeddedRunner implements JobRunner {
  readonly #options: EmbeddedRunnerOptions
  readonly #all: Required<Limits>
  readonly #processes: JobProcesses | undefined

  constructor(options: EmbeddedRunnerOptions) {
    const { workers = availableParallelism(), maxMemoryMb = DEFAULT_MEMORY_MB } = options
    this.#options = options
    this.#all = { workers, maxMemoryMb }
    this.#processes = options.processes && new JobProcesses(options.processes.module)
  }

  async *run(jobs: readonly CaptureJob[], options: RunOptions = {}): AsyncGenerator<JobOutcome> {
    const { workers, maxMemoryMb } = this.#all
    const atOnce = Math.min(workers, Math.floor(maxMemoryMb / LEAST_MEMORY_MB), jobs.length)
    const { alone, sideBySide } = divided(jobs, this.#options.processes === undefined ? 1 : atOnce)
    yield* this.#alone(alone, options)
    const again: CaptureJob[] = []
    const share = { workers: 1, maxMemoryMb: Math.floor(maxMemoryMb / atOnce) }
    const work = (job: CaptureJob) => this.#do(job, share, options).then((outcome) => ({ job, outcome }))
    for await (const { job, outcome } of inTurns(sideBySide, atOnce, options.signal, work)) {
      if (outcome.status === 'reported' && outcome.summary.beyondMemory) again.push(job)
      else yield outcome
    }
    // What met its share of the ceiling meets the whole of it, as where it is scanned by itself.
    yield* this.#alone(again, options)
  }

  async close(): Promise<void> {
    this.#processes?.kill()
  }

  /** With all threads that the scan finds use for. */
  #alone(jobs: readonly CaptureJob[], options: RunOptions): AsyncGenerator<JobOutcome> {
    const { workers } = this.#options
    const limits = { maxMemoryMb: this.#all.maxMemoryMb, ...(workers !== undefined && { workers }) }
    return inTurns(jobs, 1, options.signal, (job) => this.#do(job, limits, options))
  }

  async #do(job: CaptureJob, limits: Limits, { onProgress }: RunOptions): Promise<JobOutcome> {
    const { store, processes } = this.#options
    const told = (bytesDone: number): void => onProgress?.(job, bytesDone)
    if (processes === undefined || this.#processes === undefined) {
      return runJob(job, { store, ...limits, onProgress: told })
    }
    try {
      return await this.#processes.run({ job, root: processes.root, limits }, told)
    } catch (error) {
      if (!(error instanceof JobError && error.processEnded)) throw error
      return { status: 'failed', name: job.name, capture: job.capture, error: error.message }
    }
  }
}

/** Largest first, so that no long job begins when the others end. */
function divided(jobs: readonly CaptureJob[], processes: number): Record<'alone' | 'sideBySide', CaptureJob[]> {
  if (processes < 2) return { alone: [...jobs], sideBySide: [] }
  const sideBySide = [...jobs].sort((a, b) => sizeOf(b) - sizeOf(a))
  const alone: CaptureJob[] = []
  let rest = sideBySide.reduce((sum, job) => sum + sizeOf(job), 0)
  const isTooLarge = (job: CaptureJob | undefined): job is CaptureJob =>
    job !== undefined && sizeOf(job) >= POOL_PAYS_BYTES && sizeOf(job) > rest / processes
  for (let job = sideBySide[0]; isTooLarge(job); job = sideBySide[0]) {
    rest -= sizeOf(job)
    alone.push(job)
    sideBySide.shift()
  }
  return { alone, sideBySide }
}

function sizeOf({ sizeBytes = 0 }: CaptureJob): number {
  return sizeBytes
}
