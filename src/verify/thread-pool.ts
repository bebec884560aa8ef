import { extname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Piscina } from 'piscina'

/** A thread of a pool failed or was ended; its own error, which lost its class on the way, is the cause. */
export class ThreadError extends Error {
  readonly code = 'SRTP_SCAN_THREAD'

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`a worker thread ended (${why}); --workers 1 does without`, { cause })
    this.name = 'ThreadError'
  }
}

/** What threads are made of: the entries of `workers/`. */
const ENTRIES = {
  verify: new URL(`../../workers/verify${extname(import.meta.url)}`, import.meta.url),
  part: new URL(`../../workers/part${extname(import.meta.url)}`, import.meta.url),
} as const

/** A thread that is told to end does so at once. */
const LONGEST_END_MS = 1000

/** Threads that run one task each at a time. */
export class ThreadPool {
  readonly #pool: Promise<Piscina>
  /** Aborted where there are no threads left, for none could be started: nobody would ever take what waits. */
  readonly #deserted = new AbortController()
  #running = 0

  constructor(entry: keyof typeof ENTRIES, threads: number) {
    this.#pool = startPool(entry, threads, this.#deserted)
  }

  /** Resolves when there is somebody to take tasks. */
  async started(): Promise<void> {
    await this.#pool
  }

  /** Some task is not ended. */
  get isBusy(): boolean {
    return this.#running > 0
  }

  /** @throws ThreadError */
  async run(task: object): Promise<unknown> {
    this.#running++
    try {
      return await (await this.#pool).run(task, { signal: this.#deserted.signal })
    } catch (cause) {
      const { signal } = this.#deserted
      throw new ThreadError(signal.aborted ? signal.reason : cause)
    } finally {
      this.#running--
    }
  }

  /** Resolves when the threads have ended. One that died before its time ends no more: it is not waited for. */
  async close(): Promise<void> {
    const pool = await this.#pool
    const waiting = new AbortController()
    const late = delay(LONGEST_END_MS, undefined, { signal: waiting.signal }).catch(() => undefined)
    await Promise.race([pool.destroy(), late]).finally(() => waiting.abort())
  }
}

/** piscina is loaded with the first pool: most captures need none. */
async function startPool(entry: keyof typeof ENTRIES, threads: number, deserted: AbortController): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  const pool = new Piscina({
    filename: ENTRIES[entry].href,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
  })
  // A thread that dies is heard of by its task, which rejects. One that cannot even be started has none, and is not replaced.
  pool.on('error', (error) => setImmediate(() => pool.threads.length === 0 && deserted.abort(error)))
  return pool
}
