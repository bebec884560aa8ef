import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateRoc } from '../../src/srtp/packet-index.ts'

const sequenceNumber = fc.nat(0xffff)

test('RFC 3711 Appendix A: the estimate is the nearest of the three candidates', () => {
  fc.assert(
    fc.property(sequenceNumber, sequenceNumber, fc.nat(0xffffffff), (sequence, highest, roc) => {
      const distance = (candidate: number) => Math.abs(candidate * 65536 + sequence - (roc * 65536 + highest))
      const estimate = estimateRoc(sequence, highest, roc)
      expect([roc - 1, roc, roc + 1]).toContain(estimate)
      for (const other of [roc - 1, roc, roc + 1]) expect(distance(estimate)).toBeLessThanOrEqual(distance(other))
    }),
    { numRuns: 2000 },
  )
})

test('RFC 3711 §3.3.1: a stream in order is followed over every wrap', () => {
  let roc = 0
  let highest = 0xfff0
  for (let index = 0xfff0; index < 0x40000; index += 37) {
    roc = estimateRoc(index & 0xffff, highest, roc)
    highest = index & 0xffff
    expect(roc).toBe(Math.floor(index / 65536))
  }
})

test.each([
  ['exactly half ahead stays', 0x8000, 0, 5, 5],
  ['one more than half ahead is from before the wrap', 0x8001, 0, 5, 4],
  ['exactly half behind stays', 0, 0x8000, 5, 5],
  ['one more than half behind has wrapped', 0, 0x8001, 5, 6],
  ['late packet of the wrap before', 0xffff, 0, 1, 0],
  ['from before the first rollover counter', 0xffff, 0, 0, -1],
])('RFC 3711 Appendix A: %s', (_, sequence, highest, roc, expected) => {
  expect(estimateRoc(sequence, highest, roc)).toBe(expected)
})
