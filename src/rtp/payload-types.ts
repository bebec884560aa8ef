import { grown } from '../bytes/grown-list.ts'
import { I } from './stream-record.ts'
import type { StreamTable } from './stream-table.ts'

/** The payload types of a stream's packets, in ascending order. */
export function payloadTypesOf(table: StreamTable, id: number): readonly number[] {
  const { ints } = table
  const i = table.intsAt(id) + I.PayloadTypes
  let types: readonly number[] = NO_TYPES
  for (let word = 0; word < 4; word++) {
    for (let bits = ints[i + word]; bits !== 0; bits &= bits - 1) {
      types = grown(types, word * 32 + 31 - Math.clz32(bits & -bits))
    }
  }
  return types
}

const NO_TYPES: readonly number[] = []

/** PCMU, PCMA and comfort noise (RFC 3551 §6), in the first word of 32 types. */
const G711 = (1 << 0) | (1 << 8) | (1 << 13)

/** Whether all of a stream's packets are of the static types of G.711. */
export function isG711Alone(ints: Int32Array, at: number): boolean {
  const [first, ...others] = ints.subarray(at + I.PayloadTypes, at + I.PayloadTypes + 4)
  return (first & ~G711) === 0 && others.every((word) => word === 0)
}
