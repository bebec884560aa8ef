import { I } from './stream-record.ts'
import type { StreamTable } from './stream-table.ts'

/** Packets lost: expected less received, copies not counted twice (RFC 3550 A.3). */
export function lostPackets(table: StreamTable, id: number): number {
  const i = table.intsAt(id)
  const { ints } = table
  const expected = ints[i + I.ExpectedBefore] + ints[i + I.HighestSequence] - ints[i + I.BaseSequence] + 1
  const received = ints[i + I.Packets] - ints[i + I.Duplicates] - ints[i + I.CaptureDuplicates]
  return Math.max(0, expected - received)
}
