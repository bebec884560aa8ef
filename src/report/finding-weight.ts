import type { Finding } from '../model/report.ts'

const WEIGHTS = { error: 3, warning: 2, info: 1 } as const
/** True of most calls of a network that does so; what one call suffers goes before them. */
const HABITS: ReadonlySet<string> = new Set(['sdes-key-exposed', 'sip-cleartext'])

/** Whether others explain it, which it names: of what weighs the same, the cause is told before what follows from it. */
export function isConsequence({ evidence }: Pick<Finding, 'evidence'>): boolean {
  return Array.isArray(evidence.causes)
}

/** Whether findings of the rule are true of most calls of a network that does so. */
export function isHabit(rule: string): boolean {
  return HABITS.has(rule)
}

/** The more, the worse. */
export function findingWeight({ severity, rule }: Pick<Finding, 'severity' | 'rule'>): number {
  return WEIGHTS[severity] * 2 - (isHabit(rule) ? 1 : 0)
}
