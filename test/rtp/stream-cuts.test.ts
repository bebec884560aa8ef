import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flowKey, newTable } from './rtp-packets.ts'

/** Flows and where they are cut. */
const CUTS = fc.uniqueArray(
  fc.record({
    ssrc: fc.integer({ min: 0, max: 40 }),
    positions: fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
  }),
  { maxLength: 12, selector: ({ ssrc }) => ssrc },
)

test('a stream that is cut is another one from each of the positions on', () => {
  fc.assert(
    fc.property(CUTS, fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 400 }), (cuts, packets) => {
      const table = newTable(400, 7)
      const sorted = cuts.flatMap(({ ssrc, positions }) => {
        const first = packets.indexOf(ssrc)
        const behind = positions.filter((position) => position > first).sort((a, b) => a - b)
        return first < 0 || behind.length === 0 ? [] : [{ ssrc, positions: behind }]
      })
      table.cutAt(sorted.map(({ ssrc, positions }) => [flowKey(ssrc), positions]))
      const numbers = new Map<string, number>()
      const met = packets.map((ssrc, position) => {
        const cut = sorted.find((one) => one.ssrc === ssrc)?.positions.filter((one) => one <= position).length ?? 0
        const name = `${ssrc} ${cut}`
        if (!numbers.has(name)) numbers.set(name, numbers.size)
        return { ssrc, position, number: numbers.get(name) }
      })
      for (const { ssrc, position, number } of met) expect(table.findOrAdd(flowKey(ssrc), position)).toBe(number)
      expect(table.count).toBe(numbers.size)
      for (const { ssrc, position, number } of met) expect(table.find(flowKey(ssrc), position)).toBe(number)
    }),
  )
})

test('through the growth of the index', () => {
  const table = newTable(5000, 7)
  table.cutAt([[flowKey(3), [10, 2000]]])
  expect([0, 9, 10, 1999].map((position) => table.findOrAdd(flowKey(3), position))).toEqual([0, 0, 1, 1])
  for (let n = 0; n < 3000; n++) expect(table.findOrAdd(flowKey(n + 100), 1999)).toBe(n + 2)
  expect(table.findOrAdd(flowKey(3), 2000)).toBe(3002)
  expect([0, 10, 5000].map((position) => table.find(flowKey(3), position))).toEqual([0, 1, 3002])
  expect(table.find(flowKey(4), 0)).toBe(-1)
})

test('a table that is full has no room for what goes on, and counts it', () => {
  const table = newTable(2, 7)
  table.cutAt([[flowKey(3), [10]]])
  expect([table.findOrAdd(flowKey(3), 0), table.findOrAdd(flowKey(4), 1)]).toEqual([0, 1])
  expect([table.findOrAdd(flowKey(3), 10), table.refused]).toEqual([-1, 1])
  expect(table.find(flowKey(3), 10)).toBe(-1)
})

test('the last of thousands of calls in turn is found as fast as the first', () => {
  const cuts = 6000
  const table = newTable(cuts + 1, 7)
  table.cutAt([[flowKey(3), Array.from({ length: cuts }, (_, n) => n + 1)]])
  for (let n = 0; n <= cuts; n++) expect(table.findOrAdd(flowKey(3), n)).toBe(n)
  const took = (position: number) => {
    const start = performance.now()
    for (let n = 0; n < 20_000; n++) table.find(flowKey(3), position)
    return performance.now() - start
  }
  took(0)
  expect(took(cuts)).toBeLessThan(10 * took(0) + 20)
})
