import { leftAligned, rightAligned } from '../../report/cells.ts'
import type { CallRow } from './call-row.ts'
import { CALL_COLUMNS, type Column, columnWidths, FINDING_COLUMNS, STREAM_COLUMNS } from './list-columns.ts'
import type { Paint } from './paint.ts'
import { rowCount } from './rows.ts'
import { type ListName, listHeight, type ScreenState } from './state.ts'

const COLUMNS = { calls: CALL_COLUMNS, streams: STREAM_COLUMNS, findings: FINDING_COLUMNS } as const

const EMPTY: Readonly<Record<ListName, string>> = {
  calls: 'No call has been seen yet.',
  streams: 'No stream without a call.',
  findings: 'No finding that is about no single call.',
}

/** The titles of the list in sight, and as many of its rows as there is room for. */
export function listLines(state: ScreenState, paint: Paint): string[] {
  const { size, list, rows, cursors, shown } = state
  const columns = COLUMNS[list] as readonly Column<unknown>[]
  const widths = columnWidths(columns, size.columns)
  const nowMs = (shown?.snapshot.atUs ?? 0) / 1000
  const { index, top } = cursors[list]
  const height = listHeight(size)
  const lines = rows.slice(top, top + height).map((row, n) => {
    const cells = columns.map(({ text, right }, c) =>
      (right ? rightAligned : leftAligned)(text(row, widths[c], nowMs), widths[c]),
    )
    if (top + n === index) return paint('inverse', leftAligned(spaced(cells, widths), size.columns))
    // What is over recedes, but for what was found.
    const over = row.kind === 'call' && row.endTime !== undefined && isQuiet(row)
    return spaced(
      cells.map((cell, c) => paint(over ? 'dim' : columns[c].ink?.(row), cell)),
      widths,
    )
  })
  const titles = spaced(
    columns.map(({ title, right }, c) => (right ? rightAligned : leftAligned)(title(widths[c]), widths[c])),
    widths,
  )
  return [paint('bold', leftAligned(titles, size.columns)), ...(rows.length === 0 ? [emptyText(state)] : lines)]
}

function isQuiet({ worst, offerer, answerer }: CallRow): boolean {
  return worst === undefined && offerer.failed + answerer.failed === 0
}

function spaced(cells: readonly string[], widths: readonly number[]): string {
  return cells.filter((_, n) => widths[n] > 0).join(' ')
}

function emptyText({ list, filter, shown }: ScreenState): string {
  if (shown === undefined) return 'Nothing has been heard yet.'
  return filter !== '' && rowCount(shown, list) > 0 ? 'Nothing passes the filter; Esc ends it.' : EMPTY[list]
}
