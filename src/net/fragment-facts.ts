import type { Dropped } from '../limits/limits.ts'

/** Counters of a fragment table, as doubles in its shared memory. */
export const Fact = {
  Fragments: 0,
  Reassembled: 1,
  Repeated: 2,
  Malformed: 3,
  Expired: 4,
  Evicted: 5,
  Pending: 6,
  OutOfRoom: 7,
  InTooManyPieces: 8,
} as const
export const FACTS = 9

export interface FragmentFacts {
  readonly fragments: number
  /** Datagrams that became whole. */
  readonly reassembled: number
  /** Fragments that brought no octet that was not there. */
  readonly repeated: number
  /** Fragments whose offset or length contradicts the others or the limits of IP. */
  readonly malformed: number
  /** Datagrams that still wait. */
  readonly pending: number
  /** Datagrams that were given up. */
  readonly dropped: Dropped
}

export function readFacts(facts: Float64Array): FragmentFacts {
  return {
    fragments: facts[Fact.Fragments],
    reassembled: facts[Fact.Reassembled],
    repeated: facts[Fact.Repeated],
    malformed: facts[Fact.Malformed],
    pending: facts[Fact.Pending],
    dropped: {
      fragmentedDatagrams: facts[Fact.Evicted],
      fragmentPieces: facts[Fact.OutOfRoom],
      piecesOfDatagram: facts[Fact.InTooManyPieces],
      fragmentSeconds: facts[Fact.Expired],
    },
  }
}
