/** A gap in which neither side sends anything is kept up to an hour; a longer one becomes a second. */
const LONGEST_GAP_US = 3600e6
const CUT_GAP_US = 1e6

/** Gaps of over a second together, in a call: half a day. What is more becomes a second each time. */
const MOST_GAPS_US = 12 * 3600e6

/**
 * The time of a call, from its first packet on. The capture's clock says it, within bounds: whoever wrote the capture may
 * let packets be years apart, or go back in time.
 */
export class CallClock {
  /** Of the capture, when the call began. */
  readonly startUs: number
  /** Gaps that were shortened, and steps back in time that were left out. */
  cuts = 0
  /** What the call's time lags behind the capture's. */
  #cutUs = 0
  #lastUs = 0
  #gapsUs = 0

  constructor(startUs: number) {
    this.startUs = startUs
  }

  /** Microseconds since the call's first packet; a little before it, where packets are not quite in order of time. */
  elapsed(timestampUs: number): number {
    let elapsedUs = timestampUs - this.startUs - this.#cutUs
    const gapUs = elapsedUs - this.#lastUs
    if (Math.abs(gapUs) > CUT_GAP_US) {
      const isKept = gapUs > 0 && gapUs <= LONGEST_GAP_US && this.#gapsUs + gapUs <= MOST_GAPS_US
      if (isKept) this.#gapsUs += gapUs
      else {
        this.cuts++
        elapsedUs = this.#lastUs + (gapUs > 0 ? CUT_GAP_US : 0)
        this.#cutUs = timestampUs - this.startUs - elapsedUs
      }
    }
    this.#lastUs = Math.max(this.#lastUs, elapsedUs)
    return elapsedUs
  }
}
