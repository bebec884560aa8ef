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
