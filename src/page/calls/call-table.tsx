import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { FindingGroup, PageIndex } from '../../report/html/page-index.ts'
import { callHash } from '../route.ts'
import { SeverityMark } from '../severity-mark.tsx'
import { type Column, worstGroups } from './columns.ts'
import { FilterRow } from './filter-row.tsx'
import type { Selection } from './selection.ts'
import { useVirtualRows } from './virtual-rows.ts'

/** As in the style of the page. */
const ROW_HEIGHT = 30
/** Rows that are printed. */
const MOST_PRINTED = 500

interface Props {
  readonly index: PageIndex
  readonly columns: readonly Column[]
  /** Rows in their order. */
  readonly rows: readonly number[]
  readonly selection: Selection
  readonly onSelect: (selection: Selection) => void
  readonly hasFilters: boolean
  readonly isPrinted: boolean
}

/** The calls: those in sight are drawn, all are counted. */
export function CallTable({ index, columns, rows, selection, onSelect, hasFilters, isPrinted }: Props) {
  const scroller = useRef<HTMLElement>(null)
  const seen = useVirtualRows(scroller, rows.length, ROW_HEIGHT)
  const { first, end, before, behind } = isPrinted
    ? { first: 0, end: Math.min(rows.length, MOST_PRINTED), before: 0, behind: 0 }
    : seen
  const [worst] = useState(() => worstGroups(index.rows, index.groups))
  const [active, setActive] = useState(0)
  const moved = useRef(false)
  useLayoutEffect(() => {
    if (!moved.current) return
    const link = scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${active + FIRST_ROW}"] a`)
    if (link !== null) {
      link?.focus({ preventScroll: true })
      moved.current = false
    }
  })
  const current = Math.min(active, Math.max(0, rows.length - 1))
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key]?.(current, rows.length)
    if (step === undefined || !(event.target as HTMLElement).matches('tbody a')) return
    event.preventDefault()
    const next = Math.max(0, Math.min(rows.length - 1, step))
    moved.current = true
    setActive(next)
    seen.scrollTo(next)
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="scrolled calls" aria-label="Table of calls" tabIndex={0} ref={scroller} onKeyDown={move}>
      <table aria-rowcount={rows.length + FIRST_ROW - 1}>
        <caption class="unseen">Calls; arrow keys go from call to call, Enter opens one</caption>
        <colgroup>
          {columns.map(({ id, width = id }) => (
            <col key={id} class={`col-${width}`} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.id} column={column} selection={selection} onSelect={onSelect} />
            ))}
          </tr>
          {hasFilters && <FilterRow columns={columns} selection={selection} onSelect={onSelect} />}
        </thead>
        <tbody>
          {before > 0 && <Room columns={columns.length} height={before} />}
          {rows.slice(first, end).map((row, n) => (
            <Row
              key={row}
              row={row}
              place={first + n}
              isCurrent={first + n === current}
              columns={columns}
              callId={index.rows.callId[row]}
              worst={worst[row]}
            />
          ))}
          {behind > 0 && <Room columns={columns.length} height={behind} />}
        </tbody>
      </table>
    </section>
  )
}

/** aria-rowindex of the first call, below the headings and the filters. */
const FIRST_ROW = 3

/** Where keys lead from a row. */
const STEPS: Readonly<Record<string, (row: number, rows: number) => number>> = {
  ArrowDown: (row) => row + 1,
  ArrowUp: (row) => row - 1,
  PageDown: (row) => row + 15,
  PageUp: (row) => row - 15,
  Home: () => 0,
  End: (_, rows) => rows - 1,
}

function Room({ columns, height }: { readonly columns: number; readonly height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row without anything in it takes no focus
    <tr class="room" aria-hidden="true">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  )
}

function Heading({ column, selection, onSelect }: { readonly column: Column } & Pick<Props, 'selection' | 'onSelect'>) {
  const { id, title, about, isNumber } = column
  const { sort } = selection
  const isSorted = sort.column === id
  const sorted = !isSorted ? 'none' : sort.descending ? 'descending' : 'ascending'
  const turn = () => onSelect({ ...selection, sort: { column: id, descending: isSorted && !sort.descending } })
  return (
    <th scope="col" aria-sort={sorted} class={isNumber && 'number'}>
      <button type="button" onClick={turn} title={about}>
        {title}
        <span class="arrow" aria-hidden="true">
          {!isSorted ? '' : sort.descending ? '▾' : '▴'}
        </span>
      </button>
    </th>
  )
}

interface RowProps {
  readonly row: number
  /** In the table as it is sorted, from 0. */
  readonly place: number
  readonly isCurrent: boolean
  readonly columns: readonly Column[]
  readonly callId: string
  readonly worst: readonly FindingGroup[] | undefined
}

function Row({ row, place, isCurrent, columns, callId, worst }: RowProps) {
  const hash = callHash(callId)
  return (
    <tr
      aria-rowindex={place + FIRST_ROW}
      onClick={() => {
        if (getSelection()?.isCollapsed !== false) location.hash = hash
      }}
    >
      {columns.map(({ id, text, isNumber }, n) => (
        <td key={id} class={isNumber && 'number'} title={id === 'worst' ? undefined : text(row)}>
          {n === 0 ? (
            <a href={hash} tabIndex={isCurrent ? 0 : -1}>
              {text(row)}
            </a>
          ) : id === 'worst' ? (
            worst !== undefined && <Worst groups={worst} />
          ) : (
            text(row)
          )}
        </td>
      ))}
    </tr>
  )
}

function Worst({ groups }: { readonly groups: readonly FindingGroup[] }) {
  const [{ severity, rule, title }] = groups
  return (
    <span title={title}>
      <SeverityMark severity={severity} />
      {rule}
      {groups.length > 1 && <span class="more"> +{groups.length - 1}</span>}
    </span>
  )
}
