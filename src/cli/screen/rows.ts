import { SEVERITIES } from '../../model/severities.ts'
import type { CallRow } from './call-row.ts'
import type { FindingRow, Picture, Row, StreamRow } from './picture.ts'
import type { ListName, Order, ScreenState } from './state.ts'

/** The rows of the chosen list that pass the filter, in their order. */
export function rowsOf({
  shown,
  list,
  filter,
  order,
}: Pick<ScreenState, 'shown' | 'list' | 'filter' | 'order'>): Row[] {
  if (shown === undefined) return []
  const wanted = filter
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '')
  const rows = LISTED[list](shown, order)
  return wanted.length === 0 ? rows : rows.filter(({ search }) => wanted.every((word) => search.includes(word)))
}

/** Of all lists, how many rows they have without a filter. */
export function rowCount(picture: Picture | undefined, list: ListName): number {
  if (picture === undefined) return 0
  return list === 'calls' ? picture.running.length + picture.released.length : picture[list].length
}

const LISTED: Readonly<Record<ListName, (picture: Picture, order: Order) => Row[]>> = {
  calls: ({ running, released, snapshot }, order) => {
    const keyed = [...released, ...running].map((row) => ({ row, keys: CALL_KEYS[order](row, snapshot.atUs / 1000) }))
    return keyed.sort((a, b) => compare(b.keys, a.keys)).map(({ row }) => row)
  },
  streams: ({ streams }, order) =>
    ordered(streams, order === 'newest' ? ({ stream }) => [stream.firstTime] : STREAM_KEYS[order]),
  findings: ({ findings }, order) =>
    ordered(findings, order === 'newest' ? ({ finding }) => [finding.frames[0] ?? 0] : FINDING_KEYS),
}

type Keys = readonly (number | string)[]

/** By what calls are ordered, what comes first being the greatest. */
const CALL_KEYS: Readonly<Record<Order, (row: CallRow, nowMs: number) => Keys>> = {
  newest: ({ startTime }) => [startTime],
  worst: ({ worst, offerer, answerer, findings, startTime }) => [
    worst === undefined ? 0 : SEVERITIES.length - SEVERITIES.indexOf(worst.severity),
    offerer.failed + answerer.failed,
    findings,
    startTime,
  ],
  longest: (row, nowMs) => [durationMs(row, nowMs) ?? -1, row.startTime],
}

const STREAM_KEYS: Readonly<Record<Exclude<Order, 'newest'>, (row: StreamRow) => Keys>> = {
  worst: ({ stream, findings }) => [
    Math.max(0, ...findings.map(({ severity }) => SEVERITIES.length - SEVERITIES.indexOf(severity))),
    stream.failed,
    stream.plain,
    stream.packets,
  ],
  longest: ({ stream }) => [Date.parse(stream.lastTime) - Date.parse(stream.firstTime)],
}

function FINDING_KEYS({ finding }: FindingRow): Keys {
  return [SEVERITIES.length - SEVERITIES.indexOf(finding.severity)]
}

/** From the answer to the end, or to now; nothing where nobody answered. */
export function durationMs({ answerTime, endTime }: CallRow, nowMs: number): number | undefined {
  if (answerTime === undefined) return undefined
  return Math.max(0, (endTime === undefined ? nowMs : Date.parse(endTime)) - Date.parse(answerTime))
}

function ordered<R extends Row>(rows: readonly R[], keysOf: (row: R) => Keys): R[] {
  return rows
    .map((row) => ({ row, keys: keysOf(row) }))
    .sort((a, b) => compare(b.keys, a.keys))
    .map(({ row }) => row)
}

function compare(a: Keys, b: Keys): number {
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return a[n] < b[n] ? -1 : 1
  return 0
}
