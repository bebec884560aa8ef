import { expect, test } from 'vitest'
import { OldestFirst } from '../../src/bytes/oldest-first.ts'

/** Counts how often it is walked from its beginning. */
class CountedMap extends Map<number, string> {
  walks = 0

  override keys(): MapIterator<number> {
    this.walks++
    return super.keys()
  }
}

test('what gives way is the oldest that is still there, and the table is walked once for many', () => {
  const table = new CountedMap()
  const oldest = new OldestFirst(table)
  const given: (number | undefined)[] = []
  for (let key = 0; key < 10_000; key++) {
    table.set(key, '')
    if (key % 7 === 3) table.delete(key)
    if (table.size <= 100) continue
    const one = oldest.take()
    given.push(one)
    table.delete(one as number)
  }
  expect(given.every((key, n) => n === 0 || (key as number) > (given[n - 1] as number))).toBe(true)
  expect(given.some((key) => (key as number) % 7 === 3)).toBe(false)
  expect(table.size).toBe(100)
  expect(table.walks).toBeLessThan(given.length / 50)
})

test('nothing, where the table is empty; what comes later, afterwards', () => {
  const table = new Map<string, number>()
  const oldest = new OldestFirst(table)
  expect(oldest.take()).toBeUndefined()
  table.set('one', 1)
  expect(oldest.take()).toBe('one')
})

test('what was used again is the youngest, though it was among the oldest that were looked up', () => {
  const table = new Map<string, number>(['one', 'two', 'three'].map((key, n) => [key, n]))
  const oldest = new OldestFirst(table)
  const give = () => {
    const key = oldest.take() as string
    table.delete(key)
    return key
  }
  expect(give()).toBe('one')
  table.delete('two')
  table.set('two', 2)
  oldest.renewed('two')
  expect([give(), give()]).toEqual(['three', 'two'])
})
