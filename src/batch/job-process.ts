import { type ChildProcess, fork } from 'node:child_process'
import type { JobOutcome } from './job-outcome.ts'
import type { JobReply, JobTask } from './serve-jobs.ts'

/**
 * A process that does one job at a time. A scan keeps a process's main thread busy, and a capture may bring it down:
 * in a process of its own neither keeps whoever wants it done from anything else.
 */
export class JobProcess {
  readonly #module: string
  readonly #args: readonly string[]
  #child: ChildProcess | undefined

  /** @param module what is run, with `args`, and calls serveJobs */
  constructor(module: string, args: readonly string[]) {
    this.#module = module
    this.#args = args
  }

  /** Does a job. @throws JobError where it cannot be done here and now, or the process came to an end over it */
  async run(task: JobTask, onProgress: (bytesDone: number) => void): Promise<JobOutcome> {
    this.#child ??= this.#start()
    const child = this.#child
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void): void => {
        child.off('message', heard)
        child.off('exit', ended)
        child.off('error', broke)
        settled()
      }
      const heard = (reply: JobReply): void => {
        if ('bytesDone' in reply) onProgress(reply.bytesDone)
        else if ('outcome' in reply) settle(() => resolve(reply.outcome))
        else settle(() => reject(new JobError(reply.error)))
      }
      const ended = (status: number | null, signal: string | null): void => {
        this.#child = undefined
        const how = signal === null ? `with status ${status}` : `by ${signal}`
        settle(() => reject(new JobError(`${task.job.capture}: the process that scanned it was ended ${how}`, true)))
      }
      const broke = (error: Error): void => {
        this.kill()
        settle(() => reject(new JobError(`${task.job.capture}: no process could scan it (${error.message})`, true)))
      }
      child.on('message', heard)
      child.once('exit', ended)
      child.once('error', broke)
      child.send(task, (error) => {
        if (error !== null) broke(error)
      })
    })
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  #start(): ChildProcess {
    const child = fork(this.#module, [...this.#args], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('error', () => undefined)
    child.on('exit', () => {
      if (this.#child === child) this.#child = undefined
    })
    return child
  }
}

/** A job that was not done, for no fault of its capture's that could be told. */
export class JobError extends Error {
  readonly code = 'SRTP_SCAN_JOB'
  /** The process came to an end over it, and did not say why. */
  readonly processEnded: boolean

  constructor(message: string, processEnded = false) {
    super(message)
    this.name = 'JobError'
    this.processEnded = processEnded
  }
}
