import type { Dropped, LimitName } from '../limits/limits.ts'
import type { Finding, Severity } from '../model/report.ts'

/** Findings of a rule and severity that are not listed. */
export interface FindingsBeyond {
  readonly rule: string
  readonly severity: Severity
  readonly count: number
}

/** Hears of each thing that a rule does not remember because of a limit. */
export type OnRuleLimit = (name: LimitName) => void

/**
 * How many findings of each rule and severity are listed: what an attack makes a rule say a million times must not fill
 * memory. What is beyond is counted, and of each severity that was found there is one in the list.
 */
export class FindingRoom {
  readonly #most: number
  readonly #dropped: Dropped[] = []
  readonly #counts = new Map<string, { rule: string; severity: Severity; count: number }>()

  constructor(most: number = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  /** Counts a finding; false where it is not to be listed. */
  has({ rule, severity }: Finding): boolean {
    const key = `${rule} ${severity}`
    const known = this.#counts.get(key)
    if (known === undefined) {
      this.#counts.set(key, { rule, severity, count: 1 })
      return true
    }
    return ++known.count <= this.#most
  }

  /** For one rule: counts what a limit of what it remembers has dropped. */
  counter(): OnRuleLimit {
    const dropped: Partial<Record<LimitName, number>> = {}
    this.#dropped.push(dropped)
    return (name) => {
      dropped[name] = (dropped[name] ?? 0) + 1
    }
  }

  /** What limits dropped that rules remember things under; several rules may remember the same. */
  get dropped(): Dropped {
    const most: Partial<Record<LimitName, number>> = {}
    for (const ofRule of this.#dropped) {
      for (const [name, count] of Object.entries(ofRule)) {
        most[name as LimitName] = Math.max(most[name as LimitName] ?? 0, count)
      }
    }
    return most
  }

  get beyond(): readonly FindingsBeyond[] {
    return [...this.#counts.values()].flatMap(({ rule, severity, count }) =>
      count > this.#most ? [{ rule, severity, count: count - this.#most }] : [],
    )
  }
}
