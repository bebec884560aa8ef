import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeavyHitters } from '../../../src/sip/watch/heavy-hitters.ts'

class Marks {
  renewed = 0

  reset(): void {
    this.renewed++
  }
}

test('counts exactly as long as there is room', () => {
  const hitters = new HeavyHitters(4, () => new Marks())
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) hitters.count(key)
  expect(hitters.list().map(({ key, count, missed }) => [key, count, missed])).toEqual([
    ['a', 3, 0],
    ['b', 2, 0],
    ['c', 1, 0],
  ])
})

test('keeps whoever makes up more than his share, whatever is forged around him', () => {
  const hitters = new HeavyHitters(8, () => new Marks())
  for (let n = 0; n < 10_000; n++) {
    hitters.count(`forged ${n}`)
    if (n % 4 === 0) hitters.count('steady')
  }
  expect(hitters.list()).toHaveLength(8)
  expect(hitters.find('steady')).toBeDefined()
})

test('never counts too little, and by no more than it says too much', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { size: 'max', maxLength: 400 }), (keys) => {
      const hitters = new HeavyHitters(8, () => new Marks())
      const truth = new Map<string, number>()
      for (const key of keys.map(String)) {
        hitters.count(key)
        truth.set(key, (truth.get(key) ?? 0) + 1)
      }
      const list = hitters.list()
      expect(list.length).toBe(Math.min(8, truth.size))
      for (const { key, count, missed } of list) {
        expect(count).toBeGreaterThanOrEqual(truth.get(key) ?? 0)
        expect(count - missed).toBeLessThanOrEqual(truth.get(key) ?? 0)
      }
    }),
  )
})
