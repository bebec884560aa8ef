import type { CaptureReport } from '../../model/report.ts'
import { lossesOf } from '../../report/capture-losses.ts'
import { clockText } from '../../report/clock-text.ts'
import { formatNumber } from '../../report/layout.ts'
import { sizeText, spanText } from '../words.ts'
import { type FactColumn, FactsTable } from './facts-table.tsx'

const COLUMNS: readonly FactColumn<CaptureReport>[] = [
  { title: 'Capture', isProse: true, cell: ({ path }) => path },
  { title: 'Time (UTC)', cell: ({ firstTime, lastTime }) => spanText(firstTime, lastTime) },
  { title: 'Format', cell: ({ format, linkTypes }) => `${format}, ${linkTypes.join(', ')}` },
  { title: 'Size', isNumber: true, cell: ({ bytes }) => sizeText(bytes) },
  { title: 'Frames', isNumber: true, cell: ({ frames }) => formatNumber(frames) },
  { title: 'What it lacks', isProse: true, cell: (capture) => lackText(capture) || 'nothing' },
]

/** Where a capture was set right by others, how its clock went stands beside its time. */
function columnsOf(captures: readonly CaptureReport[]): readonly FactColumn<CaptureReport>[] {
  if (captures.every(({ clock }) => clock === undefined)) return COLUMNS
  const [path, time, ...others] = COLUMNS
  return [
    path,
    time,
    { title: 'Clock', isProse: true, cell: ({ clock }) => (clock === undefined ? '' : clockText(clock, captures)) },
    ...others,
  ]
}

/** What was read, and what is missing in it. */
export function Captures({ captures }: { readonly captures: readonly CaptureReport[] }) {
  return (
    <section id="captures" aria-labelledby="captures-title">
      <h2 id="captures-title">Captures</h2>
      <FactsTable label="Captures" columns={columnsOf(captures)} values={captures} />
    </section>
  )
}

function lackText(capture: CaptureReport): string {
  return lossesOf(capture)
    .map(({ text }) => text)
    .join('; ')
}
