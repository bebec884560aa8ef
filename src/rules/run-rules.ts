import type { Analysis } from '../model/analysis.ts'
import type { Finding, Severity } from '../model/report.ts'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { RULES } from './catalogue.ts'
import type { FindingRoom } from './finding-room.ts'
import { judge } from './rule.ts'

const ORDER: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/** All findings that there is room for: worst first, then by where they show first, then by rule. The same facts give the same order. */
export function runRules(analysis: Analysis, policy: Policy = DEFAULT_POLICY, room?: FindingRoom): Finding[] {
  return judge(RULES, analysis, policy, room).flat().sort(compare)
}

function compare(a: Finding, b: Finding): number {
  return (
    ORDER[a.severity] - ORDER[b.severity] ||
    (a.capture ?? 0) - (b.capture ?? 0) ||
    (a.frames[0] ?? Number.POSITIVE_INFINITY) - (b.frames[0] ?? Number.POSITIVE_INFINITY) ||
    (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0)
  )
}
