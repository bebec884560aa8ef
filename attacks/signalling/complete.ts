import type { Report } from '../../src/model/report.ts'

/** How often an anomaly was counted. */
export function countOf({ anomalies }: Report, reason: string): number {
  return anomalies.reduce((sum, anomaly) => sum + (anomaly.reason === reason ? anomaly.count : 0), 0)
}

/** Each frame was a message, and each message was heard. */
export function unheard({ totals }: Report): string[] {
  const { frames, sipMessages } = totals
  return frames === sipMessages ? [] : [`${sipMessages} messages of ${frames}`]
}

/** Each message was heard, and counts for a call that is there or was given up. */
export function uncounted(report: Report): string[] {
  const counted = report.calls.reduce((sum, { messages }) => sum + messages, 0)
  const { sipMessages } = report.totals
  const whole = countOf(report, 'calls-evicted') > 0 || counted === sipMessages
  return [...unheard(report), ...(whole ? [] : [`${counted} messages in calls of ${sipMessages}`])]
}

/** An anomaly that says what was left out. */
export function unsaid(report: Report, reason: string): string[] {
  return countOf(report, reason) > 0 ? [] : [`nothing says ${reason}`]
}
