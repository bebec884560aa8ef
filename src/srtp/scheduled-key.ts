/** A key that was agreed for a sender, and when. */
export interface ScheduledKey {
  /** Number in the key table. */
  readonly key: number
  /**
   * Keys of one agreement are alternatives (several lines, several MKIs); a later agreement of the same dialog has a
   * higher number.
   */
  readonly agreement: number
  /** Positions from which on and until which (exclusive) the key is agreed. */
  readonly from: number
  readonly until: number
  /** Earlier agreements' keys are no longer agreed after this time in µs: 2 s after the answer. */
  readonly replacesUs: number
  /** Rollover counter that the first packet is expected under. */
  readonly roc: number
}
