import type { Severity } from '../../model/report.ts'
import { columnsOf, cut, cutFront, shownText } from '../../report/cells.ts'
import { formatNumber } from '../../report/layout.ts'
import { type CallRow, type Fates, worstOf } from './call-row.ts'
import type { Ink } from './paint.ts'
import type { FindingRow, StreamRow } from './picture.ts'
import { durationMs } from './rows.ts'
import { SEVERITY } from './severity.ts'
import { durationText, shortNumber } from './time-text.ts'

/** A column of a list: as wide as there is room for, from `least` to `most` columns. */
export interface Column<R> {
  readonly title: (width: number) => string
  readonly least: number
  readonly most: number
  /** The lower, the sooner it gets what is left over. */
  readonly grows: number
  /** Numbers stand at the right side. */
  readonly right?: true
  readonly text: (row: R, width: number, nowMs: number) => string
  readonly ink?: (row: R) => Ink | undefined
}

export const CALL_COLUMNS: readonly Column<CallRow>[] = [
  {
    title: () => 'time',
    least: 8,
    most: 12,
    grows: 6,
    text: ({ startTime }, width) => startTime.slice(11, 11 + width),
  },
  {
    title: () => 'from > to',
    least: 17,
    most: 44,
    grows: 2,
    text: ({ from, to }, width) => partiesText(from, to, width),
  },
  {
    title: () => 'state',
    least: 6,
    most: 13,
    grows: 4,
    text: (row, width) => (width < LONGEST_STATE ? shortState(row) : longState(row)),
    ink: ({ state }) => (state === 'failed' ? 'red' : state === 'established' ? 'green' : undefined),
  },
  {
    title: (width) => (width < 9 ? 'via' : 'transport'),
    least: 3,
    most: 9,
    grows: 8,
    text: ({ transport }) => transport,
  },
  {
    title: (width) => (width < 8 ? 'sec.' : 'security'),
    least: 5,
    most: 33,
    grows: 3,
    text: (row, width) => securityText(row, width),
    ink: ({ security }) => (security === 'mixed' ? 'red' : security === 'rtp' ? 'yellow' : undefined),
  },
  fatesColumn('>', 'offerer', ({ offerer }) => offerer),
  fatesColumn('<', 'answerer', ({ answerer }) => answerer),
  {
    title: (width) => (width < 8 ? 'dur.' : 'duration'),
    least: 5,
    most: 8,
    grows: 7,
    right: true,
    text: (row, width, nowMs) => {
      const ms = durationMs(row, nowMs)
      const text = ms === undefined ? '' : durationText(ms)
      return text.length > width ? `${Math.floor((ms as number) / 3_600_000)}h${text.split(':').at(-2)}` : text
    },
  },
  {
    title: (width) => (width < 14 ? 'worst' : 'worst finding'),
    least: 14,
    most: 31,
    grows: 1,
    text: ({ worst, findings }, width) => (worst === undefined ? '' : findingText(worst, findings, width)),
    ink: ({ worst }) => worst && SEVERITY[worst.severity].ink,
  },
]

export const STREAM_COLUMNS: readonly Column<StreamRow>[] = [
  {
    title: () => 'time',
    least: 8,
    most: 12,
    grows: 6,
    text: ({ stream }, width) => stream.firstTime.slice(11, 11 + width),
  },
  { title: () => 'kind', least: 4, most: 4, grows: 9, text: ({ stream }) => stream.kind },
  {
    title: () => 'from > to',
    least: 31,
    most: 81,
    grows: 1,
    text: ({ stream }, width) => partiesText(stream.src, stream.dst, width),
  },
  { title: () => 'SSRC', least: 0, most: 10, grows: 3, text: ({ stream }) => stream.ssrc },
  { title: () => 'codec', least: 0, most: 14, grows: 4, text: ({ stream }) => shownText(stream.codec ?? '') },
  { title: () => 'wire', least: 5, most: 7, grows: 8, text: ({ stream }) => WIRE[stream.protection] },
  fatesColumn('', '', ({ stream }) => stream),
  {
    title: (width) => (width < 8 ? 'dur.' : 'duration'),
    least: 5,
    most: 8,
    grows: 7,
    right: true,
    text: ({ stream }) => durationText(Date.parse(stream.lastTime) - Date.parse(stream.firstTime)),
  },
  {
    title: (width) => (width < 14 ? 'worst' : 'worst finding'),
    least: 13,
    most: 31,
    grows: 2,
    text: ({ findings }, width) => {
      const worst = worstOf(findings)
      return worst === undefined ? '' : findingText(worst, findings.length, width)
    },
    ink: ({ findings }) => {
      const worst = worstOf(findings)
      return worst && SEVERITY[worst.severity].ink
    },
  },
]

