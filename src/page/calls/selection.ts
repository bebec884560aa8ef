import type { CallColumns } from '../../report/html/page-index.ts'
import type { Column } from './columns.ts'

/** What the table shows of the calls, and in which order. */
export interface Selection {
  /** Words that all have to be somewhere in a call: parties, Call-ID, addresses, SSRCs, rules. */
  readonly text: string
  /** By column. */
  readonly filters: Readonly<Record<string, string>>
  /** Number of a group of findings. */
  readonly group?: number | undefined
  readonly sort: { readonly column: string; readonly descending: boolean }
}

export const ALL_CALLS: Selection = { text: '', filters: {}, sort: { column: 'startTime', descending: false } }

type Test = (row: number) => boolean

/** Finds calls by selections; what every search looks into is put together once. */
export class CallFinder {
  readonly #rows: CallColumns
  readonly #columns: readonly Column[]
  readonly #texts: string[]
  readonly #orders = new Map<string, readonly number[]>()

  constructor(rows: CallColumns, columns: readonly Column[]) {
    this.#rows = rows
    this.#columns = columns
    this.#texts = rows.callId.map((_, row) =>
      `${columns.map(({ text }) => text(row)).join('\n')}\n${rows.from[row]}\n${rows.to[row]}\n${rows.search[row]}`.toLowerCase(),
    )
  }

  /** Rows of the calls that are selected, in their order. */
  find({ text, filters, group, sort }: Selection): number[] {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const tests: Test[] = words.map((word) => (row) => this.#texts[row].includes(word))
    if (group !== undefined) tests.push((row) => this.#rows.groups[row].includes(group))
    for (const column of this.#columns) {
      const filter = filters[column.id]?.trim() ?? ''
      if (filter !== '') tests.push(columnTest(column, filter))
    }
    const rows = this.#order(sort.column).filter((row) => tests.every((test) => test(row)))
    return sort.descending ? rows.reverse() : rows
  }

  /** All rows by a column; equal ones by time, as they stand. */
  #order(id: string): readonly number[] {
    const known = this.#orders.get(id)
    if (known !== undefined) return known
    const column = this.#columns.find((one) => one.id === id) ?? this.#columns[0]
    const keys = this.#texts.map((_, row) => column.order(row))
    const order = keys.map((_, row) => row).sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b))
    this.#orders.set(id, order)
    return order
  }
}

const COMPARED: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
}

/** A number column takes `>5`; every other filter is a part of the text, whatever its letters' case; `!` turns it round. */
function columnTest(column: Column, filter: string): Test {
  if (column.isNumber) {
    const [, sign = '=', number] = /^(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)?)$/.exec(filter) ?? []
    if (number !== undefined)
      return (row) => {
        const value = column.order(row) as number
        // What is not known (a call that was not answered has no length) is not less than anything.
        return value >= 0 && COMPARED[sign](value, Number(number))
      }
  }
  if (column.choices?.includes(filter)) return (row) => column.text(row) === filter
  const isNot = filter.startsWith('!')
  const part = (isNot ? filter.slice(1) : filter).toLowerCase()
  return (row) => column.text(row).toLowerCase().includes(part) !== isNot
}
