import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KeyTrial } from './judgement/key-trial.ts'
import type { Resolution } from './second-pass/resolution.ts'
import { type ResolveTask, runTask, type SharedTables, type TrialTask } from './tasks.ts'
import type { ThreadPool } from './thread-pool.ts'

/** Work that is dealt out over the threads, the calling one included. `alone`: the others are not free, it does all. */
export class DealtTasks {
  readonly #shared: SharedTables
  readonly #threads: number
  readonly #pool: ThreadPool | undefined

  /** @param threads those of the pool and the calling one */
  constructor(shared: SharedTables, threads: number, pool: ThreadPool | undefined) {
    this.#shared = shared
    this.#threads = threads
    this.#pool = pool
  }

  /** The second pass: each thread judges its own streams, in order, and meets all packets. */
  async resolve(
    task: Omit<ResolveTask, keyof SharedTables | 'type' | 'thread'>,
    alone: boolean,
  ): Promise<Resolution[]> {
    const { jobs } = task
    const found = await this.#deal<Resolution>(jobs.length, alone, (thread, mine) => {
      return { type: 'resolve', ...this.#shared, ...task, thread, jobs: jobs.filter(mine) }
    })
    return found.flat()
  }

  /** For each trial the number of the first key that holds, or 0. */
  async tryKeys(trials: readonly KeyTrial[], alone: boolean): Promise<number[]> {
    if (trials.length === 0) return []
    const found = await this.#deal<number>(trials.length, alone, (thread, mine) => {
      return { type: 'trial', ...this.#shared, thread, trials: trials.filter(mine) }
    })
    return trials.map((_, trial) => found[trial % found.length][Math.floor(trial / found.length)])
  }

  /** The n-th of `pieces` goes to thread n modulo their number. */
  async #deal<Result>(
    pieces: number,
    alone: boolean,
    taskOf: (thread: number, mine: (_: unknown, piece: number) => boolean) => ResolveTask | TrialTask,
  ): Promise<Result[][]> {
    const threads = Math.min(alone || this.#pool === undefined ? 1 : this.#threads, pieces)
    const tasks = Array.from({ length: threads }, (_, thread) => taskOf(thread, (_, n) => n % threads === thread))
    // What a thread was asked to do changes nothing that it reads: where that dies, this one does it again.
    const others = tasks.slice(1).map((task) => this.#pool?.run(task).catch(() => runTask(task)))
    // Without a turn the others would hear of their share only after this thread's own.
    await nextTurn()
    const own: Resolution[] | number[] = runTask(tasks[0])
    return [own, ...(await Promise.all(others))] as Result[][]
  }
}
