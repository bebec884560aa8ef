import { expect, test } from 'vitest'
import { greatest } from '../../src/bytes/greatest.ts'

test('the greatest of more numbers than a function takes as arguments', () => {
  const numbers = Array.from({ length: 1_000_000 }, (_, n) => n)
  expect(() => Math.max(...numbers)).toThrow(RangeError)
  expect(greatest(numbers, 0)).toBe(999_999)
})

test('never less than the least', () => {
  expect(greatest([], -1)).toBe(-1)
  expect(greatest([-3, -2], Number.NEGATIVE_INFINITY)).toBe(-2)
  expect(greatest([1, 2], 5)).toBe(5)
})
