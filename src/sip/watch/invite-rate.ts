import type { FrameRef } from '../../bytes/frame-ref.ts'

/** A second in milliseconds, which is how finely it slides. */
const WINDOW = 1000

/**
 * How many INVITEs one source sent in any sliding second, at most: exact to the millisecond, and never too high, for the
 * milliseconds counted together span less than a second. Whatever the rate, 4,000 octets, and none for who calls rarely.
 */
export class InviteRate {
  invites = 0
  firstAt: FrameRef | undefined
  peak = 0
  /** The frame that made the peak. */
  peakAt: FrameRef | undefined
  #last = Number.NEGATIVE_INFINITY
  #inWindow = 0
  #buckets: Uint32Array | undefined

  reset(): void {
    this.invites = 0
    this.firstAt = undefined
    this.peak = 0
    this.peakAt = undefined
    this.#last = Number.NEGATIVE_INFINITY
    this.#inWindow = 0
  }

  count(at: FrameRef): void {
    this.invites++
    this.firstAt ??= at
    const now = Math.floor(at.timeUs / 1000)
    // Far back in time another clock begins; a little back is disorder.
    if (now - this.#last >= WINDOW || this.#last - now >= WINDOW) this.#begin(now)
    else this.#add(now)
    if (this.#inWindow > this.peak) {
      this.peak = this.#inWindow
      this.peakAt = at
    }
  }

  #begin(now: number): void {
    this.#last = now
    this.#inWindow = 1
    if (this.#buckets === undefined) return
    this.#buckets.fill(0)
    this.#buckets[placeOf(now)] = 1
  }

  #add(now: number): void {
    if (this.#buckets === undefined) {
      this.#buckets = new Uint32Array(WINDOW)
      this.#buckets[placeOf(this.#last)] = this.#inWindow
    }
    const buckets = this.#buckets
    for (let each = this.#last + 1; each <= now; each++) {
      const place = placeOf(each)
      this.#inWindow -= buckets[place]
      buckets[place] = 0
    }
    if (now > this.#last) this.#last = now
    buckets[placeOf(now)]++
    this.#inWindow++
  }
}

function placeOf(millisecond: number): number {
  return ((millisecond % WINDOW) + WINDOW) % WINDOW
}
