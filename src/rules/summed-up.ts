import type { TraceFacts } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import { finding, type RuleText, type Statement } from './rule.ts'

/** Findings that a rule lists of a kind, unless it says otherwise. */
const MOST = 50

/** A finding for each of a list, up to `most`, and one that sums up those beyond. */
export function summedUp<T>(
  all: readonly T[],
  describe: (one: T) => Finding,
  describeRest: (rest: readonly T[]) => Finding,
  most: number = MOST,
): Finding[] {
  const shown = all.slice(0, most).map(describe)
  return all.length <= most ? shown : [...shown, describeRest(all.slice(most))]
}

/** A finding for each statement, and one that is as bad as the worst of those beyond. @param what they are of, in the plural */
export function findingsOf(
  text: RuleText,
  trace: TraceFacts,
  statements: readonly Statement[],
  what: string,
): Finding[] {
  return summedUp(
    statements,
    (statement) => finding(text, trace, statement),
    (rest) =>
      finding(text, trace, {
        severity: rest.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
        detail: `${rest.length} more ${what} of this kind.`,
        at: rest.flatMap(({ at: [first] = [] }) => first ?? []),
        evidence: { more: rest.length },
      }),
  )
}
