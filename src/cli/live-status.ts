import type { Snapshot } from '../live/snapshot.ts'
import { count, formatNumber } from '../report/layout.ts'
import { reachedLimits } from '../report/reached-limits.ts'
import { StatusLine } from './progress.ts'

/** A line on a terminal's standard error that says what a live scan has seen, where no screen does. */
export class LiveStatus {
  readonly #line = new StatusLine()

  show(snapshot: Snapshot): void {
    this.#line.show(() => statusText(snapshot))
  }

  close(): void {
    this.#line.clear()
  }
}

/** `12 calls, 3 at hand, 48,210 packets, 2 failed, 0 dropped`. */
export function statusText({ report: { totals, calls, anomalies }, source: { dropped } }: Snapshot): string {
  const limits = reachedLimits(anomalies).length
  const parts = [
    `${formatNumber(totals.calls)} calls, ${formatNumber(calls.length)} at hand`,
    `${formatNumber(totals.frames)} packets`,
    `${formatNumber(totals.failed)} failed`,
    dropped === undefined ? 'drops unknown' : `${formatNumber(dropped)} dropped`,
    ...(limits > 0 ? [count(limits, 'limit reached', 'limits reached')] : []),
  ]
  return parts.join(', ')
}
