import { useState } from 'preact/hooks'
import { formatNumber } from '../../report/layout.ts'
import { type FactColumn, FactsTable } from '../overview/facts-table.tsx'
import { BAND_WORDS } from './chart-text.ts'
import { BANDS, type Step } from './steps.ts'
import { clock } from './time-axis.ts'

/** The values of a chart as a table, drawn when somebody opens it. */
export function ValuesTable({ id, steps }: { readonly id: string; readonly steps: readonly Step[] }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Values<span class="unseen"> of {id}</span>
      </summary>
      {isOpen && <FactsTable label={`Values of ${id}`} columns={columnsOf(steps)} values={steps} />}
    </details>
  )
}

function columnsOf(steps: readonly Step[]): FactColumn<Step>[] {
  return [
    { title: 'From', cell: ({ fromMs }) => clock(fromMs, 1) },
    { title: 'Packets', isNumber: true, cell: ({ packets }) => formatNumber(packets) },
    ...BANDS.filter((name) => steps.some((step) => step[name] > 0)).map((name) => ({
      title: BAND_WORDS[name],
      isNumber: true as const,
      cell: (step: Step) => formatNumber(step[name]),
    })),
    ...(steps.some(({ jitterMs }) => jitterMs !== undefined)
      ? [{ title: 'Jitter, ms', isNumber: true as const, cell: ({ jitterMs }: Step) => jitterMs?.toFixed(1) ?? '–' }]
      : []),
  ]
}
