import { addressOf } from '../../bytes/endpoint.ts'
import type { Finding, Stream } from '../../model/report.ts'
import type { ArrowRow, GapRow, Ladder, LadderRow, MessageRow } from '../../report/ladder/ladder.ts'
import { mediaTexts } from '../../report/ladder/media-flows.ts'
import { ROLE_TEXTS } from '../../report/ladder/party-roles.ts'
import { durationText } from '../../report/ladder/times.ts'
import { type MediaBar, mediaBars } from './media-bars.ts'
import { cutFront, fitting, textWidth } from './text-room.ts'

/** All lengths are px. */
const ROW = { message: 28, media: 28, gap: 38 } as const
export const HEAD_HEIGHT = 52
/** Room below the last row. */
const FOOT = 12
/** From one lifeline to the next: no nearer than an arrow can say something, no farther than the eye follows. */
const NEAREST = 132
const FARTHEST = 420
/** Half of what stands over the outer lifelines. */
const HALF_NAME = { least: 52, most: 80 } as const
const LEG_COLUMN = 20
const MARK_COLUMN = 22
const TIME_COLUMN = 52
const DELTA_COLUMN = 70
const FRAME_COLUMN = 48
/** Where lifelines are nearer, the time since the message before gives its room to them. */
const COMFORTABLE = 170
/** Of a message to itself. */
export const LOOP = 30
/** `SDP` behind what an arrow says. */
const SDP_ROOM = 34

/** Where everything of a ladder stands: nothing is left to whoever draws it. */
export interface LadderLayout<S extends Stream = Stream, F extends Finding = Finding> {
  readonly width: number
  /** Of the body; the head, `HEAD_HEIGHT` high, stands over it. */
  readonly height: number
  readonly columns: LadderColumns
  readonly heads: readonly Head[]
  readonly rows: readonly RowBox<S, F>[]
  readonly bars: readonly MediaBar[]
}

/** Right edges of the columns before the lifelines, and of the one behind them; absent where they have no room. */
export interface LadderColumns {
  /** Middle of the leg's letter. */
  readonly leg?: number
  /** Middle of a finding's mark. */
  readonly mark: number
  readonly since: number
  readonly delta?: number
  /** Where they end. */
  readonly left: number
  readonly frame: number
}

/** What stands over a lifeline. */
export interface Head {
  readonly x: number
  readonly name: string
  /** Address and port on lines of their own. */
  readonly lines: readonly [address: string, port: string]
  readonly role: string
}

export type RowBox<S extends Stream = Stream, F extends Finding = Finding> = ArrowBox<S, F> | GapBox

/** A row with an arrow. */
export interface ArrowBox<S extends Stream = Stream, F extends Finding = Finding> {
  readonly kind: 'message' | 'media'
  readonly row: ArrowRow<S, F>
  readonly top: number
  readonly height: number
  /** Of the arrow, from its tail to its head; the same where it is to itself. */
  readonly fromX: number
  readonly toX: number
  readonly label: Label
  readonly since: string
  /** Since the message before; '' for the first, and for media. */
  readonly delta: string
  readonly frame: string
}

export interface Label {
  readonly text: string
  readonly x: number
  readonly anchor: 'start' | 'middle' | 'end'
  /** Room that it may take. */
  readonly width: number
}

/** Where time is left out. */
export interface GapBox {
  readonly kind: 'gap'
  readonly row: GapRow
  readonly top: number
  readonly height: number
  readonly text: string
  /** Middle of the text. */
  readonly x: number
}

