import { describe, expect, test } from 'vitest'
import { MOST_RELEASED, type Row } from '../../../src/cli/screen/picture.ts'
import { type Action, step, type Wish } from '../../../src/cli/screen/reducer.ts'
import { firstState, type ScreenState } from '../../../src/cli/screen/state.ts'
import type { Snapshot } from '../../../src/live/snapshot.ts'
import type { Call } from '../../../src/model/report.ts'
import { CALL, FINDING, STREAM } from '../../report/sample-report.ts'
import { EMPTY, replayed, SAMPLES, sampleReport, snapshotOf } from './snapshots.ts'

const SIZE = { columns: 80, rows: 24 }
/** Rows of a list that 24 lines have room for. */
const HEIGHT = 18

const SNAPSHOTS = replayed(SAMPLES.map(sampleReport))

function told(actions: readonly Action[], from = firstState('eth0', SIZE)): ScreenState {
  return actions.reduce((state, action) => step(state, action).state, from)
}

const keys = (...names: string[]): Action[] => names.map((key) => ({ type: 'key', key }))
const typed = (text: string) => keys(...text)
const heard = (...snapshots: Snapshot[]): Action[] =>
  snapshots.map((snapshot, n) => ({ type: 'snapshot', snapshot, nowMs: n * 1000 }))

/** So many calls, the first the newest. */
function calls(n: number, first = 0): Call[] {
  return Array.from({ length: n }, (_, index) => {
    const { endTime: _ended, ...call } = CALL
    const startTime = new Date(Date.parse('2026-01-15T10:00:00Z') - (first + index) * 1000).toISOString()
    return { ...call, callId: `call-${first + index}`, startTime, from: `sip:${first + index}@192.0.2.1` }
  })
}

const shown = ({ rows }: ScreenState) => rows.map((row) => (row.kind === 'call' ? row.from : row.key))
const chosen = ({ rows, list, cursors }: ScreenState): Row => rows[cursors[list].index]
const chosenFrom = (state: ScreenState) => (chosen(state) as { readonly from?: string }).from
const wishOf = (state: ScreenState, key: string): Wish | undefined => step(state, { type: 'key', key }).wish

describe('moving', () => {
  const state = told(heard(snapshotOf({ ...EMPTY, calls: calls(50) })))

  test.each([
    [['down'], '1'],
    [['j', 'j', 'k'], '1'],
    [['pagedown'], `${HEIGHT}`],
    [['end'], '49'],
    [['G', 'up'], '48'],
    [['end', 'home'], '0'],
    [['end', 'pageup'], `${49 - HEIGHT}`],
    [['up'], '0'],
    [['end', 'down'], '49'],
  ])('%j leads to %s', (names, from) => {
    expect(chosenFrom(told(keys(...names), state))).toBe(from)
  })

  test('the chosen row is in sight, and the list does not end above the end of the screen', () => {
    for (const names of [['end'], ['pagedown', 'pagedown'], ['end', 'pageup', 'pageup'], ['down']]) {
      const { index, top } = told(keys(...names), state).cursors.calls
      expect(index - top).toBeGreaterThanOrEqual(0)
      expect(index - top).toBeLessThan(HEIGHT)
      expect(top).toBeLessThanOrEqual(50 - HEIGHT)
    }
  })

  test('a smaller terminal keeps it in sight', () => {
    const { index, top } = told([...keys('end'), { type: 'size', size: { columns: 80, rows: 10 } }], state).cursors
      .calls
    expect([index, top]).toEqual([49, 46])
  })

  test('an empty list has nowhere to go', () => {
    const empty = told([...heard(snapshotOf(EMPTY)), ...keys('down', 'end', 'pageup', 'enter')])
    expect(empty.cursors.calls).toEqual({ index: 0, top: 0 })
    expect(empty.page).toBeUndefined()
  })
})

