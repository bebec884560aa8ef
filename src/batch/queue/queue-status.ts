import type { JobQueue } from './job-queue.ts'
import { failureOf } from './queued-job.ts'

/** What a queue has, and who works at it. */
export interface QueueStatus {
  readonly waiting: number
  readonly active: number
  /** Resting before they are tried again. */
  readonly delayed: number
  /** Done, and not fetched by their submitter yet. */
  readonly done: number
  readonly failed: number
  /** The latest of those that were set aside. */
  readonly setAside: readonly { readonly error: string; readonly tries: number }[]
  /** Names of the workers that are connected; absent where Redis does not let its clients be listed. */
  readonly workers?: readonly string[]
  /** Jobs done in each of the last minutes that are complete, the latest first. */
  readonly perMinute: readonly number[]
}

const MOST_SET_ASIDE = 100
const MINUTES = 15

export async function queueStatus({ jobs }: JobQueue): Promise<QueueStatus> {
  const counts = await jobs.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')
  const failed = await jobs.getFailed(0, MOST_SET_ASIDE - 1)
  // A worker is there twice: with the connection that waits for jobs, and with the one that does the rest.
  const workers = await jobs.getWorkers().catch(() => undefined)
  const { data } = await jobs.getMetrics('completed', 0, MINUTES - 1)
  return {
    waiting: counts.waiting,
    active: counts.active,
    delayed: counts.delayed,
    done: counts.completed,
    failed: counts.failed,
    setAside: failed.map(({ data, failedReason, attemptsStarted }) => ({
      error: failureOf(data, failedReason).error,
      tries: attemptsStarted,
    })),
    ...(workers && { workers: [...new Set(workers.map(({ rawname = '' }) => rawname.split(':w:')[1] ?? ''))].sort() }),
    perMinute: data,
  }
}

/** A page for people. */
export function formatQueueStatus(status: QueueStatus): string {
  const { waiting, active, delayed, done, failed, setAside, workers, perMinute } = status
  const recent = perMinute.slice(0, 5)
  const rate = recent.reduce((sum, count) => sum + count, 0) / recent.length
  const lines = [
    `${waiting} waiting, ${active} active, ${delayed} delayed, ${done} done and not fetched yet, ${failed} set aside`,
    workers === undefined
      ? 'workers: this Redis does not tell'
      : `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}${workers.length > 0 ? ': ' : ''}${workers.join(', ')}`,
    // Before the first minute is over, nothing is known of how fast it goes.
    ...(recent.length === 0 ? [] : [`${rate.toFixed(1)} jobs a minute over the last ${recent.length}`]),
    ...(setAside.length === 0 ? [] : ['', 'Set aside, the latest first:']),
    ...setAside.map(({ error, tries }) => `- ${error} (tried ${tries === 1 ? 'once' : `${tries} times`})`),
  ]
  return `${lines.join('\n')}\n`
}
