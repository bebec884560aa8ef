import { expect, test } from 'vitest'
import { Rollover } from '../../src/verify/second-pass/rollover.ts'

/** Packets that verified, as pairs of rollover counter and sequence number; frames begin at 1. */
function changesOf(packets: readonly (readonly [roc: number, sequence: number])[], start = 0) {
  const rollover = new Rollover()
  packets.forEach(([roc, sequence], n) => {
    rollover.verified(roc, sequence, start, { position: n, frame: n + 1, timeUs: n })
  })
  return rollover.changes.map(({ kind, expected, found, frame, packets: count }) => [
    kind,
    expected,
    found,
    frame,
    count,
  ])
}

const run = (roc: number, first: number, count: number) =>
  Array.from({ length: count }, (_, n) => [roc, first + n] as const)

test('a counter that goes on is none (RFC 3711 §3.3.1)', () => {
  expect(changesOf([...run(0, 65_530, 6), ...run(1, 0, 10)])).toEqual([])
  expect(changesOf([...run(4, 10, 10)], 4)).toEqual([])
})

test('packets that overtake one another around the wrap are none', () => {
  expect(changesOf([...run(0, 65_530, 4), [1, 0], [0, 65_534], [1, 1], [0, 65_535], [1, 2], [1, 3]])).toEqual([])
})

test('nor is a gap of more than half the sequence numbers', () => {
  expect(changesOf([...run(0, 10, 5), ...run(0, 50_000, 5), ...run(3, 7, 5)])).toEqual([])
})

test('one that starts elsewhere, stands still, or goes back', () => {
  expect(changesOf(run(3, 10, 5))).toEqual([['offset', 0, 3, 1, 5]])
  expect(changesOf([...run(2, 65_530, 6), ...run(2, 0, 10)], 2)).toEqual([['not-advanced', 3, 2, 7, 10]])
  expect(changesOf([...run(2, 40_000, 6), ...run(0, 40_006, 10)], 2)).toEqual([['reset', 2, 0, 7, 10]])
})

test('a sequence number that starts anew with its counter is a reset, not a wrap', () => {
  expect(changesOf([...run(0, 50_000, 6), ...run(0, 8, 10)])).toEqual([['reset', 1, 0, 7, 10]])
})

test('two old packets are no reset, three in a row are', () => {
  const old = run(0, 500, 3)
  expect(changesOf([...run(1, 100, 5), ...old.slice(0, 2), ...run(1, 105, 5)], 1)).toEqual([])
  expect(changesOf([...run(1, 600, 5), ...old], 1)).toEqual([['reset', 1, 0, 6, 3]])
})
