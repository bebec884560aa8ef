import { addressOf } from '../bytes/endpoint.ts'
import { columnsOf, cut, cutFront, leftAligned, shownText, wrapped } from './cells.ts'
import {
  type ArrowRow,
  type GapRow,
  type Ladder,
  type LadderRow,
  type LadderSource,
  ladderOf,
} from './ladder/ladder.ts'
import type { Lifeline } from './ladder/lifelines.ts'
import { MEDIA_MARKS, type MediaFate, mediaTexts } from './ladder/media-flows.ts'
import { ROLE_TEXTS } from './ladder/party-roles.ts'
import { durationText } from './ladder/times.ts'
import { legName, worstOf } from './ladder/words.ts'
import { count, type Ink, type Paint, SEVERITY_INKS } from './layout.ts'

/** From one lane to the next: below this an arrow has no room for what it says, above it the eye loses the lane. */
const NEAREST = 14
const FARTHEST = 44

const FATE_INKS: Readonly<Record<MediaFate, Ink>> = {
  failed: 'red',
  plain: 'yellow',
  unverified: 'dim',
  verified: 'green',
}

/**
 * A call's messages and media as arrows between its parties, a lane for each; as a list where the lanes have no room. No
 * line is wider than `columns` (40 at least), and of all marks none is more than ASCII.
 */
export function ladderLines(source: LadderSource, columns: number, paint: Paint): string[] {
  const ladder = ladderOf(source)
  const { lifelines, rows } = ladder
  if (rows.every(({ kind }) => kind !== 'message')) return []
  const margins = new Margins(ladder)
  const longest = Math.max(...lifelines.map(({ name }) => columnsOf(shownText(name))))
  const room = columns - margins.columns
  // Room for half a name on either side of the outer lanes.
  const edge = Math.floor(Math.min(longest + 1, room / lifelines.length) / 2)
  const apart = Math.min(FARTHEST, Math.floor((room - 2 * edge) / Math.max(1, lifelines.length - 1)))
  const lanes = apart < NEAREST ? undefined : lifelines.map((_, n) => edge + n * apart)
  const blank = ' '.repeat(margins.columns)
  const lines =
    lanes === undefined
      ? rows.flatMap((row) => listedRow(row, margins, columns, paint))
      : [
          ...headLines(lifelines, lanes, Math.min(apart - 1, 2 * edge)).map((line) => paint('dim', blank + line)),
          ...rows.map((row) => paintedRow(row, drawnRow(row, lanes, columns - margins.columns), margins, paint)),
        ]
  return [
    ...lines,
    ...closingLines(ladder).flatMap((text) => wrapped(text, columns, '  ').map((line) => paint('dim', line))),
  ]
}

/** Mark, leg, time and frame of each row, before the lanes. */
class Margins {
  readonly columns: number
  readonly #legs: boolean
  readonly #frames: number

  constructor({ rows, legs }: Ladder) {
    this.#legs = legs > 1
    this.#frames = Math.max(...rows.map((row) => (row.kind === 'gap' ? 0 : `${frameOf(row)}`.length)))
    this.columns = `  09:30:00.000 `.length + this.#frames + (this.#legs ? 2 : 0) + 1
  }

  of(row: ArrowRow): string {
    const time = row.kind === 'message' ? row.step.time : row.flow.stream.firstTime
    const leg = this.#legs ? `${legName(row.leg)} ` : ''
    return leftAligned(
      `${row.findings.length > 0 ? '*' : ' '} ${leg}${time.slice(11, 23)} ${frameOf(row)}`,
      this.columns,
    )
  }
}

function frameOf(row: ArrowRow): number {
  return row.kind === 'message' ? row.step.frame : row.flow.stream.firstFrame
}

/** Every party in the middle over its lane, and below it its role; of long ones the end is seen. */
function headLines(lifelines: readonly Lifeline[], lanes: readonly number[], widest: number): string[] {
  const names = lifelines.map(({ name }) => shownText(name))
  // Where ports have no room, and addresses tell parties apart, those do.
  const addresses = names.map((name) => (/\d:\d+$|\]:\d+$/.test(name) ? addressOf(name) : name))
  const tooLong = names.some((name) => columnsOf(name) > widest) && new Set(addresses).size === names.length
  const roles = lifelines.map(({ role }) => (role === undefined ? '' : ROLE_TEXTS[role]))
  return [tooLong ? addresses : names, roles]
    .map((texts) => overLanes(texts, lanes, widest))
    .filter((line) => line !== '')
}

function overLanes(texts: readonly string[], lanes: readonly number[], widest: number): string {
  let line = ''
  for (const [n, text] of texts.entries()) {
    if (text === '') continue
    const kept = cutFront(text, widest)
    line = leftAligned(line, Math.max(0, lanes[n] - Math.floor(columnsOf(kept) / 2))) + kept
  }
  return line
}

