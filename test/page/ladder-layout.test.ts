import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ArrowBox, layOut } from '../../src/page/ladder/layout.ts'
import { placeOfTime } from '../../src/page/ladder/media-bars.ts'
import { cut, cutFront, textWidth } from '../../src/page/ladder/text-room.ts'
import { type LadderSource, ladderOf } from '../../src/report/ladder/ladder.ts'
import { ladderSources } from '../report/ladder/ladder-sources.ts'
import { CALL, STREAM } from '../report/sample-report.ts'

const [A, B] = ['192.0.2.1:5060', '198.51.100.2:5060']
const rooms = fc.integer({ min: 300, max: 2400 })

function layoutOf(source: LadderSource, room = 900) {
  return layOut(ladderOf(source), room)
}

function callOf(...labels: readonly string[]) {
  const ladder = labels.map((label, n) => ({
    ...{ time: `2026-01-15T09:30:0${n}.000000Z`, frame: n + 1, label },
    ...(/^\d/.test(label) ? { from: B, to: A } : { from: A, to: B }),
  }))
  return { ...CALL, ladder, messages: ladder.length, sessions: [] }
}

function arrowsOf({ rows }: ReturnType<typeof layoutOf>): ArrowBox[] {
  return rows.filter((box) => box.kind !== 'gap')
}

describe('whatever the call', () => {
  test('rows stand one below the other, in the order of time, and no two overlap', () => {
    fc.assert(
      fc.property(ladderSources, rooms, (source, room) => {
        const ladder = ladderOf(source)
        const { rows, height } = layOut(ladder, room)
        expect(rows.map((box) => box.row)).toEqual(ladder.rows)
        let top = 0
        for (const box of rows) {
          expect(box.top).toBe(top)
          top += box.height
        }
        expect(height).toBeGreaterThan(top)
      }),
    )
  })

  test('lifelines, arrows and what they say stand within the picture, and say it on their own way', () => {
    fc.assert(
      fc.property(ladderSources, rooms, (source, room) => {
        const layout = layoutOf(source, room)
        const { heads, width, columns } = layout
        for (const [n, { x }] of heads.entries()) {
          expect(x).toBeGreaterThan(columns.left)
          expect(x).toBeLessThan(columns.frame)
          if (n > 0) expect(x - heads[n - 1].x).toBeGreaterThanOrEqual(132)
        }
        expect(columns.frame).toBeLessThan(width)
        for (const { fromX, toX, label } of arrowsOf(layout)) {
          expect(heads.some(({ x }) => x === fromX)).toBe(true)
          expect(heads.some(({ x }) => x === toX)).toBe(true)
          expect(textWidth(label.text)).toBeLessThanOrEqual(label.width)
          if (fromX !== toX) expect(label.width).toBeLessThan(Math.abs(toX - fromX))
        }
      }),
    )
  })

  test('every stream has a bar from its row down; those beside one lifeline at the same time stand side by side', () => {
    fc.assert(
      fc.property(ladderSources, rooms, (source, room) => {
        const layout = layoutOf(source, room)
        const { bars, rows, height } = layout
        expect(bars.map(({ row }) => row)).toEqual(rows.flatMap(({ kind }, n) => (kind === 'media' ? [n] : [])))
        for (const bar of bars) {
          const { top, height: tall } = rows[bar.row]
          expect(bar.top).toBe(top + tall / 2)
          expect(bar.bottom).toBeGreaterThan(bar.top)
          expect(bar.bottom).toBeLessThanOrEqual(height)
          const beside = bars.filter((other) => Math.abs(other.x - bar.x) < bar.width && overlap(bar, other))
          // Beyond four at a time the last place is shared.
          if (bars.length <= 4) expect(beside).toEqual([bar])
        }
      }),
    )
  })

  test('later times stand lower', () => {
    fc.assert(
      fc.property(ladderSources, fc.array(fc.nat(200_000_000), { minLength: 2 }), (source, offsets) => {
        const { rows, height } = layoutOf(source)
        if (rows.length === 0) return
        const times = offsets.sort((a, b) => a - b).map((offset) => rows[0].row.timeUs + offset)
        const places = times.map((time) => placeOfTime(rows, time, height))
        expect(places).toEqual(places.toSorted((a, b) => a - b))
      }),
    )
  })
})

function overlap(a: { top: number; bottom: number }, b: { top: number; bottom: number }): boolean {
  return a.top < b.bottom && b.top < a.bottom
}

test('a stream that ends within silence has a bar that ends there', () => {
  const call = callOf('INVITE', '200 OK (INVITE)', 'BYE')
  const [invite, answer] = call.ladder
  const bye = { ...call.ladder[2], time: '2026-01-15T09:30:11.000000Z' }
  const stream = {
    ...STREAM,
    src: A,
    dst: B,
    firstTime: '2026-01-15T09:30:01.000000Z',
    lastTime: '2026-01-15T09:30:06.000000Z',
  }
  const { rows, bars } = layoutOf({ calls: [{ ...call, ladder: [invite, answer, bye] }], streams: [stream] })
  const gap = rows.findLast(({ kind }) => kind === 'gap') as (typeof rows)[number]
  expect(bars[0].bottom).toBeCloseTo(gap.top + gap.height / 2)
})

test('a narrow page keeps two parties in sight, a wide one says everything', () => {
  const source = { calls: [callOf('INVITE', '407 Proxy Authentication Required (INVITE)')], streams: [] }
  const narrow = layoutOf(source, 374)
  expect(narrow.width).toBe(374)
  expect(arrowsOf(narrow).map(({ label }) => label.text)).toEqual(['INVITE', '407 Proxy Aut…'])
  expect(narrow.columns.delta).toBeUndefined()
  const wide = layoutOf(source, 900)
  expect(arrowsOf(wide)[1]).toMatchObject({
    label: { text: '407 Proxy Authentication Required (INVITE)' },
    delta: '+1.000 s',
  })
})

test('what is cut fits, and says that it was cut', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 20, max: 200 }), (text, room) => {
      for (const kept of [cut(text, room), cutFront(text, room)]) {
        expect(textWidth(kept)).toBeLessThanOrEqual(room)
        if (kept !== text) expect(kept).toContain('…')
      }
    }),
  )
})
