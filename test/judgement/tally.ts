/** Recall and precision of each rule, over all that was judged. */
export class Tally {
  readonly #rules = new Map<string, { faults: number; found: number; findings: number; supported: number }>()

  /** A fault that this rule is for. */
  fault(rule: string, found: boolean): void {
    const counts = this.#of(rule)
    counts.faults++
    if (found) counts.found++
  }

  finding(rule: string, supported: boolean): void {
    const counts = this.#of(rule)
    counts.findings++
    if (supported) counts.supported++
  }

  /** One line a rule. */
  table(): string {
    const rows = [...this.#rules].sort(([a], [b]) => (a < b ? -1 : 1))
    return [
      `${'rule'.padEnd(28)}${'faults'.padStart(8)}${'found'.padStart(8)}${'recall'.padStart(9)}${'findings'.padStart(10)}${'right'.padStart(8)}${'precision'.padStart(11)}`,
      ...rows.map(([rule, { faults, found, findings, supported }]) =>
        [
          rule.padEnd(28),
          `${faults}`.padStart(8),
          `${found}`.padStart(8),
          share(found, faults).padStart(9),
          `${findings}`.padStart(10),
          `${supported}`.padStart(8),
          share(supported, findings).padStart(11),
        ].join(''),
      ),
    ].join('\n')
  }

  #of(rule: string) {
    const known = this.#rules.get(rule)
    if (known !== undefined) return known
    const counts = { faults: 0, found: 0, findings: 0, supported: 0 }
    this.#rules.set(rule, counts)
    return counts
  }
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`
}
