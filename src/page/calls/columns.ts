import { findingWeight } from '../../report/finding-weight.ts'
import type { CallColumns, FindingGroup, PageIndex } from '../../report/html/page-index.ts'
import { formatNumber } from '../../report/layout.ts'
import { durationText, KEYING, onlyDay, partyText, SECURITY, timeText } from '../words.ts'

/** A column of the call table. Rows are numbers, as in CallColumns. */
export interface Column {
  readonly id: string
  readonly title: string
  /** Class of its width, where that is not named by the id. */
  readonly width?: string
  /** What a reader hears, and a tool tip says, where the title is short. */
  readonly about?: string
  /** What a cell shows, and what a filter looks into. */
  readonly text: (row: number) => string
  /** What the column is sorted by: numbers by size, texts by code units. */
  readonly order: (row: number) => number | string
  /** Numbers stand at the right side, and a filter takes `>5`. */
  readonly isNumber?: true
  /** The values that a filter chooses from, where they are few. */
  readonly choices?: readonly string[]
}

/** The columns over a report's calls, in their order. */
export function columnsOf({ rows, groups, joined }: Pick<PageIndex, 'rows' | 'groups' | 'joined'>): readonly Column[] {
  const worst = worstGroups(rows, groups)
  const callIds = rows.callId.map(() => 1)
  for (const { rows: together } of joined) for (const row of together) callIds[row] = together.length
  // The summary says the date of a trace of one day.
  const dateLength = onlyDay(rows.startTime) === '' ? 0 : 'YYYY-MM-DD '.length
  return [
    {
      id: 'startTime',
      width: dateLength === 0 ? 'date' : 'clock',
      title: 'Time',
      text: (row) => timeText(rows.startTime[row]).slice(dateLength),
      order: (row) => rows.startTime[row],
    },
    {
      id: 'worst',
      title: 'Worst finding',
      text: (row) => rulesText(worst[row]),
      order: (row) => (worst[row] === undefined ? 0 : -findingWeight(worst[row][0])),
    },
    { id: 'from', title: 'From', text: (row) => partyText(rows.from[row]), order: (row) => rows.from[row] },
    { id: 'to', title: 'To', text: (row) => partyText(rows.to[row]), order: (row) => rows.to[row] },
    chosen('state', 'State', rows.state, (row) => stateText(rows, row)),
    {
      id: 'seconds',
      title: 'Duration',
      about: 'From the answer to the end; filter in seconds',
      isNumber: true,
      text: (row) => (rows.seconds[row] < 0 ? '–' : durationText(rows.seconds[row])),
      order: (row) => rows.seconds[row],
    },
    fates('offerer', 'Offerer sent', 'Packets of who offered, by what became of them', rows.offerer),
    fates('answerer', 'Answerer sent', 'Packets of who answered, by what became of them', rows.answerer),
    chosen('security', 'Media', rows.security, (row) => SECURITY[rows.security[row]]),
    chosen('keying', 'Keys by', rows.keying, (row) => KEYING[rows.keying[row]]),
    chosen('suite', 'Suite', rows.suite, (row) => rows.suite[row] || '–'),
    number('lost', 'Lost', 'Packets lost on their way', rows.lost),
    {
      id: 'jitterMs',
      title: 'Jitter',
      about: 'The greatest, in ms',
      isNumber: true,
      text: (row) => (rows.jitterMs[row] < 0 ? '–' : `${rows.jitterMs[row].toFixed(1)} ms`),
      order: (row) => rows.jitterMs[row],
    },
    chosen('codec', 'Codec', rows.codec, (row) => rows.codec[row] || '–'),
    chosen('transport', 'SIP over', rows.transport, (row) => rows.transport[row].toUpperCase()),
    number('messages', 'Messages', 'SIP messages', rows.messages),
    number('legs', 'Legs', 'Hops and dialogs of the Call-ID', rows.legs),
    {
      id: 'joined',
      title: 'Joined',
      about: 'Call-IDs that are one call, its own among them',
      isNumber: true,
      text: (row) => formatNumber(callIds[row]),
      order: (row) => callIds[row],
    },
    { id: 'callId', title: 'Call-ID', text: (row) => rows.callId[row], order: (row) => rows.callId[row] },
  ]
}

/** Choices are offered where a column has this many at most. */
const MOST_CHOICES = 30

function chosen(id: string, title: string, values: readonly string[], text: (row: number) => string): Column {
  const texts = new Set<string>()
  for (let row = 0; row < values.length && texts.size <= MOST_CHOICES; row++) texts.add(text(row))
  const choices = texts.size <= MOST_CHOICES ? { choices: [...texts].sort() } : {}
  return { id, title, text, order: text, ...choices }
}

function number(id: string, title: string, about: string, values: readonly number[]): Column {
  return { id, title, about, isNumber: true, text: (row) => formatNumber(values[row]), order: (row) => values[row] }
}

function fates(id: string, title: string, about: string, values: readonly (readonly number[])[]): Column {
  return {
    id,
    title,
    about,
    text: (row) => fatesText(values[row]),
    // What failed weighs most, then what was in the clear, then what could not be judged.
    order: (row) => {
      const [verified, failed, plain, unverified] = values[row]
      return failed * 1e12 + plain * 1e8 + unverified * 1e4 + Math.min(verified, 9999)
    },
  }
}

/** `400 ok, 12 failed`. */
export function fatesText(packets: readonly number[]): string {
  const words = ['ok', 'failed', 'plain', 'unverified']
  const said = packets.flatMap((number, n) => (number > 0 ? `${formatNumber(number)} ${words[n]}` : []))
  return said.length === 0 ? '–' : said.join(', ')
}

function stateText(rows: CallColumns, row: number): string {
  const status = rows.finalStatus[row]
  const state = rows.state[row]
  return status === 0 || state === 'completed' || state === 'established' ? state : `${state} (${status})`
}

/** Every call's groups of findings, worst first; undefined where nothing was found. */
export function worstGroups(
  rows: Pick<CallColumns, 'groups'>,
  groups: readonly FindingGroup[],
): readonly (readonly FindingGroup[] | undefined)[] {
  return rows.groups.map((numbers) =>
    numbers.length === 0
      ? undefined
      : numbers
          .map((number) => groups[number])
          .sort(
            (a, b) =>
              findingWeight(b) - findingWeight(a) ||
              Number(a.isConsequence ?? false) - Number(b.isConsequence ?? false),
          ),
  )
}

function rulesText(groups: readonly FindingGroup[] | undefined): string {
  if (groups === undefined) return ''
  return [...new Set(groups.map(({ severity, rule }) => `${severity} ${rule}`))].join(', ')
}
