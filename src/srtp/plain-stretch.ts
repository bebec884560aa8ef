/** A stretch of a keyed stream's session that was agreed to be in the clear: RTP/AVP(F) without keying. */
export interface PlainStretch {
  /** Position from which on; at the latest this time in µs. */
  readonly from: number
  readonly untilUs: number
}
