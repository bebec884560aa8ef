import type { Anomaly, ReachedLimit } from '../model/report.ts'
import { formatNumber } from './layout.ts'

/** A limit with how much was dropped for it in all captures. */
export interface LimitTold extends ReachedLimit {
  readonly times: number
}

/** The limits that a trace came up to, each once, in the order of the anomalies. */
export function reachedLimits(anomalies: readonly Anomaly[]): readonly LimitTold[] {
  const reached = new Map<string, LimitTold>()
  for (const { limit, count } of anomalies) {
    if (limit !== undefined) reached.set(limit.name, { ...limit, times: (reached.get(limit.name)?.times ?? 0) + count })
  }
  return [...reached.values()]
}

/** `callIds, 102,400 Call-IDs at a time: 12 Call-IDs given up, …`. */
export function limitText({ name, most, of, times, dropped }: LimitTold): string {
  return `${name}, ${formatNumber(most)} ${of}: ${formatNumber(times)} ${dropped}`
}
