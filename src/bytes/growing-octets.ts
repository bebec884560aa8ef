const SMALLEST = 256

/** Octets that come in any number of pieces: what they take grows with them, and not with their number. */
export class GrowingOctets {
  #octets: Uint8Array = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Octets of memory that they take. */
  get capacity(): number {
    return this.#octets.length
  }

  /** Adds a copy of `piece`, and returns the copy, which is the caller's to change until more is added. */
  add(piece: Uint8Array): Uint8Array {
    const start = this.#length
    this.#length += piece.length
    if (this.#length > this.#octets.length) this.#grow()
    this.#octets.set(piece, start)
    return this.#octets.subarray(start, this.#length)
  }

  /** All of them; nothing may be added any more. */
  take(): Uint8Array {
    return this.#octets.subarray(0, this.#length)
  }

  #grow(): void {
    const before = this.#octets
    // The first piece mostly is the only one.
    const least = before.length === 0 ? this.#length : Math.max(SMALLEST, 2 * before.length)
    this.#octets = new Uint8Array(Math.max(least, this.#length))
    this.#octets.set(before)
  }
}