describe('snapshots', () => {
  test('a call that was chosen stays chosen and where it is on the screen, while newer ones come above', () => {
    const state = told([...heard(snapshotOf({ ...EMPTY, calls: calls(30) })), ...keys('down', 'down')])
    const later = told(heard(snapshotOf({ ...EMPTY, calls: [...calls(5, -5), ...calls(30)] })), state)
    expect(chosenFrom(later)).toBe('2')
    expect(later.cursors.calls).toMatchObject({ index: 7, top: 5 })
  })

  test('who stays at the top sees what is new', () => {
    const state = told(heard(snapshotOf({ ...EMPTY, calls: calls(30) })))
    expect(chosenFrom(told(heard(snapshotOf({ ...EMPTY, calls: calls(31, -1) })), state))).toBe('-1')
  })

  test('released calls stay, once each', () => {
    const last = told(heard(...SNAPSHOTS))
    expect(last.shown?.running).toEqual([])
    expect(last.rows).toHaveLength(13)
    expect(new Set(last.rows.map(({ key }) => key)).size).toBe(13)
  })

  test(`of released calls the newest ${MOST_RELEASED} stay, in few octets`, () => {
    const rounds = [calls(MOST_RELEASED, 10), calls(10)].map((released) => ({
      ...snapshotOf({ ...EMPTY, calls: released }),
      ended: released.map((call) => ({ call, streams: [], findings: [] })),
    }))
    const { released } = told(heard(...rounds)).shown as NonNullable<ScreenState['shown']>
    expect(released).toHaveLength(MOST_RELEASED)
    expect(released.at(-1)?.from).toBe('9')
    expect(released.every(({ details }) => details instanceof Uint8Array && details.length < 1500)).toBe(true)
  })

  test('packets a second are those since the snapshot before', () => {
    const counted = (frames: number) => snapshotOf({ ...EMPTY, totals: { ...EMPTY.totals, frames } })
    const state = told(heard(counted(100)))
    expect(state.shown?.pace.perSecond).toBeUndefined()
    const next = told([{ type: 'snapshot', snapshot: counted(400), nowMs: 2000 }], state)
    expect(next.shown?.pace.perSecond).toBe(150)
  })

  test('legs that are one call are known to each other, also when they are released', () => {
    const [a, b, c] = calls(3)
    const joined = [{ callIds: [a.callId, b.callId], by: ['media'], certainty: 'certain' }] as const
    const report = { ...EMPTY, calls: [a, b, c], joined }
    const ended = [a, b].map((call) => ({ call, streams: [], findings: [] }))
    const found = [...keys('/'), ...typed(b.callId)]
    expect(shown(told([...heard(snapshotOf(report)), ...found]))).toEqual(['0', '1'])
    const released = told([...heard({ ...snapshotOf(report), ended }, snapshotOf({ ...EMPTY, calls: [c] })), ...found])
    expect(shown(released)).toEqual(['0', '1'])
  })

  test('streams without a call and findings about no call at hand have lists of their own', () => {
    const { callId: _, ...alone } = STREAM
    const ofStream = { ...FINDING, callId: undefined, streamId: alone.id }
    const ofOther = { ...FINDING, callId: 'somewhere-else', streamId: undefined }
    const report = { ...EMPTY, calls: [CALL], streams: [alone, STREAM], findings: [ofStream, ofOther, FINDING] }
    const picture = told(heard(snapshotOf(report))).shown
    expect(picture?.streams).toMatchObject([{ stream: alone, findings: [ofStream, FINDING] }])
    expect(picture?.findings.map(({ finding }) => finding)).toEqual([ofStream, ofOther])
    expect(picture?.running).toMatchObject([{ findings: 1 }])
  })
})

describe('lists', () => {
  const state = told(heard(...SNAPSHOTS))

  test('o orders by time, by what is worst, by length', () => {
    const worst = told(keys('o'), state)
    expect(shown(state)[0]).toBe('218')
    expect(chosenFrom(worst)).toBe('214')
    expect(told(keys('o', 'o'), state).order).toBe('longest')
    expect(shown(told(keys('o', 'o', 'o'), state))).toEqual(shown(state))
  })

  test('Tab and numbers go through the lists, each with its own cursor', () => {
    const moved = told(keys('down', 'tab', 'tab', 'down', '1'), state)
    expect(moved.cursors.calls.index).toBe(1)
    expect(moved.cursors.findings.index).toBe(1)
    expect(told(keys('shift-tab'), state).list).toBe('findings')
    expect(told(keys('2'), state).list).toBe('streams')
  })

  test.each([
    ['217', ['217']],
    ['ONE-WAY 203.0.113.25', ['215']],
    ['incident-nat', ['213']],
    ['rtp-avp-leak', ['216', '212', '202']],
    ['nobody', []],
  ])('/%s keeps what has all words', (text, from) => {
    expect(shown(told([...keys('/'), ...typed(text), ...keys('enter')], state))).toEqual(from)
  })

  test('a filter is typed with letters that are keys otherwise; Esc ends it', () => {
    const typing = told([...keys('/'), ...typed('qps?'), ...keys('backspace')], state)
    expect(typing).toMatchObject({ typing: true, filter: 'qps', paused: false })
    expect(told(keys('escape'), typing)).toMatchObject({ typing: false, filter: '' })
    expect(told(keys('enter', 'escape'), typing)).toMatchObject({ filter: '' })
    expect(told(keys('ctrl-u', 'backspace'), typing)).toMatchObject({ typing: false, filter: '' })
  })

  test('a filter holds for what comes later', () => {
    const filtered = told([...keys('/'), ...typed('217'), ...keys('enter')])
    expect(shown(told(heard(...SNAPSHOTS), filtered))).toEqual(['217'])
  })
})

