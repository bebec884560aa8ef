import { columnsOf, cut, shownText } from '../../report/cells.ts'
import { formatNumber } from '../../report/layout.ts'
import { ends, headerLines } from './header-lines.ts'
import { listLines } from './list-lines.ts'
import { pageLines } from './page-lines.ts'
import type { Paint } from './paint.ts'
import { rowCount } from './rows.ts'
import { LISTS, type ListName, pageHeight, type ScreenState } from './state.ts'

/** The screen: exactly as many lines as it has rows, none wider than it is. */
export function frameLines(state: ScreenState, paint: Paint): string[] {
  const { columns, rows } = state.size
  if (rows < 1 || columns < 1) return []
  const body = state.page === undefined ? [tabsLine(state, paint), ...listLines(state, paint)] : openPage(state, paint)
  const lines = [...headerLines(state, paint), ...body].slice(0, rows - 1)
  const blank = Array<string>(rows - 1 - lines.length).fill('')
  return [...lines, ...blank, footerLine(state, paint)]
}

const TABS: Readonly<Record<ListName, string>> = {
  calls: 'Calls',
  streams: 'Streams without call',
  findings: 'Other findings',
}

function tabsLine({ list, order, filter, shown, rows, size }: ScreenState, paint: Paint): string {
  const tabs = LISTS.map((name) => {
    const all = formatNumber(rowCount(shown, name))
    return ` ${TABS[name]} ${name === list && filter !== '' ? `${formatNumber(rows.length)} of ${all}` : all} `
  })
  const left = columnsOf(tabs.join(' '))
  if (left > size.columns) return cut(tabs.join(' '), size.columns)
  const right = cut(filter === '' ? `${order} first ` : `/${shownText(filter)} `, size.columns - left - 1)
  const gap = ' '.repeat(size.columns - left - columnsOf(right))
  return (
    tabs.map((tab, n) => paint(LISTS[n] === list ? 'inverse' : undefined, tab)).join(' ') + gap + paint('cyan', right)
  )
}

/** The part of the page that is in sight, under a line that says which part. */
function openPage(state: ScreenState, paint: Paint): string[] {
  const { size, page } = state
  const lines = pageLines(state, size.columns, paint)
  const height = pageHeight(size)
  const from = Math.max(0, Math.min(page?.scroll ?? 0, lines.length - height))
  const to = Math.min(lines.length, from + height)
  const part = lines.length <= height ? '' : `lines ${from + 1} to ${to} of ${lines.length} `
  return [paint('inverse', ends(` ${pageTitle(state)}`, part, size.columns)), ...lines.slice(from, to)]
}

function pageTitle({ page, rows }: ScreenState): string {
  if (page?.of === 'help') return 'Help'
  if (page?.gone) return 'Details, as they were last known'
  const place = rows.findIndex(({ key }) => key === page?.row?.key)
  return place < 0 ? 'Details' : `Details, ${formatNumber(place + 1)} of ${formatNumber(rows.length)}`
}

const LIST_KEYS = 'Enter details  / filter  o order  p pause  s save  Tab lists  ? help  q end'
const PAGE_KEYS = 'Up Down scroll  Left Right other rows  p pause  s save  ? help  Esc back'

function footerLine({ size, typing, filter, notice, page, paused }: ScreenState, paint: Paint): string {
  const line = (text: string) => cut(` ${text}`, size.columns)
  if (typing) return line(`filter: ${shownText(filter)}_   (Enter keeps it, Esc ends it)`)
  if (notice !== undefined) return paint(notice.failed ? 'red' : 'green', line(shownText(notice.text)))
  const keys = page === undefined ? LIST_KEYS : PAGE_KEYS
  return paint('dim', line(paused ? keys.replace('p pause', 'p go on') : keys))
}
