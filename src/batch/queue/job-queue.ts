import { Queue, type QueueOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import type { BatchRecord } from './batch-record.ts'
import type { QueuedJob } from './queued-job.ts'

/** The queue of a prefix: several of one Redis stand side by side by their prefixes. */
export const QUEUE_NAME = 'jobs'
export const DEFAULT_PREFIX = 'srtp-scan'

/** A batch of which nobody has asked for so long is forgotten: its submitter has gone. */
const RECORD_SECONDS = 86_400
/** What a submitter did not fetch: it takes its own away as they come. */
const COMPLETED = { age: 86_400, count: 10_000 }
/** What was set aside stays for --queue-status. */
const FAILED = { age: 7 * 86_400, count: 1000 }

/** How often a job is tried, and how long it rests first: twice as long each time. */
const ATTEMPTS = 3
const REST_MS = 1000

/** Jobs and batches in one Redis: what submitters, workers and the status have in common. */
export class JobQueue {
  readonly jobs: Queue<QueuedJob, unknown, string>
  readonly prefix: string
  readonly #redis: Redis

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.prefix = prefix
    this.jobs = new Queue(QUEUE_NAME, { connection: redis as unknown as QueueOptions['connection'], prefix })
    // The connection tells by itself when it is lost and back.
    this.jobs.on('error', () => undefined)
  }

  /** Jobs whose id is known already stay as they are. */
  async add(jobs: readonly { readonly id: string; readonly queued: QueuedJob }[]): Promise<void> {
    await this.jobs.addBulk(
      jobs.map(({ id, queued }) => ({
        name: queued.kind,
        data: queued,
        opts: {
          jobId: id,
          attempts: ATTEMPTS,
          backoff: { type: 'exponential', delay: REST_MS },
          removeOnComplete: COMPLETED,
          removeOnFail: FAILED,
          stackTraceLimit: 0,
        },
      })),
    )
  }

  async putBatch(id: string, record: string): Promise<void> {
    await this.#redis.set(this.#batchKey(id), record, 'EX', RECORD_SECONDS)
  }

  /** Keeps the record for another while; false where it is lost. */
  async touchBatch(id: string): Promise<boolean> {
    return (await this.#redis.expire(this.#batchKey(id), RECORD_SECONDS)) === 1
  }

  async batch(id: string): Promise<BatchRecord | undefined> {
    const text = await this.#redis.get(this.#batchKey(id))
    return text === null ? undefined : (JSON.parse(text) as BatchRecord)
  }

  async removeBatch(id: string): Promise<void> {
    await this.#redis.del(this.#batchKey(id))
  }

  /** Where Redis does not answer, nothing is waited for. */
  async close(): Promise<void> {
    const isReached = this.#redis.status === 'ready'
    this.#redis.disconnect()
    const closed = this.jobs.close().catch(() => undefined)
    if (isReached) await closed
  }

  #batchKey(id: string): string {
    return `${this.prefix}:batch:${id}`
  }
}
