import { useCallback, useMemo, useRef, useState } from 'preact/hooks'
import type { Call } from '../../model/report.ts'
import type { PageStream } from '../../report/html/page-index.ts'
import { count } from '../../report/layout.ts'
import { Unprinted } from '../printing.tsx'
import type { CallDetail, PageReport } from '../report.ts'
import { callHash, findingPart } from '../route.ts'
import { useWidth } from '../use-width.ts'
import { eventsOf, type PlacedEvent, placeEvents } from './call-events.ts'
import { readoutOf } from './chart-text.ts'
import { EventAxis } from './event-axis.tsx'
import { Legend } from './legend.tsx'
import { inOrder } from './row-order.ts'
import { type Step, stepAt, stepsOf } from './steps.ts'
import { StreamRow } from './stream-row.tsx'
import { type TimeAxis, timeAxis } from './time-axis.ts'

interface Props {
  readonly report: PageReport
  readonly detail: CallDetail
  /** A stream that the address names. */
  readonly part: string | undefined
}

/** Room in front of the time axis for the names of what is drawn, and behind it, px. */
const LEFT = 84
const RIGHT = 44
const FIRST_WIDTH = 800
const LEAST_WIDTH = 280
/** More are drawn when they are asked for. */
const ROWS = 20
/** Streams whose values the slider says. */
const SAID = 4

/** What came of every stream of a call, when, on the axis of its signalling. */
export function Timelines({ report, detail, part }: Props) {
  const { row, call, streams, findings } = detail
  const { rows: calls } = report.index
  const callId = calls.callId[row]
  const plot = useRef<HTMLDivElement>(null)
  const width = Math.max(LEAST_WIDTH, useWidth(plot, FIRST_WIDTH))
  const [cursor, setCursor] = useState<number>()
  const [isWhole, setWhole] = useState(false)
  const rows = useMemo(() => inOrder(streams).map((stream) => ({ stream, steps: stepsOf(stream) })), [streams])
  const { axis, events } = useMemo(() => axisOf(call, rows, width), [call, rows, width])
  const point = useCallback((ms: number | undefined) => setCursor(ms), [])
  if (rows.length === 0) return null
  const isBehind = rows.findIndex(({ stream }) => stream.id === part) >= ROWS
  const drawn = isWhole || isBehind ? rows : rows.slice(0, ROWS)
  return (
    <section class="timelines" aria-labelledby="call-timelines">
      <h2 id="call-timelines">Media over time</h2>
      <Legend steps={rows.flatMap(({ steps }) => steps)} />
      <div ref={plot} class="lane head">
        <EventAxis
          axis={axis}
          events={events}
          width={width}
          cursor={cursor}
          said={
            cursor === undefined
              ? ''
              : drawn
                  .slice(0, SAID)
                  .map((row) => saidOf(row, cursor))
                  .join('; ')
          }
          onPoint={point}
        />
      </div>
      {drawn.map(({ stream, steps }) => (
        <StreamRow
          key={stream.id}
          stream={stream}
          steps={steps}
          isNamed={stream.id === part}
          hash={callHash(callId, stream.id)}
          findings={findings.flatMap((finding, n) =>
            finding.streamId === stream.id
              ? { finding, hash: callHash(callId, findingPart(calls.findings[row][n])) }
              : [],
          )}
          axis={axis}
          events={events}
          width={width}
          cursor={cursor}
          onPoint={point}
        />
      ))}
      {drawn.length < rows.length && (
        <>
          <button type="button" onClick={() => setWhole(true)}>
            Draw {rows.length - drawn.length} more
          </button>
          <Unprinted text={count(rows.length - drawn.length, 'further stream')} />
        </>
      )}
    </section>
  )
}

function saidOf({ stream, steps }: { readonly stream: PageStream; readonly steps: readonly Step[] }, ms: number) {
  return `${stream.id} ${readoutOf(stepAt(steps, ms))}`
}

/** One axis for the call's signalling and all of its streams. */
function axisOf(
  call: Call,
  rows: readonly { readonly stream: PageStream; readonly steps: readonly Step[] }[],
  width: number,
): { readonly axis: TimeAxis; readonly events: readonly PlacedEvent[] } {
  const events = eventsOf(call)
  const media = rows.flatMap(({ stream, steps }) => [
    Date.parse(stream.firstTime),
    steps.at(-1)?.toMs ?? Date.parse(stream.lastTime),
  ])
  const times = [...events.map(({ ms }) => ms), ...media]
  const axis = timeAxis(times, LEFT, Math.max(LEFT + 120, width - RIGHT))
  return { axis, events: placeEvents(events, axis) }
}
