import { useMemo } from 'preact/hooks'
import type { PageStream } from '../../report/html/page-index.ts'
import { formatNumber } from '../../report/layout.ts'
import { timeOfDay } from '../words.ts'
import type { PlacedEvent } from './call-events.ts'
import { BAND_WORDS, msText, silenceText, summaryOf } from './chart-text.ts'
import type { Step } from './steps.ts'
import { type StreamChart, streamChart } from './stream-chart.ts'
import type { TimeAxis } from './time-axis.ts'

interface Props {
  readonly stream: PageStream
  readonly steps: readonly Step[]
  readonly axis: TimeAxis
  readonly events: readonly PlacedEvent[]
  readonly width: number
  readonly cursor: number | undefined
  readonly onPoint: (ms: number | undefined) => void
}

/** Where the names of what is drawn end, in front of the axis, px. */
const NAME_GAP = 8
/** Room for the time of the last packet, where the call goes on without the stream. */
const END_PX = 120
/** Room for what is said of a silence: in words, or its length alone. */
const SILENCE_PX = { words: 92, length: 28 }

/** The chart of a stream. */
export function StreamPlot({ stream, steps, axis, events, width, cursor, onPoint }: Props) {
  const { kind } = stream
  const { fromMs, toMs, x } = axis
  const [left, right] = x.range()
  const chart = useMemo(() => streamChart(kind, steps, axis), [kind, steps, axis])
  const summary = useMemo(() => summaryOf(stream, steps), [stream, steps])
  const { rate, bands, jitter, silences, life, height } = chart
  const point = (event: PointerEvent) => {
    const { left: from, width: shown } = (event.currentTarget as Element).getBoundingClientRect()
    const ms = x.invert(((event.clientX - from) * width) / shown)
    onPoint(Math.min(toMs, Math.max(fromMs, ms)))
  }
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={summary}
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => onPoint(undefined)}
    >
      <rect class="field" x={left} width={right - left} y={rate.top} height={height - rate.top - 3} />
      {events.map(({ ms, x: at, text }) => (
        <line key={`${ms} ${text}`} class="event-line" x1={at} x2={at} y1="0" y2={height} />
      ))}
      {silences.map((silence) => (
        <g key={silence.fromMs} class="silence">
          <rect class="fill-silence" x={silence.x} width={silence.width} y={rate.top} height={rate.ground - rate.top} />
          {silence.width > SILENCE_PX.length && (
            <text x={silence.x + silence.width / 2} y={(rate.top + rate.ground) / 2 + 4} text-anchor="middle">
              {silence.width > SILENCE_PX.words && 'no packets, '}
              {silenceText(silence.toMs - silence.fromMs)}
            </text>
          )}
        </g>
      ))}
      <path class="fill-verified" data-part="rate" d={rate.path} />
      {rate.bad.map(({ name, path }) => (
        <path key={name} class={`fill-${name}`} data-part={`rate-${name}`} d={path} />
      ))}
      <line class="life" x1={life.from} x2={life.to} y1={rate.ground} y2={rate.ground} />
      {right - life.to > END_PX && (
        <text class="end" x={life.to + 6} y={rate.ground - 4}>
          last packet {timeOfDay(stream.lastTime)}
        </text>
      )}
      <Names at={left - NAME_GAP} chart={chart} />
      {bands.map(({ name, path, top, height: high, most }) => (
        <g key={name}>
          <line class="life" x1={life.from} x2={life.to} y1={top + high} y2={top + high} />
          <path class={`fill-${name}`} data-part={name} d={path} />
          <text class="most" x={right + 4} y={top + high - 2}>
            {most < 0.01 ? '< 1' : Math.round(most * 100)} %
          </text>
        </g>
      ))}
      {jitter !== undefined && <path class="jitter-line" data-part="jitter" d={jitter.path} />}
      {cursor !== undefined && <line class="cursor" x1={x(cursor)} x2={x(cursor)} y1="0" y2={height} />}
    </svg>
  )
}

/** What stands in front of each part: its name and the top of its scale. */
function Names({ at, chart: { rate, bands, jitter } }: { readonly at: number; readonly chart: StreamChart }) {
  return (
    <g class="names" text-anchor="end">
      <text x={at} y={rate.top + 8}>
        {rate.most < 1 ? +rate.most.toFixed(2) : formatNumber(rate.most)} /s
      </text>
      {rate.ground - rate.top > 30 && (
        <text x={at} y={rate.ground}>
          packets
        </text>
      )}
      {bands.map(({ name, top, height }) => (
        <text key={name} x={at} y={top + height - 2}>
          {BAND_WORDS[name]}
        </text>
      ))}
      {jitter !== undefined && (
        <>
          <text x={at} y={jitter.top + 8}>
            jitter
          </text>
          <text x={at} y={jitter.top + jitter.height + 1}>
            {msText(jitter.most)}
          </text>
        </>
      )}
    </g>
  )
}
