import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call, LadderStepReport } from '../../../src/model/report.ts'
import { eventsOf, placeEvents } from '../../../src/page/timeline/call-events.ts'
import { inOrder } from '../../../src/page/timeline/row-order.ts'
import { timeAxis } from '../../../src/page/timeline/time-axis.ts'
import { START_MS, streamOf } from './a-stream.ts'

test('ticks stand at round times, in their places, with room for their texts', () => {
  const { ticks } = timeAxis([START_MS + 300, START_MS + 9700], 100, 500)
  expect(ticks.map(({ text }) => text)).toEqual(['09:30:05'])
  const wide = timeAxis([START_MS + 300, START_MS + 9700], 0, 940)
  expect(wide.ticks.map(({ text, x }) => [text, Math.round(x)])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [`09:30:0${n}`, Math.round((n - 0.3) * 100)]),
  )
  const day = timeAxis([START_MS, START_MS + 86_400_000], 0, 700)
  expect(day.ticks.length).toBeGreaterThan(2)
})

test('whatever the times: ticks lie within the axis and do not touch', () => {
  const times = fc.array(fc.integer({ min: 0, max: 4e12 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(times, fc.integer({ min: 120, max: 3000 }), (moments, width) => {
      const { ticks } = timeAxis(moments, 0, width)
      expect(ticks.length).toBeLessThanOrEqual(width / 84 + 1)
      for (const [n, { x }] of ticks.entries()) {
        expect(x).toBeGreaterThanOrEqual(0)
        expect(x).toBeLessThanOrEqual(width + 0.001)
        if (n > 0) expect(x - ticks[n - 1].x).toBeGreaterThan(80)
      }
    }),
  )
})

const step = (label: string, seconds: number, more: Partial<LadderStepReport> = {}): LadderStepReport => ({
  time: new Date(START_MS + seconds * 1000).toISOString(),
  frame: 1,
  from: 'a',
  to: 'b',
  label,
  ...more,
})
const callOf = (ladder: readonly LadderStepReport[]) => ({ ladder }) as unknown as Call

test('of the signalling there are INVITE, answer, re-INVITE, refusals and BYE, each once for all hops', () => {
  const ladder = [
    step('INVITE', 0),
    step('INVITE', 0.1),
    step('INVITE', 0.5, { repeated: true }),
    step('100 Trying (INVITE)', 0.2),
    step('180 Ringing (INVITE)', 1),
    step('200 OK (INVITE)', 3),
    step('ACK', 3.1),
    step('INVITE', 20),
    step('488 Not Acceptable Here (INVITE)', 20.2),
    step('BYE', 30),
    step('200 OK (BYE)', 30.1),
  ]
  const events = eventsOf(callOf(ladder)).map(({ ms, text }) => [text, (ms - START_MS) / 1000])
  expect(events).toEqual([
    ['INVITE', 0],
    ['answer', 3],
    ['re-INVITE', 20],
    ['488', 20.2],
    ['BYE', 30],
  ])
})

test('texts that would touch have lines of their own, and none where there is no room', () => {
  const axis = timeAxis([START_MS, START_MS + 10_000], 0, 400)
  const at = (text: string, seconds: number) => ({ ms: START_MS + seconds * 1000, text })
  const placed = placeEvents(
    [at('INVITE', 0), at('answer', 0.2), at('UPDATE', 0.4), at('REFER', 0.6), at('BYE', 10)],
    axis,
  )
  expect(placed.map(({ line, anchor }) => [line, anchor])).toEqual([
    [0, 'start'],
    [1, 'start'],
    [2, 'start'],
    [-1, 'start'],
    [0, 'end'],
  ])
})

test('RTCP stands behind the RTP of its sender', () => {
  const of = (id: string, more: object) => streamOf({ packets: [1] }, { id, ...more })
  const streams = [
    of('c', { kind: 'rtcp', ssrc: '2', src: '198.51.100.20:20001' }),
    of('a', { ssrc: '1' }),
    of('b', { ssrc: '2', src: '198.51.100.20:20000' }),
    of('d', { kind: 'rtcp', ssrc: '1', src: '203.0.113.10:16385' }),
    of('e', { kind: 'rtcp', ssrc: '9' }),
  ]
  expect(inOrder(streams).map(({ id }) => id)).toEqual(['a', 'd', 'b', 'c', 'e'])
})
