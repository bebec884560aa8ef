import { callDetailLines } from './call-details.ts'
import { findingLines } from './finding-lines.ts'
import { helpLines } from './help.ts'
import { detailsOf } from './packed-details.ts'
import type { Paint } from './paint.ts'
import type { Row } from './picture.ts'
import type { ScreenState } from './state.ts'
import { streamLines } from './stream-lines.ts'

/** All lines of the page that is open. */
export function pageLines({ page }: Pick<ScreenState, 'page'>, columns: number, paint: Paint): string[] {
  if (page === undefined) return []
  if (page.of === 'help') return helpLines(columns, paint)
  return page.row === undefined ? [] : rowLines(page.row, columns, paint)
}

function rowLines(row: Row, columns: number, paint: Paint): string[] {
  if (row.kind === 'call') return callDetailLines(detailsOf(row), columns, paint)
  if (row.kind === 'finding') return findingLines(row.finding, columns, paint)
  return [
    ...streamLines(row.stream, columns, paint),
    ...row.findings.flatMap((finding) => ['', ...findingLines(finding, columns, paint)]),
  ]
}
