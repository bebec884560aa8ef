import { scaleLinear } from 'd3-scale'
import type { BatchIndex } from '../../report/html/batch-index.ts'
import { formatNumber } from '../../report/layout.ts'
import { type FactColumn, FactsTable } from '../overview/facts-table.tsx'

type Hour = BatchIndex['hours'][number]

/** When it was found: hours of UTC in which there were calls or findings, the errors and warnings as bars. */
export function Hours({ hours }: { readonly hours: readonly Hour[] }) {
  const scale = scaleLinear([0, Math.max(1, ...hours.map(({ error, warning }) => error + warning))], [0, 100])
  const columns: readonly FactColumn<Hour>[] = [
    { title: 'Hour (UTC)', cell: ({ hour }) => `${hour.replace('T', ' ')}:00` },
    { title: 'Calls', isNumber: true, cell: ({ calls }) => formatNumber(calls) },
    { title: 'Errors', isNumber: true, cell: ({ error }) => formatNumber(error) },
    { title: 'Warnings', isNumber: true, cell: ({ warning }) => formatNumber(warning) },
    {
      title: 'Errors and warnings',
      cell: ({ error, warning }) => (
        <svg class="fates" aria-hidden="true" width="240" height="10">
          <rect class="failed" width={`${scale(error)}%`} height="10" />
          <rect class="plain" x={`${scale(error)}%`} width={`${scale(warning)}%`} height="10" />
        </svg>
      ),
    },
  ]
  return (
    <section id="hours" aria-labelledby="hours-title">
      <h2 id="hours-title">Hours</h2>
      <FactsTable label="Hours" columns={columns} values={hours} />
    </section>
  )
}
