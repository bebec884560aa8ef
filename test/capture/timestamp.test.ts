import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecordCursor } from '../../src/capture/record.ts'
import { setTimestamp } from '../../src/capture/timestamp.ts'

/** Seconds and nanoseconds by big integers: ticks / perSecond, rounded down to a nanosecond. */
function exact(ticks: bigint, perSecond: bigint): { seconds: number; nanoseconds: number } {
  const nanoseconds = (ticks * 1_000_000_000n) / perSecond
  return { seconds: Number(nanoseconds / 1_000_000_000n), nanoseconds: Number(nanoseconds % 1_000_000_000n) }
}

function read(ticks: bigint, resolution: number, offset = 0): { seconds: number; nanoseconds: number } {
  const cursor = createRecordCursor()
  setTimestamp(cursor, Number(ticks >> 32n), Number(ticks & 0xffffffffn), resolution, offset)
  return { seconds: cursor.seconds, nanoseconds: cursor.nanoseconds }
}

const ticks = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: (1n << 53n) - 5_000_000_000n, max: (1n << 53n) + 5_000_000_000n }),
  fc.nat(100).chain((n) => fc.bigInt({ min: 0n, max: 63n }).map((bits) => (1n << bits) + BigInt(n) - 1n)),
)

test('pcapng §4.2 if_tsresol: powers of ten are exact to the nanosecond', () => {
  fc.assert(
    fc.property(ticks, fc.integer({ min: 0, max: 40 }), (count, digits) => {
      expect(read(count, digits)).toEqual(exact(count, 10n ** BigInt(digits)))
    }),
    { numRuns: 3000 },
  )
})

test('pcapng §4.2 if_tsresol: powers of two are exact to the nanosecond', () => {
  fc.assert(
    fc.property(ticks, fc.integer({ min: 0, max: 127 }), (count, bits) => {
      expect(read(count, 0x80 + bits)).toEqual(exact(count, 1n << BigInt(bits)))
    }),
    { numRuns: 3000 },
  )
})

test('pcapng §4.2: the example of a second boundary, and if_tsoffset added', () => {
  expect(read(1_700_000_000_999_999n, 6)).toEqual({ seconds: 1_700_000_000, nanoseconds: 999_999_000 })
  expect(read(1_700_000_000_999_999_999n, 9)).toEqual({ seconds: 1_700_000_000, nanoseconds: 999_999_999 })
  expect(read(5n, 0, -10)).toEqual({ seconds: -5, nanoseconds: 0 })
})
