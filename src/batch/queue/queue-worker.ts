import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker, type WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import type { PartWork } from '../capture-job.ts'
import type { FailedCapture, JobOutcome } from '../job-outcome.ts'
import { JobProcesses } from '../job-processes.ts'
import { readTask, sealedFor } from '../part-job.ts'
import { type Batch, openBatch } from './batch-record.ts'
import { JobQueue, QUEUE_NAME } from './job-queue.ts'
import type { QueueKey } from './queue-key.ts'
import { type JobNews, openJob, type QueuedJob } from './queued-job.ts'
import type { Tell } from './redis.ts'
import { SealError, type Sealed, unseal } from './sealing.ts'
import { mapPlace, type StorageMapping } from './storage-map.ts'

export interface QueueWorkerOptions {
  readonly redis: Redis
  readonly prefix: string
  readonly key?: QueueKey
  readonly mappings: readonly StorageMapping[]
  /** Jobs that are under way at a time. */
  readonly concurrency: number
  /** Threads of a job, and its ceiling for state. */
  readonly limits: { readonly workers: number; readonly maxMemoryMb: number }
  /** A worker that is silent for so long has lost its jobs to others. */
  readonly leaseMs: number
  /** Run in the processes that do jobs; calls serveJobs. */
  readonly module: URL
  readonly tell: Tell
}

/**
 * Times that a job may be found without its worker: twice may be two machines that were switched off, three times it is
 * the job.
 */
const MOST_LOSSES = 2
/** How long a worker rests after it refused a job, which waits for others at once. */
const REST_MS = 3000
/** How long a job rests whose batch is lost: its submitter will put it there again. */
const LOST_MS = 2000
/** Another try may find these otherwise: a mount that is not there yet, a disk that does not answer. */
const MAY_PASS: ReadonlySet<string | undefined> = new Set([
  'SRTP_SCAN_CAPTURE_NOT_FOUND',
  'SRTP_SCAN_CAPTURE_UNREADABLE',
  'SRTP_SCAN_CAPTURE_CHANGED',
  'SRTP_SCAN_SCRATCH',
  undefined,
])
const MOST_BATCHES = 8

/** Takes jobs from the queue and has them done, until it is stopped. */
export class QueueWorker {
  readonly #options: QueueWorkerOptions
  readonly #queue: JobQueue
  readonly #worker: Worker<QueuedJob, JobOutcome>
  /** Jobs are done in other processes, so that the worker can say to the queue that it is alive while a scan is busy. */
  readonly #processes: JobProcesses
  readonly #batches = new Map<string, Batch>()
  readonly #refused = new Set<string>()
  readonly #stopping = new AbortController()
  readonly #name = `${hostname()}:${process.pid}`

  constructor(options: QueueWorkerOptions) {
    this.#options = options
    const { redis, prefix, concurrency, leaseMs, tell } = options
    this.#queue = new JobQueue(redis, prefix)
    this.#processes = new JobProcesses(options.module)
    // It makes a connection of its own for what waits.
    const connection = redis as unknown as WorkerOptions['connection']
    this.#worker = new Worker<QueuedJob, JobOutcome>(QUEUE_NAME, (job, token) => this.#do(job, token as string), {
      connection,
      prefix,
      name: this.#name,
      concurrency,
      lockDuration: leaseMs,
      stalledInterval: leaseMs,
      maxStalledCount: MOST_LOSSES,
      runRetryDelay: 1000,
      drainDelay: 2,
      metrics: { maxDataPoints: 60 },
    })
    this.#worker.on('error', (error) => {
      if (isNews(error)) tell(error.message)
    })
    this.#worker.on('failed', (_, error) => tell(error.message))
  }

  /** Takes no further job, and ends when those under way are done. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    // To take leave of a Redis that does not answer would be to wait for it.
    if (!this.#processes.areIdle || this.#options.redis.status === 'ready') await this.#worker.close()
    await this.quit()
  }

  /** Ends at once: what was under way is begun anew elsewhere. */
  async quit(): Promise<void> {
    this.#processes.kill()
    void this.#worker.close(true).catch(() => undefined)
    await this.#queue.close()
  }

  async #do(job: Job<QueuedJob, JobOutcome>, token: string): Promise<JobOutcome> {
    const batch = await this.#batch(job, token)
    const { key, mappings, limits } = this.#options
    const { place, capture, ...rest } = openJob(job.data, batch, key)
    const task = {
      job: { ...rest, capture, place: mapPlace(place ?? capture, mappings) },
      root: mapPlace(batch.root, mappings),
      files: batch.files,
      limits,
      ...(rest.work !== undefined && {
        part: readTask(mapPlace(batch.root, mappings), rest.work, this.#unseal(rest.work)),
      }),
    }
    const outcome = await this.#processes.run(task, (bytesDone) => void tellNews(job, { bytesDone }))
    return outcome.status === 'failed' ? await this.#fail(job, outcome) : outcome
  }

  #unseal({ task }: PartWork): (keys: Sealed) => Uint8Array {
    return (keys) => unseal(keys, this.#options.key, sealedFor(task))
  }

  /** The job's batch; where it is lost, or closed to this worker, the job goes back for a while. */
  async #batch(job: Job<QueuedJob, JobOutcome>, token: string): Promise<Batch> {
    const { batch: id } = job.data
    const known = this.#batches.get(id)
    if (known !== undefined) return known
    const record = await this.#queue.batch(id)
    if (record === undefined) return postpone(job, token)
    try {
      const batch = openBatch(id, record, this.#options.key)
      if (this.#batches.size >= MOST_BATCHES) this.#batches.clear()
      this.#batches.set(id, batch)
      return batch
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      const line = `batch ${id} ${error.message}`
      if (!this.#refused.has(id)) this.#options.tell(`refuses ${line}`)
      this.#refused.add(id)
      await tellNews(job, { refused: `worker ${this.#name} refuses ${line}` })
      await job.moveToWait(token)
      await sleep(REST_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      throw new WaitingError()
    }
  }

  /** A capture that cannot be read: tried again where that may help, otherwise set aside with its error. */
  async #fail(job: Job<QueuedJob, JobOutcome>, failure: FailedCapture): Promise<never> {
    await job.updateData({ ...job.data, failure })
    if (MAY_PASS.has(failure.code)) throw new Error(failure.error)
    throw new UnrecoverableError(failure.error)
  }
}

/** Puts a job back without counting the try. */
async function postpone(job: Job, token: string): Promise<never> {
  await job.moveToDelayed(Date.now() + LOST_MS, token)
  throw new DelayedError()
}

/** News may be lost: the outcome does not depend on them. */
async function tellNews(job: Job, news: JobNews): Promise<void> {
  await job.updateProgress(news).catch(() => undefined)
}

/** Errors of the connection tell themselves; a lock or a job that is gone was lost with the queue, and is begun anew. */
function isNews(error: Error): boolean {
  return !/Connection is closed|ECONN|EPIPE|ETIMEDOUT|LOADING|Missing (key|lock)|could not renew lock/i.test(
    error.message,
  )
}
