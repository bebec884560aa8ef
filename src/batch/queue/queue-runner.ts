import { QueueEvents, type QueueEventsOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import { contentIdentity } from '../../capture/content-identity.ts'
import type { CaptureJob } from '../capture-job.ts'
import type { JobOutcome } from '../job-outcome.ts'
import { readOptionFiles } from '../option-files.ts'
import type { JobRunner, RunOptions } from '../runner.ts'
import { packBatch } from './batch-record.ts'
import { batchId, jobId } from './job-ids.ts'
import { JobQueue, QUEUE_NAME } from './job-queue.ts'
import type { QueueKey } from './queue-key.ts'
import { failureOf, type JobNews, packJob, type QueuedJob } from './queued-job.ts'
import { duplicateRedis, type Tell } from './redis.ts'
import { whileReached } from './while-reached.ts'

export interface QueueRunnerOptions {
  readonly redis: Redis
  readonly prefix: string
  /** Where reports go, as workers with the same storage know it. */
  readonly root: string
  readonly key?: QueueKey
  readonly tell: Tell
}

/** Jobs that lie in the queue at a time: Redis stays small, however large a batch is. */
const WINDOW = 1000
/** Jobs that are added or looked at in one go. */
const HANDFUL = 100
/** Events may be lost with Redis, so all that is outstanding is looked at this often. */
const LOOK_MS = 2000
/** Whoever waits this long without a worker in sight is told so. */
const LONELY_MS = 10_000

interface Outstanding {
  readonly id: string
  readonly job: CaptureJob
  readonly queued: QueuedJob
}

/** Has jobs done by the workers of a queue, adds again what the queue loses, and waits for every outcome. */
export class QueueRunner implements JobRunner {
  readonly #options: QueueRunnerOptions
  readonly #queue: JobQueue
  readonly #listening: Redis
  readonly #events: QueueEvents
  /** Records by the id of their batch. */
  readonly #records = new Map<string, string>()
  readonly #putting = new Map<string, Promise<void>>()
  readonly #outstanding = new Map<string, Outstanding>()
  /** Ids of jobs that are said to have ended. */
  readonly #ended = new Set<string>()
  readonly #said = new Set<string>()
  #wake: () => void = () => undefined
  #onProgress: RunOptions['onProgress']

  constructor(options: QueueRunnerOptions) {
    this.#options = options
    const { redis, prefix } = options
    this.#queue = new JobQueue(redis, prefix)
    this.#listening = duplicateRedis(redis)
    const connection = this.#listening as unknown as QueueEventsOptions['connection']
    this.#events = new QueueEvents(QUEUE_NAME, { connection, prefix })
    this.#events.on('error', () => undefined)
    const ended = ({ jobId: id }: { jobId: string }): void => {
      if (!this.#outstanding.has(id)) return
      this.#ended.add(id)
      this.#wake()
    }
    this.#events.on('completed', ended)
    this.#events.on('failed', ended)
    this.#events.on('progress', ({ jobId: id, data }) => this.#hear(id, data as JobNews))
  }

  run(jobs: readonly CaptureJob[], options: RunOptions = {}): AsyncGenerator<JobOutcome> {
    const { redis } = this.#options
    return whileReached(this.#run(jobs, options), () => redis.status === 'ready', options.signal)
  }

  async *#run(jobs: readonly CaptureJob[], { signal, onProgress }: RunOptions): AsyncGenerator<JobOutcome> {
    this.#onProgress = onProgress
    const wake = (): void => this.#wake()
    signal?.addEventListener('abort', wake)
    try {
      let next = 0
      let lookedMs = performance.now()
      let withdrawn = false
      for (;;) {
        while (signal?.aborted !== true && next < jobs.length && this.#outstanding.size <= WINDOW - HANDFUL) {
          await this.#submit(jobs.slice(next, next + HANDFUL))
          next += HANDFUL
        }
        if (signal?.aborted === true && !withdrawn) {
          withdrawn = true
          await this.#withdraw()
        }
        if (this.#outstanding.size === 0) break
        await this.#news(lookedMs + LOOK_MS - performance.now())
        yield* await this.#take([...this.#ended])
        if (performance.now() - lookedMs < LOOK_MS) continue
        yield* await this.#look()
        lookedMs = performance.now()
      }
      for (const id of this.#records.keys()) await this.#queue.removeBatch(id)
      this.#records.clear()
      this.#putting.clear()
    } finally {
      signal?.removeEventListener('abort', wake)
    }
  }

  async close(): Promise<void> {
    const isReached = this.#options.redis.status === 'ready'
    this.#listening.disconnect()
    // To take leave of a Redis that does not answer would be to wait for it.
    const closed = this.#events.close().catch(() => undefined)
    if (isReached) await closed
    await this.#queue.close()
  }

  async #submit(jobs: readonly CaptureJob[]): Promise<void> {
    const { key } = this.#options
    const added = await Promise.all(
      jobs.map(async (job): Promise<Outstanding> => {
        const batch = await this.#batchOf(job)
        const { capture, place, kind, name } = job
        const identity = await contentIdentity(place ?? capture).catch(() => 'unreadable')
        const id = jobId(batch, kind, [name, capture, place ?? '', JSON.stringify(identity)])
        return { id, job, queued: packJob(job, batch, key) }
      }),
    )
    // What an earlier run of the batch left behind is over: its reports may be gone, what was set aside is tried again.
    await Promise.all(
      added.map(async ({ id }) => {
        const known = await this.#queue.jobs.getJob(id)
        if (known?.finishedOn !== undefined) await known.remove().catch(() => undefined)
      }),
    )
    for (const one of added) this.#outstanding.set(one.id, one)
    await this.#queue.add(added)
  }

  /** The id of a job's batch, whose record lies in Redis from then on. */
  async #batchOf(job: CaptureJob): Promise<string> {
    const id = batchId(this.#options.root, job.optionsDigest)
    const putting = this.#putting.get(id) ?? this.#putBatch(id, job)
    this.#putting.set(id, putting)
    await putting
    return id
  }

  async #putBatch(id: string, { options, optionsDigest }: CaptureJob): Promise<void> {
    const { root, key } = this.#options
    const files = await readOptionFiles(options)
    const record = JSON.stringify(packBatch(id, { root, options, optionsDigest, files }, key))
    this.#records.set(id, record)
    await this.#queue.putBatch(id, record)
  }

  /** Looks at all that is outstanding: takes what has ended, adds again what the queue does not know any more. */
  async #look(): Promise<JobOutcome[]> {
    for (const [id, record] of this.#records) {
      if (!(await this.#queue.touchBatch(id))) await this.#queue.putBatch(id, record)
    }
    const lost: Outstanding[] = []
    const outcomes = await this.#take([...this.#outstanding.keys()], lost)
    if (lost.length > 0) {
      const { tell } = this.#options
      const what = lost.length === 1 ? '1 job, which was' : `${lost.length} jobs, which were`
      tell(`the queue had lost ${what} added again`)
      await this.#queue.add(lost)
    }
    await this.#lookForWorkers()
    return outcomes
  }

  /** The outcomes of those jobs that have ended; they are taken from the queue. */
  async #take(ids: readonly string[], lost: Outstanding[] = []): Promise<JobOutcome[]> {
    const outcomes: JobOutcome[] = []
    for (let at = 0; at < ids.length; at += HANDFUL) {
      const handful = ids.slice(at, at + HANDFUL)
      const found = await Promise.all(handful.map((id) => this.#queue.jobs.getJob(id)))
      for (const [n, known] of found.entries()) {
        const one = this.#outstanding.get(handful[n])
        this.#ended.delete(handful[n])
        if (one === undefined) continue
        if (known === undefined) lost.push(one)
        else if (known.finishedOn !== undefined) {
          this.#outstanding.delete(one.id)
          outcomes.push((known.returnvalue as JobOutcome | null) ?? failureOf(known.data, known.failedReason))
          // What was set aside stays to be looked at.
          if (known.returnvalue !== null) void known.remove().catch(() => undefined)
        }
      }
    }
    return outcomes
  }

  /** Takes back what no worker has begun. */
  async #withdraw(): Promise<void> {
    for (const { id } of [...this.#outstanding.values()]) {
      const gone = await this.#queue.jobs.remove(id).catch(() => 0)
      if (gone === 1 || (await this.#queue.jobs.getJob(id)) === undefined) this.#outstanding.delete(id)
    }
  }

  #hear(id: string, news: JobNews): void {
    const one = this.#outstanding.get(id)
    if (one === undefined) return
    if ('refused' in news) this.#sayOnce(news.refused)
    else this.#onProgress?.(one.job, news.bytesDone)
  }

  #lonelySinceMs = performance.now()

  async #lookForWorkers(): Promise<void> {
    // Some providers of Redis do not let its clients be listed: then there may be workers.
    const workers = await this.#queue.jobs.getWorkersCount().catch(() => 1)
    if (workers > 0) this.#lonelySinceMs = performance.now()
    if (performance.now() - this.#lonelySinceMs < LONELY_MS) return
    this.#sayOnce('no worker is at this queue; srtp-scan worker --queue with the same URL starts one')
  }

  #sayOnce(line: string): void {
    if (!this.#said.has(line)) this.#options.tell(line)
    this.#said.add(line)
  }

  /** Waits until something ended, or somebody wants to stop, or for a time. */
  async #news(ms: number): Promise<void> {
    if (this.#ended.size > 0 || ms <= 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => undefined
  }
}
