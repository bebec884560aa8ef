import type { PolicyNotShown } from '../../model/report.ts'
import { type FactColumn, FactsTable } from './facts-table.tsx'

const COLUMNS: readonly FactColumn<PolicyNotShown>[] = [
  { title: 'Statement', cell: ({ statement }) => <code>{statement}</code> },
  { title: 'Why nothing proves it', isProse: true, cell: ({ reason }) => reason },
]

interface Props {
  readonly policies: readonly string[]
  readonly notShown: readonly PolicyNotShown[]
}

/** The policies that were asked for, and what of them this trace cannot show. */
export function Policies({ policies, notShown }: Props) {
  return (
    <section id="policies" aria-labelledby="policies-title">
      <h2 id="policies-title">Policies</h2>
      <p>
        Held to {policies.join(', ')}.{' '}
        {notShown.length === 0
          ? 'All that is asked for could be judged: what is broken is among the findings.'
          : 'What this trace can show neither to be kept nor to be broken:'}
      </p>
      {notShown.length > 0 && <FactsTable label="Statements that are not shown" columns={COLUMNS} values={notShown} />}
    </section>
  )
}
