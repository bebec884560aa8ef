import { ThreadPool } from '../thread-pool.ts'
import { PartFailedError, type PartFault, type PartTask, runPartTask } from './part-task.ts'

/** No further job of a part was begun: what is done stays done, and the rest is for another run. */
export class PartsInterruptedError extends Error {
  readonly code = 'SRTP_SCAN_INTERRUPTED'

  constructor() {
    super('interrupted: the same command goes on from here')
    this.name = 'PartsInterruptedError'
  }
}

/** Does the jobs of parts on threads of this process, one each at a time; with one thread on the calling one. */
export class PartPool {
  readonly #threads: number
  readonly #pool: ThreadPool | undefined
  readonly #signal: AbortSignal | undefined

  /** @param signal once aborted no further job begins */
  constructor(threads: number, signal?: AbortSignal) {
    this.#threads = threads
    this.#pool = threads > 1 ? new ThreadPool('part', threads) : undefined
    this.#signal = signal
  }

  /** @param folder what the tasks' names lie in; @param onEnded called with each task when it has ended */
  async run(tasks: readonly PartTask[], folder: string, onEnded: (task: PartTask) => void): Promise<void> {
    let next = 0
    const work = async (): Promise<void> => {
      while (next < tasks.length) {
        const task = tasks[next++]
        try {
          if (this.#signal?.aborted === true) throw new PartsInterruptedError()
          await this.#do(task, folder)
          onEnded(task)
        } catch (error) {
          // Without this one the trace is none: the others need not begin.
          next = tasks.length
          throw error
        }
      }
    }
    // What is under way ends before an error is told: nobody writes where others have begun to clean up.
    const ends = await Promise.allSettled(Array.from({ length: this.#threads }, work))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async close(): Promise<void> {
    await this.#pool?.close()
  }

  async #do(task: PartTask, folder: string): Promise<void> {
    if (this.#pool === undefined) {
      await runPartTask(task, folder)
      return
    }
    const fault = (await this.#pool.run({ task, folder })) as PartFault | undefined
    if (fault !== undefined) throw new PartFailedError(fault.message, fault.code)
  }
}
