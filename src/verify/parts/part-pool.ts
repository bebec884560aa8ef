import type { Piscina } from 'piscina'
import { startPool, ThreadError } from '../thread-pool.ts'
import { type PartOutcome, type PartTask, runPartTask } from './part-task.ts'

/** Does the jobs of parts on threads of this process, one each at a time; with one thread on the calling one. */
export class PartPool {
  readonly #pool: Promise<Piscina> | undefined

  constructor(threads: number) {
    this.#pool = threads > 1 ? startPool('part', threads) : undefined
  }

  async run(tasks: readonly PartTask[]): Promise<readonly PartOutcome[]> {
    if (this.#pool === undefined) {
      const outcomes: PartOutcome[] = []
      for (const task of tasks) outcomes.push(await runPartTask(task))
      return outcomes
    }
    const pool = await this.#pool
    try {
      return await Promise.all(tasks.map((task): Promise<PartOutcome> => pool.run(task)))
    } catch (cause) {
      throw new ThreadError(cause)
    }
  }

  async close(): Promise<void> {
    await (await this.#pool)?.destroy()
  }
}
