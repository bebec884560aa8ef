import { useRef } from 'preact/hooks'
import type { Ladder } from '../../report/ladder/ladder.ts'
import { worstOf } from '../../report/ladder/words.ts'
import type { ArrowBox, LadderLayout } from './layout.ts'
import { Break, BreakText, Heads, MediaBand, MessageArrow, RowColumns } from './row-marks.tsx'
import { ladderText, rowText } from './words.ts'

interface Props {
  readonly ladder: Ladder
  readonly layout: LadderLayout
  /** Place of the row that is looked at; -1 for none. */
  readonly selected: number
  readonly onSelect: (row: number) => void
}

/** Where a key leads from a row, among the rows that can be chosen. */
const MOVES: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => Math.min(count - 1, at + 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_, count) => count - 1,
}

/** The ladder as drawn: every arrow can be reached and looked at, one by one, by keyboard as well. */
export function LadderPicture({ ladder, layout, selected, onSelect }: Props) {
  const body = useRef<SVGSVGElement>(null)
  const { rows, bars, heads, width, height } = layout
  const arrows = rows.flatMap((box, n) => (box.kind === 'gap' ? [] : [n]))
  const reached = arrows.includes(selected) ? selected : arrows[0]
  const move = (event: KeyboardEvent) => {
    const next = MOVES[event.key]?.(arrows.indexOf(reached), arrows.length)
    if (next === undefined) return
    event.preventDefault()
    body.current?.querySelector<SVGGElement>(`[data-row="${arrows[next]}"]`)?.focus()
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="ladder-scroll" aria-label="Messages and streams" tabIndex={0}>
      <Heads layout={layout} />
      {/* biome-ignore lint/a11y/useSemanticElements: a picture of buttons is no fieldset */}
      <svg
        ref={body}
        class="ladder-body"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label={`Ladder: ${ladderText(ladder)}`}
        onKeyDown={move}
      >
        {heads.map(({ name, x }) => (
          <line key={name} class="lifeline" x1={x} y1={0} x2={x} y2={height} />
        ))}
        {rows.map((box) => box.kind === 'gap' && <Break key={box.top} box={box} layout={layout} />)}
        {rows.map((box) => {
          const worst = box.kind === 'gap' ? undefined : worstOf(box.row.findings)
          if (worst === undefined) return null
          return <rect key={box.top} class={`tint ${worst}`} x={0} y={box.top} width={width} height={box.height} />
        })}
        {bars.map(({ row, fate, x, width: wide, top, bottom }) => (
          <rect key={row} class={`run ${fate}`} x={x} y={top} width={wide} height={bottom - top} rx={1.5} />
        ))}
        {rows.map((box) => box.kind === 'gap' && <BreakText key={box.top} box={box} />)}
        {rows.map(
          (box, n) =>
            box.kind !== 'gap' && (
              // biome-ignore lint/a11y/useSemanticElements: SVG has no button
              <g
                key={box.top}
                class={classOf(box)}
                role="button"
                tabIndex={n === reached ? 0 : -1}
                aria-label={rowText(box)}
                aria-pressed={n === selected}
                data-row={n}
                data-steps={box.row.kind === 'message' ? box.row.steps.length : undefined}
                onFocus={() => onSelect(n)}
                onClick={() => onSelect(n)}
              >
                <rect class="row" x={2} y={box.top + 1} width={width - 4} height={box.height - 2} rx={3} />
                {box.kind === 'message' ? <MessageArrow box={box} /> : <MediaBand box={box} />}
              </g>
            ),
        )}
        {/* What the arrows' names say as well. */}
        <svg class="row-columns" width={width} height={height} aria-hidden="true">
          {rows.map((box) => box.kind !== 'gap' && <RowColumns key={box.top} box={box} columns={layout.columns} />)}
        </svg>
      </svg>
    </section>
  )
}

function classOf({ row }: ArrowBox): string {
  if (row.kind === 'media') return 'media'
  const { label, repeated } = row.step
  const kind = /^\d/.test(label) ? (label >= '4' ? 'refusal' : 'response') : 'request'
  return `message ${kind}${repeated ? ' repeated' : ''}`
}
