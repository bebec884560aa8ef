import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NumberIndex } from '../../src/bytes/number-index.ts'

const whole = fc.oneof(
  fc.nat(20),
  fc.maxSafeNat(),
  fc.nat(2 ** 20).map((n) => n * 2 ** 32),
)

describe('numbers by their places', () => {
  test('a number has the place in which it first came, as a Map has it', () => {
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 3000, size: 'max' }), (numbers) => {
        const index = new NumberIndex()
        const places = new Map<number, number>()
        for (const number of numbers) {
          expect(index.placeOf(number)).toBe(places.get(number) ?? -1)
          if (!places.has(number)) places.set(number, places.size)
          expect(index.add(number)).toBe(places.get(number))
        }
        expect(index.size).toBe(places.size)
        for (const [number, place] of places) {
          expect(index.placeOf(number)).toBe(place)
          expect(index.at(place)).toBe(number)
        }
      }),
      { numRuns: 50 },
    )
  })

  test.each([
    ['that follow one another', 1],
    ['whose lower 32 bits are the same', 2 ** 32],
    ['of few bits', 2 ** 33],
  ])('100,000 numbers %s cost no more than others', (_, step) => {
    const index = new NumberIndex()
    const numbers = Array.from({ length: 100_000 }, (_, n) => n * step)
    for (const number of numbers) index.add(number)
    // Were many to lie side by side it would take minutes.
    expect(numbers.findIndex((number, n) => index.placeOf(number) !== n)).toBe(-1)
  })
})
