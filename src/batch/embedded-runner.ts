import type { CaptureJob } from './capture-job.ts'
import type { JobOutcome } from './job-outcome.ts'
import { type JobEnvironment, runJob } from './run-job.ts'
import type { JobRunner, RunOptions } from './runner.ts'

/** Does jobs in this process, one after the other, each with all threads. */
export class EmbeddedRunner implements JobRunner {
  readonly #environment: Omit<JobEnvironment, 'onProgress'>

  constructor(environment: Omit<JobEnvironment, 'onProgress'>) {
    this.#environment = environment
  }

  async *run(jobs: readonly CaptureJob[], { signal, onProgress }: RunOptions = {}): AsyncGenerator<JobOutcome> {
    for (const job of jobs) {
      if (signal?.aborted === true) return
      yield await runJob(job, {
        ...this.#environment,
        ...(onProgress !== undefined && { onProgress: (bytesDone: number) => onProgress(job, bytesDone) }),
      })
    }
  }

  async close(): Promise<void> {}
}
