import { pageLines } from './page-lines.ts'
import { unpainted } from './paint.ts'
import type { Step } from './reducer.ts'
import { type Cursor, LISTS, listHeight, ORDERS, type Page, pageHeight, type ScreenState } from './state.ts'

type Keys = Readonly<Record<string, (state: ScreenState) => Step>>

const same = (state: ScreenState): Step => ({ state })
const quit = (state: ScreenState): Step => ({ state: { ...state, ending: true }, wish: 'quit' })

/** How far keys move, by the height of a page. */
const MOVES: Readonly<Record<string, (height: number) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: (height) => -height,
  'ctrl-b': (height) => -height,
  pagedown: (height) => height,
  'ctrl-f': (height) => height,
  ' ': (height) => height,
  home: () => Number.NEGATIVE_INFINITY,
  g: () => Number.NEGATIVE_INFINITY,
  end: () => Number.POSITIVE_INFINITY,
  G: () => Number.POSITIVE_INFINITY,
}

/** Keys that do the same over a list and over a page. */
const ANYWHERE: Keys = {
  p: (state) => ({ state: { ...state, paused: !state.paused } }),
  s: (state) => ({ state, wish: 'save' }),
  '?': (state) => ({
    state: { ...state, page: { of: 'help', scroll: 0, ...(state.page?.row && { row: state.page.row }) } },
  }),
}

const OVER_LIST: Keys = {
  ...ANYWHERE,
  q: quit,
  enter: open,
  right: open,
  '/': (state) => ({ state: { ...state, typing: true } }),
  o: (state) => ({ state: { ...state, order: after(ORDERS, state.order, 1) } }),
  tab: (state) => ({ state: { ...state, list: after(LISTS, state.list, 1) } }),
  'shift-tab': (state) => ({ state: { ...state, list: after(LISTS, state.list, -1) } }),
  ...Object.fromEntries(LISTS.map((list, n) => [`${n + 1}`, (state: ScreenState) => ({ state: { ...state, list } })])),
  // What was typed last is undone first.
  escape: (state) => ({ state: { ...state, filter: '' } }),
}

const OVER_PAGE: Keys = {
  ...ANYWHERE,
  q: closed,
  escape: closed,
  enter: closed,
  backspace: closed,
  left: (state) => beside(state, -1),
  right: (state) => beside(state, 1),
}

/** A key over a list. */
export function listStep(state: ScreenState, key: string): Step {
  const move = MOVES[key]
  if (move !== undefined) return { state: moved(state, move(listHeight(state.size))) }
  return (OVER_LIST[key] ?? same)(state)
}

/** A key over details or the help. */
export function pageStep(state: ScreenState, key: string): Step {
  const { page, size } = state
  const move = MOVES[key]
  if (move === undefined || page === undefined) return (OVER_PAGE[key] ?? same)(state)
  const height = pageHeight(size)
  const last = Math.max(0, pageLines(state, size.columns, unpainted).length - height)
  return { state: { ...state, page: { ...page, scroll: clamped(page.scroll + move(height - 1 || 1), last) } } }
}

/** A key while the filter is typed: the list follows every letter. */
export function typingStep(state: ScreenState, key: string): Step {
  const edited: Readonly<Record<string, Partial<ScreenState>>> = {
    enter: { typing: false },
    escape: { typing: false, filter: '' },
    backspace: state.filter === '' ? { typing: false } : { filter: [...state.filter].slice(0, -1).join('') },
    'ctrl-u': { filter: '' },
  }
  const change = edited[key]
  if (change !== undefined) return { state: { ...state, ...change } }
  if (['up', 'down', 'pageup', 'pagedown'].includes(key)) return listStep(state, key)
  return [...key].length === 1 ? { state: { ...state, filter: state.filter + key } } : { state }
}

/** The cursor of the list in sight, so many rows further; it stays among the rows, and the rows around it in sight. */
export function moved(state: ScreenState, by: number): ScreenState {
  const { rows, list, cursors, size } = state
  const height = listHeight(size)
  const before = cursors[list]
  const index = clamped(before.index + by, rows.length - 1)
  const top = Math.min(Math.max(before.top, index - height + 1), index, Math.max(0, rows.length - height))
  const key = index === 0 && (by !== 0 || before.key === undefined) ? undefined : (rows[index]?.key ?? before.key)
  const cursor: Cursor = { index, top: Math.max(0, top), ...(key !== undefined && { key }) }
  return { ...state, cursors: { ...cursors, [list]: cursor } }
}

function clamped(n: number, last: number): number {
  return Math.max(0, Math.min(n, last))
}

function open(state: ScreenState): Step {
  const row = state.rows[state.cursors[state.list].index]
  if (row === undefined) return { state }
  const cursors = { ...state.cursors, [state.list]: { ...state.cursors[state.list], key: row.key } }
  return { state: { ...state, cursors, page: { of: 'details', scroll: 0, row } } }
}

/** Leaves the page; the help over details leads back to them. */
function closed(state: ScreenState): Step {
  const { page, ...rest } = state
  const back: Page | undefined =
    page?.of === 'help' && page.row !== undefined ? { of: 'details', scroll: 0, row: page.row } : undefined
  return { state: back === undefined ? rest : { ...rest, page: back } }
}

/** The details of the row before or after. */
function beside(state: ScreenState, by: number): Step {
  return state.page?.of === 'details' ? open(moved(state, by)) : { state }
}

function after<T>(all: readonly T[], one: T, by: number): T {
  return all[(all.indexOf(one) + by + all.length) % all.length]
}
