import type { ComponentChildren } from 'preact'
import { Scrolled } from '../scrolled.tsx'

/** A column of a table of facts. */
export interface FactColumn<T> {
  readonly title: string
  readonly isNumber?: true
  /** Long texts, which take several lines. */
  readonly isProse?: true
  readonly cell: (value: T) => ComponentChildren
}

interface Props<T> {
  readonly label: string
  readonly columns: readonly FactColumn<T>[]
  readonly values: readonly T[]
}

/** A table that is short enough to be drawn whole. */
export function FactsTable<T>({ label, columns, values }: Props<T>) {
  return (
    <Scrolled label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" class={isNumber && 'number'}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {values.map((value, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows never change
            <tr key={n}>
              {columns.map(({ title, isNumber, isProse, cell }) => (
                <td key={title} class={isNumber ? 'number' : isProse && 'prose'}>
                  {cell(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  )
}
