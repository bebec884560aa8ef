import { describe, expect, test } from 'vitest'
import { A_LAW, decodeG711, MU_LAW } from '../../src/audio/g711.ts'
import { amplitudeAt, sine, speechEncoders } from './tone.ts'

describe('G.711', () => {
  test('table 2: µ-law begins each segment where it should, and its steps double', () => {
    for (let segment = 0; segment < 8; segment++) {
      const values = Array.from({ length: 16 }, (_, step) => MU_LAW[~((segment << 4) | step) & 0xff] / 4)
      const step = 2 ** (segment + 1)
      // 14 bits: 33 * 2^segment less the bias of 33.
      expect(values).toEqual(Array.from({ length: 16 }, (_, n) => 33 * 2 ** segment - 33 + n * step))
    }
    expect([MU_LAW[0x80], MU_LAW[0x00], MU_LAW[0xff], MU_LAW[0x7f]]).toEqual([32124, -32124, 0, 0])
  })

  test('table 1: A-law in 13 bits: the middle of each interval', () => {
    for (let segment = 0; segment < 8; segment++) {
      const values = Array.from({ length: 16 }, (_, step) => A_LAW[(0x80 | (segment << 4) | step) ^ 0x55] / 8)
      const width = segment < 2 ? 2 : 2 ** segment
      const low = segment === 0 ? 0 : 32 * 2 ** (segment - 1)
      expect(values).toEqual(Array.from({ length: 16 }, (_, n) => low + n * width + width / 2))
    }
    expect([A_LAW[0xd5], A_LAW[0x55], A_LAW[0xaa], A_LAW[0x2a]]).toEqual([8, -8, 32256, -32256])
  })

  test.each([
    ['µ-law', MU_LAW],
    ['A-law', A_LAW],
  ] as const)('%s is odd: the sign bit alone turns the sign', (_, table) => {
    for (let code = 0; code < 128; code++) expect(table[code]).toBe(-table[code | 0x80] + 0)
  })

  test.each(['PCMU', 'PCMA'] as const)('a sine through %s stays one', (codec) => {
    const table = codec === 'PCMU' ? MU_LAW : A_LAW
    const decoded = decodeG711(table, speechEncoders[codec]().encode(sine(1000, 8000, 0, 8000)))
    expect(amplitudeAt(1000, decoded, 8000)).toBeCloseTo(10_000, -2)
    expect(amplitudeAt(1100, decoded, 8000)).toBeLessThan(50)
  })
})