export const FINDING_COLUMNS: readonly Column<FindingRow>[] = [
  {
    title: () => 'finding',
    least: 22,
    most: 31,
    grows: 1,
    text: ({ finding }) => `${SEVERITY[finding.severity].mark} ${finding.rule}`,
    ink: ({ finding }) => SEVERITY[finding.severity].ink,
  },
  {
    title: () => 'frame',
    least: 7,
    most: 9,
    grows: 3,
    right: true,
    text: ({ finding }) => `${finding.frames[0] ?? ''}`,
  },
  { title: () => 'detail', least: 20, most: 400, grows: 2, text: ({ finding }) => shownText(finding.detail) },
]

const WIRE = { srtp: 'SRTP', plain: 'RTP', unknown: '?' } as const
const LONGEST_STATE = 12
const SHORT_STATES: Readonly<Record<CallRow['state'], string>> = {
  completed: 'ended',
  established: 'talk',
  early: 'early',
  failed: 'failed',
  cancelled: 'cancel',
  incomplete: 'part',
}

function shortState({ state, finalStatus }: CallRow): string {
  return state === 'failed' && finalStatus !== undefined ? `${finalStatus}` : SHORT_STATES[state]
}

function longState({ state, finalStatus }: CallRow): string {
  return state === 'failed' && finalStatus !== undefined ? `failed (${finalStatus})` : state
}

/** Both in equal parts, a short one leaving its room to the other; of numbers the end is kept. */
function partiesText(from: string, to: string, width: number): string {
  const [a, b] = [shownText(from), shownText(to)]
  const between = width < 24 ? '>' : ' > '
  const room = width - between.length
  const half = Math.floor(room / 2)
  const ofA = Math.max(half, room - columnsOf(b))
  const shownA = party(a, ofA)
  return shownA + between + party(b, room - columnsOf(shownA))
}

function party(text: string, width: number): string {
  return /^[+\d.:[\]a-f*#-]+$/.test(text) ? cutFront(text, width) : cut(text, width)
}

const SECURITY = { srtp: 'SRTP', rtp: 'RTP', mixed: 'mixed', none: '-' } as const

/** `sdes` where there is no room for `SRTP AES_CM_128_HMAC_SHA1_80 sdes`: who has a key agreed sends SRTP. */
function securityText({ security, keying, suite }: CallRow, width: number): string {
  const name = SECURITY[security]
  if (security === 'none' || security === 'rtp') return name
  if (width < 10) return security === 'srtp' ? (keying ?? name) : name
  const long = [name, suite ?? '', keying ?? ''].filter((part) => part !== '').join(' ')
  return long.length <= width ? long : [name, keying ?? ''].join(' ')
}

function fatesColumn<R>(arrow: string, side: string, of: (row: R) => Fates): Column<R> {
  return {
    title: (width) => (width < 15 ? `${arrow}ok/bad` : `${side} ok/bad`.trim()),
    least: 7,
    most: 17,
    grows: 5,
    right: true,
    text: (row, width) => fatesText(of(row), width),
    ink: (row) => fatesInk(of(row)),
  }
}

/** Verified and failed packets; those in the clear beside them where there is room, or where there are no others. */
function fatesText({ verified, failed, plain, unverified }: Fates, width: number): string {
  const short = width < 15
  const number = short ? shortNumber : formatNumber
  const clear = plain === 0 ? '' : `${number(plain)}${short ? 'p' : ' plain'}`
  if (verified + failed > 0) {
    const text = `${number(verified)}/${number(failed)}`
    return clear !== '' && text.length + 2 + clear.length <= width ? `${text} +${clear}` : text
  }
  if (plain > 0) return clear
  return unverified > 0 ? `${number(unverified)}${short ? '?' : ' ?'}` : '-'
}

function fatesInk({ verified, failed, plain }: Fates): Ink | undefined {
  if (failed > 0) return 'red'
  return plain > 0 ? 'yellow' : verified > 0 ? 'green' : undefined
}

function findingText(
  { severity, rule }: { severity: Severity; rule: string },
  findings: number,
  width: number,
): string {
  const more = findings > 1 ? ` +${findings - 1}` : ''
  const text = `${SEVERITY[severity].mark} ${rule}`
  return text.length + more.length <= width ? text + more : cut(text, width)
}

/** How wide every column is, 0 where there is no room for it: what is left over goes to those that use it best. */
export function columnWidths<R>(columns: readonly Column<R>[], room: number): number[] {
  const widths = columns.map(({ least }) => Math.min(least, room))
  const order = columns.map((_, n) => n).sort((a, b) => columns[a].grows - columns[b].grows)
  const left = () => room - widths.reduce((sum, width) => sum + (width > 0 ? width + 1 : 0), -1)
  for (const n of [...order].reverse()) if (left() < 0) widths[n] = 0
  for (const n of order) {
    const more = Math.min(columns[n].most - widths[n], left() - (widths[n] === 0 ? 1 : 0))
    if (more > 0 && (widths[n] > 0 || columns[n].least === 0)) widths[n] += more
  }
  return widths
}
