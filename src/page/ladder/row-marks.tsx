import { legName, worstOf } from '../../report/ladder/words.ts'
import { SEVERITY_WORDS } from '../words.ts'
import { type ArrowBox, type GapBox, HEAD_HEIGHT, type LadderColumns, type LadderLayout, LOOP } from './layout.ts'
import { textWidth } from './text-room.ts'
import { FATE_SIGNS } from './words.ts'

/** Parties over their lifelines, and over the columns what they say. */
export function Heads({ layout }: { readonly layout: LadderLayout }) {
  const { width, heads, columns } = layout
  return (
    <svg
      class="ladder-heads"
      width={width}
      height={HEAD_HEIGHT}
      viewBox={`0 0 ${width} ${HEAD_HEIGHT}`}
      aria-hidden="true"
    >
      <g class="column-names">
        <text x={columns.since} y={HEAD_HEIGHT - 9} text-anchor="end">
          s
        </text>
        {columns.delta !== undefined && (
          <text x={columns.delta} y={HEAD_HEIGHT - 9} text-anchor="end">
            since last
          </text>
        )}
        <text x={columns.frame} y={HEAD_HEIGHT - 9} text-anchor="end">
          frame
        </text>
      </g>
      {heads.map(({ x, name, lines, role }) => (
        <g key={name}>
          <title>{name}</title>
          <text class="role" x={x} y={13} text-anchor="middle">
            {role}
          </text>
          <text class="address" x={x} y={28} text-anchor="middle">
            {lines[0]}
          </text>
          <text class="port" x={x} y={42} text-anchor="middle">
            {lines[1]}
          </text>
        </g>
      ))}
    </svg>
  )
}

/** Time before the lifelines, frame behind them, and the sign of what was found. */
export function RowColumns({ box, columns }: { readonly box: ArrowBox; readonly columns: LadderColumns }) {
  const { top, height, row, since, delta, frame } = box
  const y = top + height / 2 + 4
  const worst = worstOf(row.findings)
  return (
    <>
      {worst !== undefined && (
        <g class={`found-mark ${worst}`}>
          {worst === 'warning' ? (
            <rect x={columns.mark - 8} y={y - 12} width={16} height={16} rx={3} />
          ) : (
            <circle cx={columns.mark} cy={y - 4} r={8} />
          )}
          <text x={columns.mark} y={y} text-anchor="middle">
            {SEVERITY_WORDS[worst].sign}
          </text>
        </g>
      )}
      {columns.leg !== undefined && (
        <text class="leg" x={columns.leg} y={y} text-anchor="middle">
          {legName(row.leg)}
        </text>
      )}
      <text class="since" x={columns.since} y={y} text-anchor="end">
        {since}
      </text>
      {columns.delta !== undefined && (
        <text class="delta" x={columns.delta} y={y} text-anchor="end">
          {delta}
        </text>
      )}
      <text class="delta" x={columns.frame} y={y} text-anchor="end">
        {frame}
      </text>
    </>
  )
}

/** A message: a line with its head, and over it what it says. */
export function MessageArrow({ box }: { readonly box: ArrowBox }) {
  const { top, height, fromX, toX, label, row } = box
  const y = top + height - 8
  const [textY, isLoop] = [fromX === toX ? top + height / 2 + 4 : y - 6, fromX === toX]
  const right = label.anchor !== 'end'
  return (
    <>
      {isLoop ? (
        <path class="shaft" d={loopPath(fromX, top + 6, right ? LOOP : -LOOP)} />
      ) : (
        <line class="shaft" x1={fromX} y1={y} x2={toX + (toX > fromX ? -7 : 7)} y2={y} />
      )}
      <path
        class="head"
        d={isLoop ? headPath(fromX, top + 22, right ? -1 : 1) : headPath(toX, y, toX > fromX ? 1 : -1)}
      />
      <text class="label" x={label.x} y={textY} text-anchor={label.anchor}>
        {label.text}
        {row.kind === 'message' && row.step.sdp && (
          <>
            {' '}
            <tspan class="sdp-mark" dx={3}>
              SDP
            </tspan>
          </>
        )}
      </text>
    </>
  )
}

function loopPath(x: number, y: number, out: number): string {
  return `M${x} ${y}h${out}v16h${-out + Math.sign(out) * 7}`
}

function headPath(x: number, y: number, direction: number): string {
  return `M${x} ${y}l${-8 * direction} -4.5v9z`
}

/** A stream: a band that points where it goes. */
export function MediaBand({ box }: { readonly box: ArrowBox }) {
  const { top, height, fromX, toX, label, row } = box
  if (row.kind !== 'media') return null
  const { fate } = row.flow
  const y = top + height / 2 + 4
  return (
    <g class={fate}>
      {fromX !== toX && <path class="band" d={bandPath(fromX, toX, top + 4, height - 8)} />}
      <text class="label" x={label.x} y={y} text-anchor={label.anchor}>
        <tspan class="sign">{FATE_SIGNS[fate]}</tspan> {label.text}
      </text>
    </g>
  )
}

function bandPath(fromX: number, toX: number, top: number, height: number): string {
  const tip = toX > fromX ? -9 : 9
  return `M${fromX} ${top}H${toX + tip}L${toX} ${top + height / 2}L${toX + tip} ${top + height}H${fromX}z`
}

/** Lifelines are broken where time is left out. */
export function Break({ box, layout }: { readonly box: GapBox; readonly layout: LadderLayout }) {
  const { top, height } = box
  return (
    <g class="gap">
      {layout.heads.map((head) => (
        <g key={head.name}>
          <line class="bridge" x1={head.x} y1={top} x2={head.x} y2={top + height} />
          <line class="dots" x1={head.x} y1={top + 3} x2={head.x} y2={top + height - 3} />
        </g>
      ))}
    </g>
  )
}

/** How much time that is. */
export function BreakText({ box }: { readonly box: GapBox }) {
  const { top, height, text, x } = box
  const half = textWidth(text) / 2 + 8
  return (
    <g class="gap">
      <rect x={x - half} y={top + height / 2 - 10} width={2 * half} height={20} rx={10} />
      <text x={x} y={top + height / 2 + 4} text-anchor="middle">
        {text}
      </text>
    </g>
  )
}
