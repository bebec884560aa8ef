import type { LargeReport } from '../model/report-objects.ts'
import { escapeText } from './escape.ts'
import { type Paint, type TextOptions, wrap } from './layout.ts'

/** Which policies were asked for, and what of them this capture cannot show; statements with one reason share a line. */
export function policyLines(report: LargeReport, { width }: TextOptions, paint: Paint): string[] {
  const { policies, policyNotShown = [] } = report
  if (policies === undefined) return []
  const byReason = new Map<string, string[]>()
  for (const { statement, reason } of policyNotShown) {
    const known = byReason.get(reason)
    if (known === undefined) byReason.set(reason, [statement])
    else known.push(statement)
  }
  const what = policyNotShown.length === 0 ? 'shows all that it asks for.' : 'cannot show all that it asks for:'
  return [
    ...wrap(escapeText(`Policy ${policies.join(', ')}: this capture ${what}`), width, '', 2),
    ...[...byReason].flatMap(([reason, statements]) =>
      wrap(escapeText(`${statements.join(', ')}: ${reason}`), width, '  - '),
    ),
    '',
  ].map((line) => (line === '' ? line : paint('dim', line)))
}
