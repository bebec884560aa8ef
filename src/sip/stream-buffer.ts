const SMALLEST = 4096

/** The largest array that is kept for the next stream that needs one. */
const LARGEST_SPARE = 16 * SMALLEST
const NONE = new Uint8Array(0)

/** The array of a stream that has used up all: tens of thousands of silent streams are to cost no memory. */
let spare: Uint8Array = NONE

/** Octets of a stream that are not used up yet, in one growing array. All positions are indices into `bytes`. */
export class StreamBuffer {
  bytes: Uint8Array = NONE
  /** First octet still needed, and one past the last. */
  start = 0
  end = 0

  /**
   * Adds octets. Returns by how much the kept octets moved towards 0, which every position held elsewhere must follow.
   * They move only when they fill half of the array at most, so that all moves together cost no more than what is added.
   */
  append(octets: Uint8Array): number {
    if (this.bytes === NONE) {
      this.bytes = spare
      spare = NONE
    }
    if (this.end + octets.length <= this.bytes.length) return this.#add(octets, 0)
    const live = this.end - this.start
    const moved = this.start
    let target = this.bytes
    if (live + octets.length > this.bytes.length / 2) {
      let capacity = Math.max(SMALLEST, this.bytes.length)
      while (capacity < 2 * (live + octets.length)) capacity *= 2
      target = new Uint8Array(capacity)
    }
    if (target === this.bytes) target.copyWithin(0, this.start, this.end)
    else target.set(this.bytes.subarray(this.start, this.end))
    this.bytes = target
    this.start = 0
    this.end = live
    return this.#add(octets, moved)
  }

  /** Forgets all octets, and leaves the array to the next stream that needs one. */
  clear(): void {
    if (this.bytes.length > spare.length && this.bytes.length <= LARGEST_SPARE) spare = this.bytes
    this.bytes = NONE
    this.start = 0
    this.end = 0
  }

  #add(octets: Uint8Array, moved: number): number {
    this.bytes.set(octets, this.end)
    this.end += octets.length
    return moved
  }
}
