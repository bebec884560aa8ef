import { callDetailLines } from './call-details.ts'
import { findingLines } from './finding-lines.ts'
import { helpLines } from './help.ts'
import { detailsOf } from './packed-details.ts'
import type { Paint } from './paint.ts'
import type { Row } from './picture.ts'
import type { ScreenState } from './state.ts'
import { streamLines } from './stream-lines.ts'

/** Prose in longer lines is hard to follow. */
const WIDEST = 140

/** All lines of the page that is open. */
export function pageLines({ page }: Pick<ScreenState, 'page'>, columns: number, paint: Paint): string[] {
  if (page === undefined) return []
  const width = Math.min(columns, WIDEST)
  if (page.of === 'help') return helpLines(width, paint)
  return page.row === undefined ? [] : rowLines(page.row, width, paint)
}

function rowLines(row: Row, columns: number, paint: Paint): string[] {
  if (row.kind === 'call') return callDetailLines(detailsOf(row), columns, paint)
  if (row.kind === 'finding') return findingLines(row.finding, columns, paint)
  return [
    ...streamLines(row.stream, columns, paint),
    ...row.findings.flatMap((finding) => ['', ...findingLines(finding, columns, paint)]),
  ]
}
