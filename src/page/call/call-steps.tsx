import type { RefObject } from 'preact'
import type { PageReport } from '../report.ts'
import { callHash } from '../route.ts'

interface Props {
  readonly report: PageReport
  readonly row: number
  readonly order: RefObject<readonly number[]>
}

/** From call to call, as the table is sorted and filtered. */
export function CallSteps({ report, row, order }: Props) {
  const { callId } = report.index.rows
  const rows = order.current ?? []
  const place = rows.indexOf(row)
  const [before, after] = place < 0 ? [] : [rows[place - 1], rows[place + 1]]
  return (
    <nav class="steps" aria-label="Calls">
      <a href="#report">All calls</a>
      <span>
        {before === undefined ? <i>Previous</i> : <a href={callHash(callId[before])}>Previous</a>}
        {' · '}
        {after === undefined ? <i>Next</i> : <a href={callHash(callId[after])}>Next</a>}
      </span>
    </nav>
  )
}
