import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InviteRate } from '../../../src/sip/watch/invite-rate.ts'

function rateOf(milliseconds: readonly number[]): InviteRate {
  const rate = new InviteRate()
  for (const [n, ms] of milliseconds.entries()) {
    rate.count({ position: n, capture: 0, frame: n + 1, timeUs: ms * 1000 })
  }
  return rate
}

test('slides: what straddles two seconds of the clock is seen', () => {
  const times = [...Array(300).keys()].map((n) => 700 + n).concat([...Array(300).keys()].map((n) => 1000 + n))
  expect(rateOf(times).peak).toBe(600)
  expect(rateOf(times).peakAt?.frame).toBe(600)
})

test('what is a second apart is not of one second', () => {
  expect(rateOf([0, 1000, 2000]).peak).toBe(1)
  expect(rateOf([0, 999, 1000]).peak).toBe(2)
})

test('is what counting by hand gives', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4000 }), { size: 'max', maxLength: 300 }), (times) => {
      const sorted = times.sort((a, b) => a - b)
      const peak = Math.max(0, ...sorted.map((end) => sorted.filter((t) => t <= end && t > end - 1000).length))
      expect(rateOf(sorted).peak).toBe(peak)
    }),
  )
})

test('a clock that is set back begins anew', () => {
  const rate = rateOf([5000, 5001, 10, 11, 12])
  expect(rate.peak).toBe(3)
  expect(rate.invites).toBe(5)
})
