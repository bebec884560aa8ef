import type { PageFinding, PageStream } from '../../report/html/page-index.ts'
import { formatNumber } from '../../report/layout.ts'
import { fatesText } from '../calls/columns.ts'
import { partId } from '../route.ts'
import { SeverityMark } from '../severity-mark.tsx'
import type { PlacedEvent } from './call-events.ts'
import { readoutOf } from './chart-text.ts'
import { type Step, stepAt } from './steps.ts'
import { StreamPlot } from './stream-plot.tsx'
import type { TimeAxis } from './time-axis.ts'
import { ValuesTable } from './values-table.tsx'

interface Props {
  readonly stream: PageStream
  readonly steps: readonly Step[]
  /** The address names it. */
  readonly isNamed: boolean
  /** Its address. */
  readonly hash: string
  /** What was found of it, and where that is told. */
  readonly findings: readonly { readonly finding: PageFinding; readonly hash: string }[]
  readonly axis: TimeAxis
  readonly events: readonly PlacedEvent[]
  readonly width: number
  readonly cursor: number | undefined
  readonly onPoint: (ms: number | undefined) => void
}

const OTHER = { offerer: 'answerer', answerer: 'offerer' } as const

/** A stream: who sends to whom, what came when, and what is said of it. */
export function StreamRow(props: Props) {
  const { stream, steps, isNamed, hash, findings, axis, events, width, cursor, onPoint } = props
  const { id, kind, codec, sender, src, dst, verified, failed, plain, unverified, lost = 0, explanation } = stream
  const why = explanation?.text ?? (unverified > 0 ? stream.unverifiedReason : undefined)
  return (
    <article
      class={`lane ${kind}`}
      id={partId(id)}
      tabIndex={-1}
      aria-labelledby={`timeline-${id}`}
      aria-current={isNamed ? 'true' : undefined}
    >
      <header>
        <h3 id={`timeline-${id}`}>
          <a href={hash}>{id}</a> {kind.toUpperCase()} {codec}
        </h3>
        <span>
          {sender !== undefined && `${sender} `}
          <span class="ends">{src}</span> <span class="unseen">to</span>
          <span aria-hidden="true">→</span> {sender !== undefined && `${OTHER[sender]} `}
          <span class="ends">{dst}</span>
        </span>
        <span class="readout">
          {cursor === undefined
            ? `${fatesText([verified, failed, plain, unverified])}${lost > 0 ? `, ${formatNumber(lost)} lost` : ''}`
            : readoutOf(stepAt(steps, cursor))}
        </span>
      </header>
      {steps.length === 0 ? (
        <p class="calm">No timeline: the memory that --max-memory leaves for it was taken by other streams.</p>
      ) : (
        <StreamPlot
          stream={stream}
          steps={steps}
          axis={axis}
          events={events}
          width={width}
          cursor={cursor}
          onPoint={onPoint}
        />
      )}
      {why !== undefined && <p class="explained">{why}</p>}
      {findings.map(({ finding: { severity, rule, title }, hash: toFinding }) => (
        <p key={toFinding} class="explained">
          <SeverityMark severity={severity} />
          <a href={toFinding}>{title}</a> <code>{rule}</code>
        </p>
      ))}
      {steps.length > 0 && <ValuesTable id={id} steps={steps} />}
    </article>
  )
}
