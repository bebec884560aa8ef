import type { Severity } from '../model/report.ts'

/** Which findings make the command fail: those of this severity and worse. */
export type FailOn = Severity | 'never'

const WEIGHT: Readonly<Record<FailOn, number>> = { never: 3, error: 2, warning: 1, info: 0 }

/** Whether a finding is at or above what makes the command fail. */
export function failsOn(severity: Severity, failOn: FailOn): boolean {
  return WEIGHT[severity] >= WEIGHT[failOn]
}

/** The same where findings are counted. */
export function countsFailOn(counts: Readonly<Record<Severity, number>>, failOn: FailOn): boolean {
  return (['error', 'warning', 'info'] as const).some((severity) => counts[severity] > 0 && failsOn(severity, failOn))
}
