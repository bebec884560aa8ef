/** Why a trace was not read to its end, or a part of it not judged; what came before is whole. */
export interface Breakage {
  readonly cause: unknown
  /** An offset in the trace's octets. */
  readonly atByte: number
  /** Signalling was heard up to this position only, though packets behind it were met; absent where all was heard. */
  readonly heardUntil?: number
}

/** What is worth a report where a pass ends before its trace. */
export interface Salvage {
  /** What came before a fault of the main thread itself. */
  readonly own: boolean
  /**
   * What came before a thread of the pool died, or a source could not be read on. Else the pass fails: what can be read again is
   * done again without the pool, and of a set nothing is said where one of it cannot be read.
   */
  readonly threads: boolean
}
