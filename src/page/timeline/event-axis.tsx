import type { PlacedEvent } from './call-events.ts'
import { EVENT_LINES } from './call-events.ts'
import { clock, type TimeAxis } from './time-axis.ts'

interface Props {
  readonly axis: TimeAxis
  readonly events: readonly PlacedEvent[]
  readonly width: number
  readonly cursor: number | undefined
  /** What the streams have at the cursor, for who listens. */
  readonly said: string
  readonly onPoint: (ms: number | undefined) => void
}

const LINE = 14
/** Steps of the slider across the axis. */
const SLIDES = 500

/** The axis of time with the call's signalling over it, and the slider that points at a moment. */
export function EventAxis({ axis, events, width, cursor, said, onPoint }: Props) {
  const lines = Math.min(EVENT_LINES, 1 + Math.max(0, ...events.map(({ line }) => line)))
  const ground = lines * LINE + 6
  const height = ground + 20
  const { fromMs, toMs, x, ticks } = axis
  const signalling = events.map(({ ms, text }) => `${text} at ${clock(ms, 1)}`).join(', ')
  const step = Math.max(1, Math.round((toMs - fromMs) / SLIDES))
  return (
    <>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={`Signalling: ${signalling === '' ? 'none' : signalling}`}
      >
        {events.map(({ ms, x: at, line, anchor, text }) => (
          <g key={`${ms} ${text}`} class="event">
            <title>
              {text} at {clock(ms, 3)}
            </title>
            <line x1={at} x2={at} y1={line < 0 ? ground - 6 : line * LINE + 3} y2={height} />
            {line >= 0 && (
              <text x={anchor === 'end' ? at - 4 : at + 4} y={line * LINE + 12} text-anchor={anchor}>
                {text}
              </text>
            )}
          </g>
        ))}
        <line class="ground" x1={x(fromMs)} x2={x(toMs)} y1={ground} y2={ground} />
        {ticks.map(({ ms, x: at, text }) => (
          <g key={ms} class="tick">
            <line x1={at} x2={at} y1={ground} y2={ground + 4} />
            <text x={at} y={ground + 16} text-anchor="middle">
              {text}
            </text>
          </g>
        ))}
        {cursor !== undefined && (
          <g class="moment" transform={`translate(${Math.min(Math.max(x(cursor), 36), width - 36)},${ground + 4})`}>
            <rect x="-35" width="70" height="16" rx="2" />
            <text y="12" text-anchor="middle">
              {clock(cursor, 1)}
            </text>
          </g>
        )}
      </svg>
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={cursor === undefined ? 'none' : `${clock(cursor, 1)} UTC: ${said}`}
        min={fromMs}
        max={toMs}
        step={step}
        value={cursor ?? fromMs}
        onInput={({ currentTarget }) => onPoint(Number(currentTarget.value))}
      />
    </>
  )
}
