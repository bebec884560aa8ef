import { formatNumber } from '../../report/layout.ts'
import type { LimitTold } from '../../report/reached-limits.ts'
import { type FactColumn, FactsTable } from './facts-table.tsx'

const COLUMNS: readonly FactColumn<LimitTold>[] = [
  { title: 'Limit', cell: ({ name }) => name },
  { title: 'Kept at most', isProse: true, cell: ({ most, of }) => `${formatNumber(most)} ${of}` },
  { title: 'Left out', isProse: true, cell: ({ times, dropped }) => `${formatNumber(times)} ${dropped}` },
]

/** What the report has not of the trace, because a limit was reached. */
export function Limits({ limits }: { readonly limits: readonly LimitTold[] }) {
  return (
    <section id="limits" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits reached</h2>
      <FactsTable label="Limits reached" columns={COLUMNS} values={limits} />
    </section>
  )
}