/** A row in the columns of its lanes. */
function drawnRow(row: LadderRow, lanes: readonly number[], columns: number): string {
  if (row.kind === 'gap') return gapLine(row, lanes, columns)
  const { from, to } = row
  const texts = textsOf(row)
  const bars = Array.from({ length: lanes[lanes.length - 1] + 1 }, (_, n) => (lanes.includes(n) ? '|' : ' '))
  if (from === to) return besideLane(bars, lanes[from], texts, columns)
  const [left, right] = from < to ? [lanes[from], lanes[to]] : [lanes[to], lanes[from]]
  // A bar at each end, a head, and a stroke on either side of what is said, if it has room.
  const between = right - left - 4
  const said = ` ${texts.find((text) => columnsOf(text) <= between - 2) ?? fitting(texts.slice(-1), between)} `
  const strokes = right - left - 2 - columnsOf(said)
  const stroke = row.kind === 'media' ? '=' : '-'
  const shaft = stroke.repeat(Math.floor(strokes / 2)) + said + stroke.repeat(Math.ceil(strokes / 2))
  return bars.slice(0, left + 1).join('') + (from < to ? `${shaft}>` : `<${shaft}`) + bars.slice(right).join('')
}

/** What a party sends to itself is said beside its lane, on the side that has more room. */
function besideLane(bars: readonly string[], lane: number, texts: readonly string[], columns: number): string {
  const own = texts.map((text) => `${text} (to itself)`)
  if (columns - lane >= lane) return `${bars.slice(0, lane + 1).join('')} ${fitting(own, columns - lane - 2)}`
  const said = fitting(own, lane - 1)
  return `${' '.repeat(lane - 1 - columnsOf(said))}${said} ${bars.slice(lane).join('')}`
}

/** Lanes are broken where the ladder leaves out time; how much stands between the first two, where it has room there. */
function gapLine({ timeUs, lastUs }: GapRow, lanes: readonly number[], columns: number): string {
  const text = `${durationText(lastUs - timeUs)} later`
  const [first, second = first] = lanes
  const last = second - first > text.length ? second : lanes[lanes.length - 1]
  const middle = Math.max(first + 1, first + 1 + Math.floor((last - first - 1 - text.length) / 2))
  const at = Math.max(0, Math.min(middle, columns - text.length))
  const bars = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, n) => (lanes.includes(from + n) ? ':' : ' ')).join('')
  return bars(0, at) + text + bars(at + text.length, lanes[lanes.length - 1] + 1)
}

/** The first text that has room, else the last, cut. */
function fitting(texts: readonly string[], room: number): string {
  return texts.find((text) => columnsOf(text) <= room) ?? cut(texts[texts.length - 1], room)
}

/** What a row says, from the most to the least. */
function textsOf(row: ArrowRow): readonly string[] {
  if (row.kind === 'media') {
    const { flow } = row
    return mediaTexts(flow).map((text) => shownText(`${MEDIA_MARKS[flow.fate]} ${text}`))
  }
  const { step, steps, timeUs, lastUs } = row
  const label = shownText(step.label)
  const short = label.replace(/ \([^)]*\)$/, '')
  const carried = step.sdp ? ' SDP' : ''
  const times = steps.length === 1 ? '' : `, ${steps.length} times`
  const again = step.repeated ? ` (again${times})` : ''
  const inAll = times === '' ? again : ` (again${times} in ${durationText(lastUs - timeUs)})`
  return [label + carried + inAll, label + carried + again, short + (again || carried)]
}

function paintedRow(row: LadderRow, drawn: string, margins: Margins, paint: Paint): string {
  if (row.kind === 'gap') return paint('dim', `${' '.repeat(margins.columns)}${drawn}`.trimEnd())
  return painted(row, (margins.of(row) + drawn).trimEnd(), paint)
}

/** A finding's mark has the ink of its severity, the rest that of the row. */
function painted(row: ArrowRow, line: string, paint: Paint): string {
  const ink = inkOf(row)
  const rest = line.slice(1)
  const shown = ink === undefined ? rest : paint(ink, rest)
  const severity = worstOf(row.findings)
  return severity === undefined || line[0] === ' ' ? line[0] + shown : paint(SEVERITY_INKS[severity], line[0]) + shown
}

function inkOf(row: ArrowRow): Ink | undefined {
  if (row.kind === 'media') return FATE_INKS[row.flow.fate]
  if (row.step.repeated) return 'dim'
  return /^[456]/.test(row.step.label) ? 'red' : undefined
}

/** A row as an entry of a list, without lanes. */
function listedRow(row: LadderRow, margins: Margins, columns: number, paint: Paint): string[] {
  if (row.kind === 'gap') return [paint('dim', `  ${durationText(row.lastUs - row.timeUs)} later`)]
  const [from, to] = row.kind === 'message' ? [row.step.from, row.step.to] : [row.flow.stream.src, row.flow.stream.dst]
  const lines = wrapped(`${shownText(`${from} > ${to}`)} ${textsOf(row)[0]}`, columns, margins.of(row))
  return lines.map((line) => painted(row, line, paint))
}

function closingLines({ rows, messagesLeft, streamsLeft }: Ladder): string[] {
  return [
    rows.some((row) => row.kind !== 'gap' && row.findings.length > 0) ? '* findings point at it' : '',
    messagesLeft > 0 ? `${count(messagesLeft, 'message')} more` : '',
    streamsLeft > 0 ? `${count(streamsLeft, 'stream')} more` : '',
  ].filter((text) => text !== '')
}
