import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { CaptureJob, ReportStore } from './capture-job.ts'
import { inTurns } from './in-turns.ts'
import type { JobOutcome } from './job-outcome.ts'
import { JobError, JobProcess } from './queue/job-process.ts'
import { runJob } from './run-job.ts'
import type { JobRunner, RunOptions } from './runner.ts'

export interface EmbeddedRunnerOptions {
  readonly store: ReportStore
  /** Threads over all, this one included. Default: as many as the machine has. */
  readonly workers?: number
  /** Ceiling for state over all, MB of 2^20 octets. */
  readonly maxMemoryMb?: number
  /** What does jobs in processes of their own; without it they are done one after the other. */
  readonly processes?: {
    /** Calls serveJobs. */
    readonly module: URL
    /** Root of their store. */
    readonly root: string
  }
}

const MAX_MEMORY_MB = 1024
/** What a job has at least, as `--max-memory` has. */
const LEAST_MEMORY_MB = 64

/**
 * Does jobs in this process: captures side by side, a process with one thread each, and those that would keep one thread busy when all
 * others have nothing left to do, alone with all threads (docs/decisions/batch.md).
 */
export class EmbeddedRunner implements JobRunner {
  readonly #options: EmbeddedRunnerOptions
  readonly #workers: number
  readonly #maxMemoryMb: number
  readonly #processes: JobProcess[] = []
  readonly #idle: JobProcess[] = []

  constructor(options: EmbeddedRunnerOptions) {
    this.#options = options
    this.#workers = options.workers ?? availableParallelism()
    this.#maxMemoryMb = options.maxMemoryMb ?? MAX_MEMORY_MB
  }

  async *run(jobs: readonly CaptureJob[], options: RunOptions = {}): AsyncGenerator<JobOutcome> {
    const beside = Math.min(this.#workers, Math.floor(this.#maxMemoryMb / LEAST_MEMORY_MB), jobs.length)
    const { alone, sideBySide } = divided(jobs, this.#options.processes === undefined ? 1 : beside)
    for (const job of alone) {
      if (options.signal?.aborted === true) return
      yield await this.#alone(job, options)
    }
    const again: CaptureJob[] = []
    const memory = Math.floor(this.#maxMemoryMb / beside)
    const work = (job: CaptureJob) => this.#beside(job, memory, options)
    for await (const { job, outcome } of inTurns(sideBySide, beside, options.signal, work)) {
      if (outcome.status === 'reported' && outcome.summary.beyondMemory) again.push(job)
      else yield outcome
    }
    // What met its share of the ceiling meets the whole of it, as where it is scanned by itself.
    for (const job of again) {
      if (options.signal?.aborted === true) return
      yield await this.#alone(job, options)
    }
  }

  async close(): Promise<void> {
    for (const one of this.#processes) one.kill()
  }

  #alone(job: CaptureJob, { onProgress }: RunOptions): Promise<JobOutcome> {
    return runJob(job, {
      store: this.#options.store,
      maxMemoryMb: this.#maxMemoryMb,
      ...(this.#options.workers !== undefined && { workers: this.#options.workers }),
      ...(onProgress !== undefined && { onProgress: (bytesDone: number) => onProgress(job, bytesDone) }),
    })
  }

  async #beside(job: CaptureJob, maxMemoryMb: number, { onProgress }: RunOptions) {
    const { module, root } = this.#options.processes as NonNullable<EmbeddedRunnerOptions['processes']>
    const process = this.#idle.pop() ?? new JobProcess(fileURLToPath(module), [])
    if (!this.#processes.includes(process)) this.#processes.push(process)
    try {
      const task = { job, root, limits: { workers: 1, maxMemoryMb } }
      return { job, outcome: await process.run(task, (bytesDone) => onProgress?.(job, bytesDone)) }
    } catch (error) {
      if (!(error instanceof JobError && error.processEnded)) throw error
      const { name, capture } = job
      const outcome = { status: 'failed', name, capture, error: error.message } as const
      return { job, outcome }
    } finally {
      this.#idle.push(process)
    }
  }
}

/** Largest first, so that no long job begins when the others end. */
function divided(jobs: readonly CaptureJob[], processes: number): Record<'alone' | 'sideBySide', CaptureJob[]> {
  if (processes < 2) return { alone: [...jobs], sideBySide: [] }
  const sideBySide = [...jobs].sort((a, b) => sizeOf(b) - sizeOf(a))
  const alone: CaptureJob[] = []
  let rest = sideBySide.reduce((sum, job) => sum + sizeOf(job), 0)
  while (
    sideBySide.length > 0 &&
    sizeOf(sideBySide[0]) > rest / processes &&
    sizeOf(sideBySide[0]) >= POOL_PAYS_BYTES
  ) {
    const job = sideBySide.shift() as CaptureJob
    rest -= sizeOf(job)
    alone.push(job)
  }
  return { alone, sideBySide }
}

/** Below this a scan uses one thread anyway. */
const POOL_PAYS_BYTES = 16 << 20

function sizeOf({ sizeBytes = 0 }: CaptureJob): number {
  return sizeBytes
}
