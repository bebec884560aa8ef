import { compareText } from '../bytes/compare-text.ts'
import type { Analysis } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import { SEVERITIES } from '../model/severities.ts'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { RULES } from './catalogue.ts'
import type { FindingRoom } from './finding-room.ts'
import { judge } from './rule.ts'

/** All findings that there is room for: worst first, then by where they show first, then by rule. The same facts give the same order. */
export function runRules(analysis: Analysis, policy: Policy = DEFAULT_POLICY, room?: FindingRoom): Finding[] {
  return judge(RULES, analysis, policy, room).flat().sort(compare)
}

function compare(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    (a.capture ?? 0) - (b.capture ?? 0) ||
    (a.frames[0] ?? Number.POSITIVE_INFINITY) - (b.frames[0] ?? Number.POSITIVE_INFINITY) ||
    compareText(a.rule, b.rule)
  )
}
