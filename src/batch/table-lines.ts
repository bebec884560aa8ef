import { escapeText } from '../report/escape.ts'
import { formatNumber, wrap } from '../report/layout.ts'

/** A column of numbers. */
export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => number
}

/**
 * Rows with numbers in front, as wide as they need, and text behind, which is wrapped below itself.
 *
 * @param texts what stands behind a row's numbers, each on a line of its own
 */
export function tableLines<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  width: number,
  texts: (row: T) => readonly string[],
): string[] {
  const widths = columns.map(({ title, value }) =>
    Math.max(title.length, ...rows.map((row) => formatNumber(value(row)).length)),
  )
  const cells = (text: (column: Column<T>) => string): string =>
    `  ${columns.map((column, n) => text(column).padStart(widths[n])).join('  ')}  `
  const indent = widths.reduce((sum, one) => sum + one + 2, 2)
  return [
    cells(({ title }) => title).trimEnd(),
    ...rows.flatMap((row) => {
      const [first, ...others] = texts(row)
      return [
        ...wrap(
          escapeText(first),
          width,
          cells(({ value }) => formatNumber(value(row))),
          indent,
        ),
        ...others.filter((text) => text !== '').flatMap((text) => wrap(escapeText(text), width, ' '.repeat(indent))),
      ]
    }),
  ]
}
