import { compareText } from '../bytes/compare-text.ts'
import type { Severity } from '../model/report.ts'
import { findingWeight } from '../report/finding-weight.ts'

/** How often a rule found something of one severity. */
export interface RuleTotal {
  readonly rule: string
  readonly severity: Severity
  readonly count: number
}

/** Severest first, what is true of most calls of a network behind what one suffers; then most, then by name. */
export function worseRule(a: RuleTotal, b: RuleTotal): number {
  return findingWeight(b) - findingWeight(a) || b.count - a.count || compareText(a.rule, b.rule)
}

/** Counts findings by rule and severity, of whatever kind. */
export class RuleTally {
  readonly #totals = new Map<string, RuleTotal>()

  add({ rule, severity, count }: RuleTotal): void {
    const name = `${severity} ${rule}`
    this.#totals.set(name, { rule, severity, count: (this.#totals.get(name)?.count ?? 0) + count })
  }

  sorted(): RuleTotal[] {
    return [...this.#totals.values()].sort(worseRule)
  }
}
