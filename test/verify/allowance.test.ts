import { expect, test } from 'vitest'
import { Allowance } from '../../src/verify/judgement/allowance.ts'

test('a stream has what its octets pay for, and of what is free the first ones take what they need', () => {
  const allowance = new Allowance(10, 1000)
  expect(allowance.of(8, 2500)).toBe(8)
  expect(allowance.of(8, 999)).toBe(4)
  expect(allowance.of(8, 999)).toBe(0)
  expect(allowance.of(8, 3000)).toBe(3)
  expect(allowance.of(8, 1e9)).toBe(8)
})
