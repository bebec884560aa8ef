import { describe, expect, test } from 'vitest'
import type { OrderedFrame } from '../../src/audio/rtp-frame.ts'
import { SequenceOrder } from '../../src/audio/sequence-order.ts'

/** Pushes numbers 20 ms apart, or at the millisecond that stands beside them. */
function ordered(numbers: readonly (number | readonly [sequence: number, ms: number])[]) {
  const tally = { late: 0, duplicates: 0, missing: 0 }
  const emitted: number[] = []
  const order = new SequenceOrder(tally, ({ sequence, payload }) => {
    expect(payload[0]).toBe(sequence & 0xff)
    emitted.push(sequence)
  })
  const payload = new Uint8Array(1)
  numbers.forEach((one, i) => {
    const [sequence, ms] = typeof one === 'number' ? [one, i * 20] : one
    payload[0] = sequence & 0xff
    order.push({ sequence, elapsedUs: ms * 1000, payload } as unknown as OrderedFrame)
  })
  order.end()
  return { emitted, ...tally }
}

describe('the frames of a stream', () => {
  test('in order go through at once', () => {
    expect(ordered([65534, 65535, 65536, 65537])).toEqual({
      emitted: [65534, 65535, 65536, 65537],
      late: 0,
      duplicates: 0,
      missing: 0,
    })
  })

  test('that were overtaken are put back in their place, though the reader uses its buffer again', () => {
    expect(ordered([1, 3, 4, 2, 5])).toMatchObject({ emitted: [1, 2, 3, 4, 5], missing: 0, late: 0 })
  })

  test('twice are heard once, those that wait too', () => {
    expect(ordered([1, 2, 2, 4, 4, 3, 3, 1])).toMatchObject({ emitted: [1, 2, 3, 4], duplicates: 4, late: 0 })
  })

  test('that never come are missing, and hold up the others for 200 ms', () => {
    const { emitted, missing } = ordered([
      [1, 0],
      [3, 20],
      [4, 40],
      [6, 219],
    ])
    expect([emitted, missing]).toEqual([[1, 3, 4, 6], 2])
    const released: number[] = []
    const order = new SequenceOrder({ late: 0, duplicates: 0, missing: 0 }, ({ sequence }) => released.push(sequence))
    const frame = { elapsedUs: 0, payload: new Uint8Array(0) } as unknown as OrderedFrame
    order.push({ ...frame, sequence: 1 })
    order.push({ ...frame, sequence: 3 })
    order.release(200_000)
    expect(released).toEqual([1])
    order.release(200_001)
    expect(released).toEqual([1, 3])
  })

  test('that come after that are late, and missing no more', () => {
    expect(
      ordered([
        [1, 0],
        [3, 20],
        [4, 300],
        [2, 310],
        [2, 320],
        [5, 330],
      ]),
    ).toEqual({
      emitted: [1, 3, 4, 5],
      late: 1,
      duplicates: 1,
      missing: 0,
    })
  })

  test('of a sender that begins anew are taken from its second on (RFC 3550 Appendix A.1)', () => {
    expect(ordered([5000, 5001, 5002, 7, 8, 9])).toMatchObject({ emitted: [5000, 5001, 5002, 8, 9] })
  })

  test('far ahead wait in bounded memory', () => {
    const { emitted, missing } = ordered([
      [1, 0],
      ...Array.from({ length: 300 }, (_, i) => [2 ** 40 + 2 * i, 1] as const),
    ])
    expect(emitted).toHaveLength(301)
    expect(missing).toBe(2 ** 40 - 2 + 299)
  })
})
