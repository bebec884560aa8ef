/** A time in which a stream's sender may have gone by an agreement that is not in the capture. */
export interface UnseenStretch {
  /** Its place among the agreements, as `ScheduledKey.agreement`. */
  readonly agreement: number
  /** Position of the frame that it begins with. */
  readonly from: number
  readonly untilUs: number
  /** It was before all others: a packet that verifies under one of these ends it. */
  readonly isFirst: boolean
  /** Its descriptions are in the capture, with masks in the place of the sender's keys. */
  readonly isMasked: boolean
}
