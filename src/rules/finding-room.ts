import type { Finding, Severity } from '../model/report.ts'

/** Findings of a rule and severity that are not listed. */
export interface FindingsBeyond {
  readonly rule: string
  readonly severity: Severity
  readonly count: number
}

/**
 * How many findings of each rule and severity are listed: what an attack makes a rule say a million times must not fill
 * memory. What is beyond is counted, and of each severity that was found there is one in the list.
 */
export class FindingRoom {
  readonly #most: number
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

  get beyond(): readonly FindingsBeyond[] {
    return [...this.#counts.values()].flatMap(({ rule, severity, count }) =>
      count > this.#most ? [{ rule, severity, count: count - this.#most }] : [],
    )
  }
}
