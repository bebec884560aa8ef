import { addToList } from '../../bytes/lists-by-key.ts'
import type { Finding } from '../../model/report.ts'
import type { LargeReport } from '../../model/report-objects.ts'
import { type FailOn, failsOn } from '../fail-on.ts'

/** What a rule found, by Call-ID; what is of no call stands under undefined. */
export type FoundByCall = ReadonlyMap<string | undefined, readonly Finding[]>

/** What was found, by rule; the rules stand in the order of their first findings, and so do the calls of each. */
export function foundByRule({ findings }: Pick<LargeReport, 'findings'>): ReadonlyMap<string, FoundByCall> {
  const byRule = new Map<string, Map<string | undefined, Finding[]>>()
  for (const finding of findings) {
    const byCall = byRule.get(finding.rule) ?? new Map<string | undefined, Finding[]>()
    byRule.set(finding.rule, byCall)
    addToList(byCall, finding.callId, finding)
  }
  return byRule
}

/** The Call-IDs of findings that make the command fail. */
export function callsThatFail({ findings }: Pick<LargeReport, 'findings'>, failOn: FailOn): ReadonlySet<string> {
  const calls = new Set<string>()
  for (const { callId, severity } of findings) if (callId !== undefined && failsOn(severity, failOn)) calls.add(callId)
  return calls
}

/** The findings of one test that make it fail, and the others. */
export function divided(findings: readonly Finding[], failOn: FailOn): { failing: Finding[]; other: Finding[] } {
  const fails = ({ severity }: Finding) => failsOn(severity, failOn)
  return { failing: findings.filter(fails), other: findings.filter((finding) => !fails(finding)) }
}