/** @param room px that the page has; the ladder is as wide as that, or wider where its lifelines need more */
export function layOut<S extends Stream, F extends Finding>(ladder: Ladder<S, F>, room: number): LadderLayout<S, F> {
  const { lifelines } = ladder
  const longest = Math.max(...lifelines.map(({ name }) => textWidth(namesOf(name)[0])), 0)
  const half = Math.min(HALF_NAME.most, Math.max(HALF_NAME.least, longest / 2 + 4))
  const betweens = Math.max(1, lifelines.length - 1)
  const apartWith = ({ left }: { readonly left: number }) => (room - left - FRAME_COLUMN - 2 * half) / betweens
  const wide = columnsOf(ladder.legs, true)
  const columns = apartWith(wide) < COMFORTABLE ? columnsOf(ladder.legs, false) : wide
  const { left } = columns
  const apart = Math.min(FARTHEST, Math.max(NEAREST, apartWith(columns)))
  const xs = lifelines.map((_, n) => left + half + n * apart)
  const end = left + 2 * half + Math.max(0, lifelines.length - 1) * apart
  const width = Math.max(room, end + FRAME_COLUMN)
  const heads = lifelines.map(({ name, role }, n): Head => {
    const [address, port] = namesOf(name)
    const most = Math.min(apart - 8, 2 * half)
    return {
      x: xs[n],
      name,
      lines: [cutFront(address, most), port],
      role: role === undefined ? '' : ROLE_TEXTS[role],
    }
  })
  let top = 0
  const rows = ladder.rows.map((row): RowBox<S, F> => {
    const box = boxOf(row, top, xs, end)
    top += box.height
    return box
  })
  return {
    width,
    height: top + FOOT,
    columns: { ...columns, frame: end + FRAME_COLUMN - 6 },
    heads,
    rows,
    bars: mediaBars(rows, top + FOOT / 2),
  }
}

function columnsOf(legs: number, hasDelta: boolean): Omit<LadderColumns, 'frame'> {
  const leg = legs > 1 ? LEG_COLUMN : 0
  const since = MARK_COLUMN + leg + TIME_COLUMN
  return {
    mark: MARK_COLUMN / 2,
    ...(leg > 0 && { leg: MARK_COLUMN + leg / 2 }),
    since,
    ...(hasDelta && { delta: since + DELTA_COLUMN }),
    left: since + (hasDelta ? DELTA_COLUMN : 0) + 8,
  }
}

function boxOf<S extends Stream, F extends Finding>(
  row: LadderRow<S, F>,
  top: number,
  xs: readonly number[],
  end: number,
): RowBox<S, F> {
  if (row.kind === 'gap') {
    const text = `${durationText(row.lastUs - row.timeUs)} later`
    return { kind: 'gap', row, top, height: ROW.gap, text, x: (xs[0] + (xs[1] ?? xs[0])) / 2 }
  }
  const [fromX, toX] = [xs[row.from], xs[row.to]]
  const isMessage = row.kind === 'message'
  return {
    kind: row.kind,
    row,
    top,
    height: ROW[row.kind],
    fromX,
    toX,
    label: labelOf(row, [fromX, toX], [xs[0], end]),
    since: (row.sinceUs / 1e6).toFixed(3),
    delta: isMessage && row.sinceUs > 0 ? `+${durationText(row.deltaUs)}` : '',
    frame: `${isMessage ? row.step.frame : row.flow.stream.firstFrame}`,
  }
}

type Span = readonly [from: number, to: number]

/** What an arrow says stands on its middle; of one to itself beside it, on the side that has more room. */
function labelOf(row: ArrowRow, [fromX, toX]: Span, [left, right]: Span): Label {
  const texts = row.kind === 'message' ? messageTexts(row) : mediaTexts(row.flow)
  const sdp = row.kind === 'message' && row.step.sdp ? SDP_ROOM : 0
  if (fromX !== toX) {
    // Head and tail of the arrow, and the bars of media beside the lifelines.
    const width = Math.abs(toX - fromX) - 36 - sdp
    const text = fitting(texts, width)
    return { text, x: (fromX + toX) / 2, anchor: 'middle', width }
  }
  const [onRight, onLeft] = [right - fromX - LOOP - 6, fromX - left - LOOP - 6]
  const width = Math.max(40, Math.max(onRight, onLeft) - sdp)
  const text = fitting(texts, width)
  return onRight >= onLeft
    ? { text, x: fromX + LOOP + 6, anchor: 'start', width }
    : { text, x: fromX - LOOP - 6, anchor: 'end', width }
}

/** What a message says, from the most to the least. */
function messageTexts({ step, steps, timeUs, lastUs }: MessageRow): readonly string[] {
  const { label, repeated } = step
  const short = label.replace(/ \([^)]*\)$/, '')
  const times = steps.length > 1 ? ` ×${steps.length}` : ''
  const again = repeated ? `, again${times}` : ''
  const inAll = times === '' ? again : `${again} in ${durationText(lastUs - timeUs)}`
  return [label + inAll, label + again, short + again, short + times]
}

function namesOf(name: string): [address: string, port: string] {
  return /\d:\d+$|\]:\d+$/.test(name) ? [addressOf(name), name.slice(name.lastIndexOf(':'))] : [name, '']
}
