import { availableParallelism } from 'node:os'
import { DEFAULT_PREFIX } from '../batch/queue/job-queue.ts'
import { QUEUE_KEY_VARIABLE, readQueueKey } from '../batch/queue/queue-key.ts'
import { QueueWorker } from '../batch/queue/queue-worker.ts'
import { connectRedis, shownRedisUrl } from '../batch/queue/redis.ts'
import { parseMapping } from '../batch/queue/storage-map.ts'
import { DEFAULT_MEMORY_MB } from '../limits/limits.ts'
import { escapeText } from '../report/escape.ts'
import { UsageError } from '../scan/usage-error.ts'
import { BATCH_PROCESS } from './batch-process-place.ts'
import { checkGiven, wholeNumber } from './options.ts'
import type { QueueArguments } from './queue-options.ts'

export interface WorkerArguments extends QueueArguments {
  readonly map: readonly string[]
  readonly jobs?: number
  readonly workers?: number
  readonly maxMemory?: number
  readonly lease?: number
  readonly quiet: boolean
}

const LEASE_SECONDS = 30
/** What a shell gives to a program that Ctrl-C ended. */
const INTERRUPTED = 130

/** `srtp-scan worker`: does jobs of a queue until it is told to stop; a second time, at once. */
export async function workerCommand(args: WorkerArguments): Promise<void> {
  checkGiven(args)
  const { queue: url, queuePrefix: prefix = DEFAULT_PREFIX, maxMemory } = args
  if (url === undefined) throw new UsageError('worker: --queue redis://HOST:PORT says whose jobs it does')
  const concurrency = wholeNumber('--jobs', args.jobs, 1, 256) ?? availableParallelism()
  const workers = wholeNumber('--workers', args.workers, 1, 256) ?? 1
  const maxMemoryMb = wholeNumber('--max-memory', maxMemory, 64, 3072) ?? DEFAULT_MEMORY_MB
  const leaseMs = 1000 * (wholeNumber('--lease', args.lease, 1, 3600) ?? LEASE_SECONDS)
  const mappings = args.map.map(parseMapping)
  const key = await readQueueKey(args.queueKey)
  // The processes that do the jobs get what they need, and not this.
  delete process.env[QUEUE_KEY_VARIABLE]
  const tell = (line: string): void => {
    if (!args.quiet) process.stderr.write(`srtp-scan worker: ${escapeText(line)}\n`)
  }
  const redis = await connectRedis(url, tell)
  const worker = new QueueWorker({
    redis,
    prefix,
    ...(key !== undefined && { key }),
    mappings,
    concurrency,
    limits: { workers, maxMemoryMb },
    leaseMs,
    module: BATCH_PROCESS,
    tell,
  })
  const sealed = key === undefined ? 'no queue key: jobs with keys are refused' : `queue key ${key.fingerprint}`
  await new Promise<void>((resolve) => {
    const signalled = (): void => {
      for (const signal of SIGNALS) {
        process.off(signal, signalled)
        process.on(signal, () => void worker.quit().finally(() => process.exit(INTERRUPTED)))
      }
      tell('stops once the jobs under way are done; the next signal ends it at once')
      void worker.stop().then(resolve)
    }
    for (const signal of SIGNALS) process.on(signal, signalled)
    tell(`takes jobs from ${shownRedisUrl(url)}, ${concurrency} at a time; ${sealed}`)
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