describe('a pause', () => {
  const paused = told([...heard(...SNAPSHOTS.slice(0, 2)), ...keys('p')])

  test('lets the picture stand, loses nothing, and ends with what is known then', () => {
    const later = told(heard(...SNAPSHOTS.slice(2)), paused)
    expect(later.rows).toBe(paused.rows)
    expect(later.shown).toBe(paused.shown)
    expect(shown(told(keys('p'), later))).toEqual(shown(told(heard(...SNAPSHOTS))))
  })

  test('lets one move, filter and open', () => {
    const moved = told(keys('down', 'enter'), paused)
    expect(moved.page?.row).toBe(paused.rows[1])
  })
})

describe('pages', () => {
  const state = told(heard(...SNAPSHOTS.slice(0, 1)))

  test('Enter opens details, which scroll within their lines; Esc, q and Enter go back', () => {
    const open = told(keys('enter'), state)
    expect(open.page).toMatchObject({ of: 'details', scroll: 0 })
    expect(told(keys('up'), open).page?.scroll).toBe(0)
    const end = told(keys('end'), open)
    expect(end.page?.scroll).toBeGreaterThan(5)
    expect(told(keys('down'), end).page?.scroll).toBe(end.page?.scroll)
    for (const key of ['escape', 'q', 'enter']) {
      expect(told(keys(key), open).page).toBeUndefined()
      expect(wishOf(open, key)).toBeUndefined()
    }
  })

  test('details follow the call, also when it is released', () => {
    const open = told(keys('enter'), state)
    const row = (n: number) => told(heard(...SNAPSHOTS.slice(1, n)), open).page?.row
    expect(row(1)).toMatchObject({ state: 'established' })
    expect(row(2)).toMatchObject({ state: 'completed' })
    expect(row(SNAPSHOTS.length)).toMatchObject({ state: 'completed', details: expect.any(Uint8Array) })
  })

  test('details of what is not at hand any more stay as they were', () => {
    const open = told(keys('3', 'enter'), state)
    const gone = told(heard(snapshotOf(EMPTY)), open)
    expect(gone.page).toEqual({ ...open.page, gone: true })
    expect(told(heard(SNAPSHOTS[0]), gone).page).toEqual(open.page)
  })

  test('Right and Left lead to the details of the rows beside', () => {
    const open = told([...heard(...SNAPSHOTS), ...keys('enter')])
    const fromOf = ({ page }: ScreenState) => (page?.row as { readonly from?: string } | undefined)?.from
    expect(fromOf(told(keys('right'), open))).toBe('217')
    expect(fromOf(told(keys('right', 'left'), open))).toBe('218')
  })

  test('the help over details leads back to them', () => {
    const back = told(keys('enter', '?', 'escape'), state)
    expect(back.page).toMatchObject({ of: 'details', row: state.rows[0] })
    expect(told(keys('?', 'escape'), state).page).toBeUndefined()
  })
})

describe('what keys ask for', () => {
  const state = told(heard(...SNAPSHOTS))

  test('s saves, and says what came of it until the next key', () => {
    expect(wishOf(state, 's')).toBe('save')
    const said = told([{ type: 'notice', text: 'The report is in a.json', failed: false }], state)
    expect(said.notice).toEqual({ text: 'The report is in a.json', failed: false })
    expect(told(keys('down'), said).notice).toBeUndefined()
  })

  test('q ends, and Ctrl-C wherever one is', () => {
    expect(wishOf(state, 'q')).toBe('quit')
    expect(told(keys('q'), state).ending).toBe(true)
    for (const before of [[], keys('/'), keys('enter'), keys('?')]) {
      expect(wishOf(told(before, state), 'ctrl-c')).toBe('quit')
    }
  })

  test('Ctrl-Z suspends', () => {
    expect(wishOf(state, 'ctrl-z')).toBe('suspend')
  })

  test('a key that means nothing changes nothing', () => {
    expect(told(keys('z'), state)).toEqual(state)
  })
})
