import { setMaxListeners } from 'node:events'
import { extname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { loadPiscina } from './load-piscina.ts'

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

/** A thread that is told to end does so at once; it loads in 50 ms, and takes long only beside much else. */
const LONGEST_END_MS = 1000
const LONGEST_LOAD_MS = 20_000

/** Threads that run one task each at a time. Where they cannot be started each task says so. */
export class ThreadPool {
  readonly #threads: Threads | ThreadError
  #running = 0

  constructor(entry: Entry, count: number) {
    this.#threads = takeEarly(entry, count) ?? startThreads(entry, count)
  }

  /** Some task is not ended. */
  get isBusy(): boolean {
    return this.#running > 0
  }

  /** @throws ThreadError */
  async run(task: object): Promise<unknown> {
    if (this.#threads instanceof ThreadError) throw this.#threads
    const { pool, deserted } = this.#threads
    this.#running++
    try {
      return await pool.run(task, { signal: deserted.signal })
    } catch (cause) {
      throw new ThreadError(deserted.signal.aborted ? deserted.signal.reason : cause)
    } finally {
      this.#running--
    }
  }

  /** Resolves when the threads have ended. */
  async close(): Promise<void> {
    if (!(this.#threads instanceof ThreadError)) await endThreads(this.#threads)
  }
}

type Entry = keyof typeof ENTRIES

interface Threads {
  readonly entry: Entry
  readonly count: number
  readonly pool: Piscina
  /** Resolves when each of them has loaded what it runs, or has ended. */
  readonly loaded: Promise<unknown>
  /** Aborted where there are no threads left, for none could be started: nobody would ever take what waits. */
  readonly deserted: AbortController
}

let early: Threads | undefined

/**
 * Starts threads for a pool that is likely to come: they take longer to be there than the command to know what for. The
 * first pool of this entry and count takes them over. Where they cannot be started a pool that does come says so.
 */
export function startEarly(entry: Entry, count: number): void {
  const threads = startThreads(entry, count)
  if (!(threads instanceof ThreadError)) early = threads
}

/** Ends threads that no pool took over. */
export async function endEarly(): Promise<void> {
  const threads = early
  early = undefined
  if (threads !== undefined) await endThreads(threads)
}

function takeEarly(entry: Entry, count: number): Threads | undefined {
  const threads = early
  if (threads?.entry === entry && threads.count === count) {
    early = undefined
    return threads
  }
  // Others are wanted: whoever runs the command has no use for both.
  void endEarly()
  return undefined
}

function startThreads(entry: Entry, count: number): Threads | ThreadError {
  let pool: Piscina
  try {
    const { Piscina } = loadPiscina()
    pool = new Piscina({
      filename: ENTRIES[entry].href,
      minThreads: count,
      maxThreads: count,
      concurrentTasksPerWorker: 1,
    })
  } catch (cause) {
    return new ThreadError(cause)
  }
  const deserted = new AbortController()
  // Each task listens.
  setMaxListeners(0, deserted.signal)
  // A thread that dies is heard of by its task, which rejects. One that cannot even be started has none, and is not replaced.
  pool.on('error', (error) => setImmediate(() => pool.threads.length === 0 && deserted.abort(error)))
  return { entry, count, pool, loaded: Promise.all(pool.threads.map(untilLoaded)), deserted }
}

/** The first that a thread says is that it has loaded its entry. */
function untilLoaded(thread: Worker): Promise<void> {
  return new Promise((resolve) => {
    thread.once('message', () => resolve()).once('exit', () => resolve())
  })
}

/**
 * One that died before its time ends no more: it is not waited for. Who was at a task has heard of it from the task. One that
 * is told to end while it loads a module may abort the whole process (Node 20, ModuleWrap::InstantiateSync): it loads first.
 */
async function endThreads({ pool, loaded }: Threads): Promise<void> {
  await within(LONGEST_LOAD_MS, loaded)
  await within(
    LONGEST_END_MS,
    pool.destroy().catch(() => undefined),
  )
}

/** Resolves with what is waited for, or when that has taken too long. */
async function within(ms: number, what: Promise<unknown>): Promise<void> {
  const waiting = new AbortController()
  const late = delay(ms, undefined, { signal: waiting.signal }).catch(() => undefined)
  await Promise.race([what, late]).finally(() => waiting.abort())
}
