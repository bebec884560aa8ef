import { resolve } from 'node:path'
import type { AsOneOptions } from '../batch/as-one.ts'
import type { JobOptions } from '../batch/capture-job.ts'
import { holdsKeys } from '../batch/queue/batch-record.ts'
import { DEFAULT_PREFIX, JobQueue } from '../batch/queue/job-queue.ts'
import { readQueueKey } from '../batch/queue/queue-key.ts'
import { QueueRunner } from '../batch/queue/queue-runner.ts'
import { formatQueueStatus, queueStatus } from '../batch/queue/queue-status.ts'
import { NEEDS_KEY } from '../batch/queue/queued-job.ts'
import { queuedParts } from '../batch/queue/queued-parts.ts'
import { connectRedis } from '../batch/queue/redis.ts'
import { UsageError } from '../scan/usage-error.ts'
import { notice } from './notices.ts'
import { writeStandardOutput } from './output.ts'
import type { QueueArguments } from './queue-options.ts'

/** Whoever has a batch's jobs done by the workers of a queue. @throws UsageError where there is no queue, or no key */
export async function openQueueRunner(
  { queue, queueKey, queuePrefix: prefix = DEFAULT_PREFIX }: QueueArguments,
  folder: string,
  options: JobOptions,
): Promise<QueueRunner> {
  const key = await readQueueKey(queueKey)
  if (key === undefined && holdsKeys(options)) {
    throw new UsageError(`--queue: what --keys, --tls-keylog and --tls-key name ${NEEDS_KEY}`)
  }
  const redis = await connectRedis(queue as string, notice)
  return new QueueRunner({ redis, prefix, root: resolve(folder), ...(key !== undefined && { key }), tell: notice })
}

/** Whoever has the jobs of parts done by the workers of a queue. @throws UsageError where there is no key for what is sealed */
export async function openQueuedParts(
  args: QueueArguments,
  folder: string,
  options: JobOptions,
): Promise<Pick<AsOneOptions, 'partsRunner' | 'onClose'>> {
  const key = await readQueueKey(args.queueKey)
  if (key === undefined) throw new UsageError(`--as-one: the keys of its calls ${NEEDS_KEY}`)
  const runner = await openQueueRunner(args, folder, options)
  return { partsRunner: (signal) => queuedParts(runner, key, signal), onClose: () => runner.close() }
}

/** `srtp-scan batch --queue URL --queue-status` */
export async function printQueueStatus({ queue, queuePrefix: prefix = DEFAULT_PREFIX }: QueueArguments): Promise<void> {
  if (queue === undefined) throw new UsageError('--queue-status: --queue redis://HOST:PORT says of which queue')
  const jobs = new JobQueue(await connectRedis(queue, notice), prefix)
  try {
    await writeStandardOutput([formatQueueStatus(await queueStatus(jobs))])
  } finally {
    await jobs.close()
  }
}
