import { useEffect, useMemo, useState } from 'preact/hooks'
import { count, formatNumber } from '../../report/layout.ts'
import type { PageReport } from '../report.ts'
import { CallTable } from './call-table.tsx'
import { columnsOf } from './columns.ts'
import { ALL_CALLS, CallFinder, type Selection } from './selection.ts'

interface Props {
  readonly report: PageReport
  readonly selection: Selection
  readonly onSelect: (selection: Selection) => void
  /** Hears the rows that are shown, in their order. */
  readonly onRows: (rows: readonly number[]) => void
  readonly isPrinted: boolean
}

/** What paper has no room for. */
const NOT_PRINTED: ReadonlySet<string> = new Set([
  'suite',
  'jitterMs',
  'codec',
  'transport',
  'messages',
  'legs',
  'joined',
  'callId',
])

/** The call table with what it is searched and filtered by. */
export function Calls({ report: { index }, selection, onSelect, onRows, isPrinted }: Props) {
  const { rows, groups, leftOut } = index
  const columns = useMemo(() => columnsOf(index), [index])
  const finder = useMemo(() => new CallFinder(rows, columns), [rows, columns])
  const found = useMemo(() => finder.find(selection), [finder, selection])
  useEffect(() => onRows(found), [found, onRows])
  const [hasFilters, setHasFilters] = useState(false)
  const isFiltered =
    selection.text !== '' || selection.group !== undefined || Object.values(selection.filters).some((one) => one !== '')
  const group = selection.group === undefined ? undefined : groups[selection.group]
  return (
    <section id="calls" aria-labelledby="calls-title">
      <h2 id="calls-title">Calls</h2>
      <div class="tools">
        <label class="search">
          <span class="unseen">Search calls</span>
          <input
            type="search"
            placeholder="Search: party, Call-ID, address, SSRC, rule …"
            value={selection.text}
            onInput={(event) => onSelect({ ...selection, text: event.currentTarget.value })}
          />
        </label>
        <button type="button" aria-pressed={hasFilters} onClick={() => setHasFilters(!hasFilters)}>
          Filter columns
        </button>
        {isFiltered && (
          <button type="button" onClick={() => onSelect({ ...ALL_CALLS, sort: selection.sort })}>
            Show all
          </button>
        )}
        <output aria-live="polite">
          {isFiltered
            ? `${formatNumber(found.length)} of ${count(rows.callId.length, 'call')}`
            : count(found.length, 'call')}
        </output>
      </div>
      {group !== undefined && (
        <p class="chosen">
          Only calls of which this was found: <b>{group.title}</b> ({group.rule}){' '}
          <button type="button" onClick={() => onSelect({ ...selection, group: undefined })}>
            All findings
          </button>
        </p>
      )}
      {leftOut.calls > 0 && (
        <p class="warning">{count(leftOut.calls, 'further call')} of which nothing was found: --format json has all.</p>
      )}
      {rows.callId.length === 0 ? (
        <p class="calm">No calls in this trace.</p>
      ) : (
        <CallTable
          index={index}
          columns={isPrinted ? columns.filter(({ id }) => !NOT_PRINTED.has(id)) : columns}
          rows={found}
          selection={selection}
          onSelect={onSelect}
          hasFilters={hasFilters}
          isPrinted={isPrinted}
        />
      )}
    </section>
  )
}
