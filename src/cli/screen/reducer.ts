import type { Snapshot } from '../../live/snapshot.ts'
import { listStep, moved, pageStep, typingStep } from './keys.ts'
import { nextPicture, type Picture, type Row } from './picture.ts'
import { rowsOf } from './rows.ts'
import { LISTS, type ScreenState, type Size } from './state.ts'

/** What happens to the screen. */
export type Action =
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot; readonly nowMs: number }
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'size'; readonly size: Size }
  | { readonly type: 'notice'; readonly text: string; readonly failed: boolean }

/** What a key asks the world outside for. */
export type Wish = 'save' | 'quit' | 'suspend'

export interface Step {
  readonly state: ScreenState
  readonly wish?: Wish
}

/** The state after something happened. */
export function step(state: ScreenState, action: Action): Step {
  return STEPS[action.type](state, action as never)
}

const STEPS: { readonly [T in Action['type']]: (state: ScreenState, action: Extract<Action, { type: T }>) => Step } = {
  snapshot: (state, { snapshot, nowMs }) => {
    const latest = nextPicture(state.latest, snapshot, nowMs)
    return { state: state.paused ? { ...state, latest } : withPicture({ ...state, latest }, latest) }
  },
  size: (state, { size }) => ({ state: moved({ ...state, size }, 0) }),
  notice: (state, { text, failed }) => ({ state: { ...state, notice: { text, failed } } }),
  key: (state, { key }) => {
    if (key === 'ctrl-c') return { state: { ...state, ending: true }, wish: 'quit' }
    if (key === 'ctrl-z') return { state, wish: 'suspend' }
    const { notice: _, ...quiet } = state
    const next = state.typing
      ? typingStep(quiet, key)
      : state.page !== undefined
        ? pageStep(quiet, key)
        : listStep(quiet, key)
    return { ...next, state: settled(state, next.state) }
  },
}

/** What follows from a key: rows where their choice has changed, the newest picture where a pause is over. */
function settled(before: ScreenState, after: ScreenState): ScreenState {
  if (before.paused && !after.paused && after.latest !== undefined) return withPicture(after, after.latest)
  const same = before.list === after.list && before.filter === after.filter && before.order === after.order
  return same ? after : withRows(after)
}

function withPicture(state: ScreenState, shown: Picture): ScreenState {
  const next = withRows({ ...state, shown })
  const { page } = next
  if (page?.row === undefined) return next
  const { gone: _, ...still } = page
  const row = rowOfKey(shown, page.row)
  return { ...next, page: row === undefined ? { ...still, gone: true } : { ...still, row } }
}

function rowOfKey(picture: Picture, { kind, key }: Row): Row | undefined {
  const same = (row: Row) => row.key === key
  if (kind === 'call') return picture.running.find(same) ?? picture.released.findLast(same)
  return kind === 'stream' ? picture.streams.find(same) : picture.findings.find(same)
}

/** Lists the rows anew; the chosen one stays chosen, and where it was on the screen. */
function withRows(state: ScreenState): ScreenState {
  const rows = rowsOf(state)
  const cursors = { ...state.cursors }
  for (const list of LISTS) {
    if (list !== state.list) continue
    const { key, index, top } = cursors[list]
    const found = key === undefined ? 0 : rows.findIndex((row) => row.key === key)
    const now = found < 0 ? index : found
    cursors[list] = { ...cursors[list], index: now, top: now - (index - top) }
  }
  return moved({ ...state, rows, cursors }, 0)
}
