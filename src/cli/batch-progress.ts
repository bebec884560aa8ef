import type { BatchPlan } from '../batch/batch-plan.ts'
import type { CaptureJob } from '../batch/capture-job.ts'
import type { JobOutcome } from '../batch/job-outcome.ts'
import { formatNumber } from '../report/layout.ts'
import { StatusLine } from './progress.ts'

const MIB = 1 << 20

/** A line on a terminal's standard error: captures done, how fast, and how long the others will take. */
export class BatchProgress {
  readonly #line = new StatusLine()
  readonly #sizes: ReadonlyMap<string, number>
  readonly #captures: number
  readonly #bytesTotal: number
  #capturesDone: number
  #bytesDone = 0
  /** Octets that were read of captures under way, by job. */
  readonly #begun = new Map<string, number>()

  constructor({ jobs, done }: Pick<BatchPlan, 'jobs' | 'done'>) {
    this.#sizes = new Map(jobs.map(({ name, sizeBytes = 0 }) => [name, sizeBytes]))
    this.#captures = jobs.length + done.length
    this.#capturesDone = done.length
    this.#bytesTotal = [...this.#sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  readonly underWay = ({ name }: CaptureJob, bytesDone: number): void => {
    this.#begun.set(name, bytesDone)
    this.#show()
  }

  ended({ name }: JobOutcome): void {
    this.#begun.delete(name)
    this.#bytesDone += this.#sizes.get(name) ?? 0
    this.#capturesDone++
    this.#show()
  }

  clear(): void {
    this.#line.clear()
  }

  #show(): void {
    const bytesDone = [...this.#begun.values()].reduce((sum, bytes) => sum + bytes, this.#bytesDone)
    const figures = {
      capturesDone: this.#capturesDone,
      captures: this.#captures,
      bytesDone,
      bytesTotal: this.#bytesTotal,
    }
    this.#line.show((seconds) => batchProgressText(figures, seconds))
  }
}

export interface BatchFigures {
  readonly capturesDone: number
  readonly captures: number
  /** Octets of captures that this run has read, of those that it has to read. */
  readonly bytesDone: number
  readonly bytesTotal: number
}

/** `312 of 1,000 captures, 31 %, 310 MB/s, 2 min left`. */
export function batchProgressText(
  { capturesDone, captures, bytesDone, bytesTotal }: BatchFigures,
  seconds: number,
): string {
  const share = bytesTotal === 0 ? 1 : Math.min(1, bytesDone / bytesTotal)
  const rate = bytesDone / MIB / Math.max(seconds, 1e-3)
  const left = share > 0 ? `, ${durationText((seconds * (1 - share)) / share)} left` : ''
  const captured = `${formatNumber(capturesDone)} of ${formatNumber(captures)} captures`
  return `${captured}, ${Math.floor(share * 100)} %, ${rate.toFixed(0)} MB/s${left}`
}

/** `12 s`, `3 min`, `2 h 5 min`: no more digits than hold. */
function durationText(seconds: number): string {
  if (seconds < 99) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
