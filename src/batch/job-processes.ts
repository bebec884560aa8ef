import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CaptureJob } from './capture-job.ts'
import type { JobOutcome } from './job-outcome.ts'

/** What a process is told. */
export interface JobTask {
  readonly job: CaptureJob
  /** Where the process's store is. */
  readonly folder: string
  readonly maxMemoryMb: number
}

/** What it answers: any number of times how far it is, then what became of the job, or why no job can be done. */
export type JobAnswer = { readonly bytesDone: number } | { readonly outcome: JobOutcome } | { readonly refusal: string }

type LastAnswer = Exclude<JobAnswer, { readonly bytesDone: number }>

/**
 * Processes that do one job after the other, started as they are needed. A process that dies takes its own job along
 * and no other.
 */
export class JobProcesses {
  readonly #module: string
  readonly #idle = new Set<ChildProcess>()
  readonly #all = new Set<ChildProcess>()

  /** @param module answers each `JobTask` that it is sent, and ends when nobody is there to send more */
  constructor(module: URL) {
    this.#module = fileURLToPath(module)
  }

  do(task: JobTask, onProgress?: (bytesDone: number) => void): Promise<LastAnswer> {
    const [child = this.#start()] = this.#idle
    this.#idle.delete(child)
    return new Promise((resolve) => {
      const end = (answer: LastAnswer): void => {
        child.off('message', onAnswer).off('exit', onExit).off('error', onError)
        resolve(answer)
      }
      const gone = (cause: string): void => {
        const { name, capture } = task.job
        const error = `${capture}: the process that scanned it ended (${cause}); please report this`
        end({ outcome: { status: 'failed', name, capture, error } })
      }
      const onExit = (status: number | null, signal: string | null): void => gone(signal ?? `status ${status}`)
      const onError = ({ message }: Error): void => gone(message)
      const onAnswer = (answer: JobAnswer): void => {
        if ('bytesDone' in answer) onProgress?.(answer.bytesDone)
        else {
          this.#idle.add(child)
          end(answer)
        }
      }
      child.on('message', onAnswer).on('exit', onExit).on('error', onError).send(task)
    })
  }

  /** Ends them all, whatever they do. */
  close(): void {
    for (const child of this.#all) child.kill('SIGKILL')
  }

  #start(): ChildProcess {
    // What Node says of a process that breaks down is of no use to whoever reads the summary.
    const child = fork(this.#module, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    this.#all.add(child)
    child.on('exit', () => {
      this.#all.delete(child)
      this.#idle.delete(child)
    })
    // Whoever waits for an answer hears of it.
    child.on('error', () => undefined)
    return child
  }
}
