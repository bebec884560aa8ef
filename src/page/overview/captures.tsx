import type { CaptureReport } from '../../model/report.ts'
import { clockText } from '../../report/clock-text.ts'
import { count, formatNumber } from '../../report/layout.ts'
import { sizeText, spanText } from '../words.ts'
import { type FactColumn, FactsTable } from './facts-table.tsx'

const columnsOf = (captures: readonly CaptureReport[]): readonly FactColumn<CaptureReport>[] => [
  { title: 'Capture', isProse: true, cell: ({ path }) => path },
  { title: 'Time (UTC)', cell: ({ firstTime, lastTime }) => spanText(firstTime, lastTime) },
  ...(captures.some(({ clock }) => clock !== undefined)
    ? [{ title: 'Clock', isProse: true, cell: ({ clock }: CaptureReport) => (clock ? clockText(clock, captures) : '') }]
    : []),
  { title: 'Format', cell: ({ format, linkTypes }) => `${format}, ${linkTypes.join(', ')}` },
  { title: 'Size', isNumber: true, cell: ({ bytes }) => sizeText(bytes) },
  { title: 'Frames', isNumber: true, cell: ({ frames }) => formatNumber(frames) },
  { title: 'What it lacks', isProse: true, cell: (capture) => lackText(capture) || 'nothing' },
]

/** What was read, and what is missing in it. */
export function Captures({ captures }: { readonly captures: readonly CaptureReport[] }) {
  return (
    <section id="captures" aria-labelledby="captures-title">
      <h2 id="captures-title">Captures</h2>
      <FactsTable label="Captures" columns={columnsOf(captures)} values={captures} />
    </section>
  )
}

function lackText({
  lost,
  frames,
  truncatedFrames,
  malformedFrames,
  droppedFrames = 0,
  undecodedFrames,
}: CaptureReport): string {
  const places = lost?.count ?? 1
  return [
    lost === undefined
      ? ''
      : `lost from byte ${formatNumber(lost.atByte)}: ${lost.reason}${places > 1 ? ` (first of ${count(places, 'place')})` : ''}`,
    truncatedFrames > 0
      ? `${formatNumber(truncatedFrames)} of ${count(frames, 'frame')} cut by the snap length (tcpdump -s 0 cuts none)`
      : '',
    malformedFrames > 0 ? `${count(malformedFrames, 'frame')} malformed` : '',
    droppedFrames > 0 ? `${count(droppedFrames, 'frame')} dropped by the capturing host` : '',
    undecodedFrames > 0 ? `${count(undecodedFrames, 'frame')} of an unknown link type` : '',
  ]
    .filter((part) => part !== '')
    .join('; ')
}
