import { expect, test } from 'vitest'
import { Remembered } from '../../src/bytes/remembered.ts'

test('what was made of a key is made once, until there is no room for more or it is told to forget', () => {
  const remembered = new Remembered<string, string[]>(2)
  const made: string[] = []
  const of = (key: string) =>
    remembered.of(key, () => {
      made.push(key)
      return [key]
    })
  expect(of('a')).toBe(of('a'))
  of('b')
  expect(made).toEqual(['a', 'b'])
  of('c')
  of('a')
  expect(made).toEqual(['a', 'b', 'c', 'a'])
  remembered.clear()
  of('a')
  expect(made).toHaveLength(5)
})
