import { describe, expect, test } from 'vitest'
import { ChangeOver } from '../../src/verify/second-pass/change-over.ts'

describe('which agreement a packet was sent under, at the oldest', () => {
  test('packets numbered before the first of the new key may be of the old one', () => {
    const changeOver = new ChangeOver(0)
    changeOver.verified(8, 1000)
    expect([999, 950, 900].map((sequence) => changeOver.oldest(sequence))).toEqual([0, 0, 0])
    expect([1000, 1001, 40_000].map((sequence) => changeOver.oldest(sequence))).toEqual([8, 8, 8])
  })

  test('what is numbered far before is not on its way any more', () => {
    const changeOver = new ChangeOver(0)
    changeOver.verified(8, 1000)
    expect(changeOver.oldest(800)).toBe(8)
  })

  test('the sequence number wraps (RFC 3711 §3.3.1)', () => {
    const changeOver = new ChangeOver(0)
    changeOver.verified(8, 2)
    expect([1, 65_535, 65_500].map((sequence) => changeOver.oldest(sequence))).toEqual([0, 0, 0])
  })

  test('RTCP, which has no such number, goes by the new agreement at once; no one changes back', () => {
    const changeOver = new ChangeOver(0)
    changeOver.verified(8, -1)
    changeOver.verified(0, -1)
    expect(changeOver.oldest(-1)).toBe(8)
  })
})
