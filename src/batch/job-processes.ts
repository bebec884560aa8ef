import { fileURLToPath } from 'node:url'
import type { JobOutcome } from './job-outcome.ts'
import { JobProcess } from './job-process.ts'
import type { JobTask } from './serve-jobs.ts'

/** Processes that do jobs, one each at a time: as many as there were jobs under way at once. */
export class JobProcesses {
  readonly #module: string
  readonly #all: JobProcess[] = []
  readonly #idle: JobProcess[] = []

  /** @param module what they run; it calls serveJobs */
  constructor(module: URL) {
    this.#module = fileURLToPath(module)
  }

  /** Whether no job is under way. */
  get areIdle(): boolean {
    return this.#idle.length === this.#all.length
  }

  /** Does a job in a process that has none. @throws JobError as JobProcess.run does */
  async run(task: JobTask, onProgress: (bytesDone: number) => void): Promise<JobOutcome> {
    const process = this.#idle.pop() ?? this.#newProcess()
    try {
      return await process.run(task, onProgress)
    } finally {
      this.#idle.push(process)
    }
  }

  kill(): void {
    for (const one of this.#all) one.kill()
  }

  #newProcess(): JobProcess {
    const made = new JobProcess(this.#module, [])
    this.#all.push(made)
    return made
  }
}
