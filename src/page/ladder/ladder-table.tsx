import type { ArrowRow, Ladder } from '../../report/ladder/ladder.ts'
import { mediaTexts } from '../../report/ladder/media-flows.ts'
import { durationText } from '../../report/ladder/times.ts'
import { legName } from '../../report/ladder/words.ts'
import { Scrolled } from '../scrolled.tsx'
import { clockOf } from './words.ts'

/** The same as a table, for who reads better than looks. */
export function LadderTable({ ladder }: { readonly ladder: Ladder }) {
  const { rows, legs } = ladder
  return (
    <Scrolled label="Messages and streams in the order of time">
      <table class="ladder-table">
        <thead>
          <tr>
            <th>Time</th>
            <th class="number">Since the first, s</th>
            <th class="number">Frame</th>
            {legs > 1 && <th>Leg</th>}
            <th>From</th>
            <th>To</th>
            <th>What</th>
            <th>Findings</th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap((row) =>
            row.kind === 'gap'
              ? []
              : [
                  <tr key={row.kind === 'message' ? `${row.leg}-${row.steps[0]}` : row.flow.stream.id}>
                    <td>{clockOf(row)}</td>
                    <td class="number">{(row.sinceUs / 1e6).toFixed(6)}</td>
                    <td class="number">{row.kind === 'message' ? row.step.frame : row.flow.stream.firstFrame}</td>
                    {legs > 1 && <td>{legName(row.leg)}</td>}
                    <td>{row.kind === 'message' ? row.step.from : row.flow.stream.src}</td>
                    <td>{row.kind === 'message' ? row.step.to : row.flow.stream.dst}</td>
                    <td>{whatText(row)}</td>
                    <td class="prose">{row.findings.map(({ title }) => title).join('; ')}</td>
                  </tr>,
                ],
          )}
        </tbody>
      </table>
    </Scrolled>
  )
}

function whatText(row: ArrowRow): string {
  if (row.kind === 'media') return mediaTexts(row.flow)[0]
  const { step, steps, timeUs, lastUs } = row
  const times = steps.length > 1 ? ` ${steps.length} times in ${durationText(lastUs - timeUs)}` : ''
  return `${step.label}${step.sdp ? ', with SDP' : ''}${step.repeated ? `, sent again${times}` : ''}`
}
