import { resolve } from 'node:path'
import { isCaptureUrl, isSecretUrl } from '../../capture/capture-url.ts'
import { UsageError } from '../../scan/usage-error.ts'
import type { CaptureJob } from '../capture-job.ts'
import type { FailedCapture } from '../job-outcome.ts'
import { QUEUE_KEY_VARIABLE, type QueueKey } from './queue-key.ts'
import { type Sealed, seal, unseal } from './sealing.ts'

/** A job as it lies in Redis: what it has in common with its batch stands in the batch's record. */
export type QueuedJob = Omit<CaptureJob, 'options' | 'optionsDigest' | 'place'> & {
  readonly batch: string
  readonly place?: string | Sealed
  /** What became of it, once it was set aside. */
  readonly failure?: FailedCapture
}

/** What a worker tells while a job is under way. */
export type JobNews =
  | { readonly bytesDone: number }
  /** The worker cannot do it; it goes back. */
  | { readonly refused: string }

/**
 * A path goes along as an absolute one: what is relative to the submitter means nothing elsewhere.
 *
 * @throws UsageError where its place holds a password, and there is no key to seal it with
 */
export function packJob(job: CaptureJob, batch: string, key: QueueKey | undefined): QueuedJob {
  const { options: _, optionsDigest: __, place: named = job.capture, ...rest } = job
  const place = isCaptureUrl(named) ? named : resolve(named)
  if (!isSecretUrl(place)) return { ...rest, batch, ...(place !== job.capture && { place }) }
  if (key !== undefined) return { ...rest, batch, place: seal(Buffer.from(place), key, contextOf(batch, job.capture)) }
  throw new UsageError(`${job.capture}: its URL may hold a password, which ${NEEDS_KEY}`)
}

/** @throws SealError */
export function openJob(
  queued: QueuedJob,
  batch: Pick<CaptureJob, 'options' | 'optionsDigest'>,
  key: QueueKey | undefined,
): CaptureJob {
  const { batch: id, place, failure: _, ...rest } = queued
  const { options, optionsDigest } = batch
  const open = typeof place === 'object' ? unseal(place, key, contextOf(id, queued.capture)).toString() : place
  return { ...rest, options, optionsDigest, ...(open !== undefined && { place: open }) }
}

/** What to say of a job that was set aside: its capture's fault, or that of whatever scanned it. */
export function failureOf({ name, capture, failure }: QueuedJob, reason: string | undefined): FailedCapture {
  if (failure !== undefined) return failure
  const lost = /stalled/.test(reason ?? '')
  const why = lost ? 'every worker that began it was lost' : (reason ?? 'it failed')
  const line = why.startsWith(`${capture}: `) ? why : `${capture}: ${why}`
  return { status: 'failed', name, capture, error: line }
}

export const NEEDS_KEY = `must be sealed to travel: --queue-key FILE or ${QUEUE_KEY_VARIABLE} gives the key`

function contextOf(batch: string, capture: string): string {
  return `srtp-scan capture ${batch} ${capture}`
}
