import type { Finding } from '../model/report.ts'
import type { Statement } from './rule.ts'

/** A finding for each of a list, up to `most`, and one that sums up those beyond. */
export function summedUp<T>(
  all: readonly T[],
  most: number,
  describe: (one: T) => Finding,
  describeRest: (rest: readonly T[]) => Finding,
): Finding[] {
  const shown = all.slice(0, most).map(describe)
  return all.length <= most ? shown : [...shown, describeRest(all.slice(most))]
}

/** Sums up statements: as bad as the worst of them. @param what they are of, in the plural */
export function moreOfThisKind(rest: readonly Statement[], what: string): Statement {
  return {
    severity: rest.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
    detail: `${rest.length} more ${what} of this kind.`,
    at: rest.flatMap(({ at: [first] = [] }) => first ?? []),
    evidence: { more: rest.length },
  }
}
