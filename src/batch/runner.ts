import type { CaptureJob } from './capture-job.ts'
import type { JobOutcome } from './job-outcome.ts'

export interface RunOptions {
  /** Once aborted no further job begins; those under way are finished, and told of. */
  readonly signal?: AbortSignal
  /** Called now and then with the octets of a capture that were read, while its job is under way. */
  readonly onProgress?: (job: CaptureJob, bytesDone: number) => void
}

/** Whoever does jobs: this process and its threads, or machines behind a queue. */
export interface JobRunner {
  /**
   * Does every job once at least, and tells what became of it once, in the order in which they end.
   *
   * @throws what is not the fault of one capture: a report that cannot be written, a key file that has gone
   */
  run(jobs: readonly CaptureJob[], options?: RunOptions): AsyncIterable<JobOutcome>
  close(): Promise<void>
}
