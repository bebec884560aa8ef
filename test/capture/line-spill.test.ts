import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSpill } from '../../src/capture/line-spill.ts'

test('lines come back as they were, in their order, however often and whenever they are read', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.nat(400_000).map((length) => 'ü'.repeat(length)),
  )
  const lines = fc.array(
    line.map((text) => text.replaceAll('\n', ' ')),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(lines, lines, (first, second) => {
      const spill = new LineSpill()
      for (const one of first) spill.append(one)
      expect([...spill]).toEqual(first.map(asWritten))
      for (const one of second) spill.append(one)
      expect([...spill]).toEqual([...first, ...second].map(asWritten))
      expect([...spill]).toHaveLength(spill.length)
      expect(spill.refused).toBe(0)
    }),
    { numRuns: 30 },
  )
})

/** UTF-8 has no lone surrogates. */
function asWritten(text: string): string {
  return Buffer.from(text).toString()
}
