import { addToList } from '../bytes/lists-by-key.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { escapeText } from './escape.ts'
import { type Paint, type TextOptions, wrap } from './layout.ts'

/** Which policies were asked for, and what of them this capture cannot show; statements with one reason share a line. */
export function policyLines(report: LargeReport, { width }: TextOptions, paint: Paint): string[] {
  const { policies, policyNotShown = [] } = report
  if (policies === undefined) return []
  const byReason = new Map<string, string[]>()
  for (const { statement, reason } of policyNotShown) addToList(byReason, reason, statement)
  // Whether it is kept, the findings say.
  const what =
    policyNotShown.length === 0 ? 'lets all that it asks for be judged.' : 'cannot show whether this is kept:'
  return [
    ...wrap(escapeText(`Policy ${policies.join(', ')}: this capture ${what}`), width, '', 2),
    ...[...byReason].flatMap(([reason, statements]) =>
      wrap(escapeText(`${statements.join(', ')}: ${reason}`), width, '  - '),
    ),
    '',
  ].map((line) => (line === '' ? line : paint('dim', line)))
}
