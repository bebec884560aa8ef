import type { Anomaly, CaptureReport } from '../../model/report.ts'
import { formatNumber } from '../../report/layout.ts'
import { type FactColumn, FactsTable } from './facts-table.tsx'

/** What parsers met that is malformed, or that they had no room for: facts, no judgement. */
export function Anomalies({
  anomalies,
  captures,
}: {
  readonly anomalies: readonly Anomaly[]
  readonly captures: readonly CaptureReport[]
}) {
  const columns: readonly FactColumn<Anomaly>[] = [
    { title: 'Layer', cell: ({ layer }) => layer },
    { title: 'What', isProse: true, cell: ({ reason }) => reason },
    { title: 'Times', isNumber: true, cell: ({ count }) => formatNumber(count) },
    {
      title: 'Frames',
      cell: ({ frames, capture }) =>
        `${frames.slice(0, 8).join(', ')}${frames.length > 8 ? ', …' : ''}${capture === undefined || frames.length === 0 ? '' : ` of ${captures[capture]?.path}`}`,
    },
  ]
  return (
    <section id="anomalies" aria-labelledby="anomalies-title">
      <h2 id="anomalies-title">Anomalies</h2>
      <FactsTable label="Anomalies" columns={columns} values={anomalies} />
    </section>
  )
}
