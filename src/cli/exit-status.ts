import type { Finding, Severity } from '../model/report.ts'
import { countsFailOn, type FailOn, failsOn } from '../report/fail-on.ts'

/**
 * What the command ends with: 0, 1 where there are findings at or above --fail-on, 2 for bad usage or input, and where
 * standard output lost its reader before there was a verdict what a shell has of a process that SIGPIPE ended.
 */
export const ExitStatus = { Clean: 0, Findings: 1, Unusable: 2, Unread: 141 } as const

export function exitStatusOf(findings: Iterable<Finding>, failOn: FailOn): number {
  for (const { severity } of findings) if (failsOn(severity, failOn)) return ExitStatus.Findings
  return ExitStatus.Clean
}

/** The same where findings are counted. */
export function exitStatusOfCounts(counts: Readonly<Record<Severity, number>>, failOn: FailOn): number {
  return countsFailOn(counts, failOn) ? ExitStatus.Findings : ExitStatus.Clean
}
