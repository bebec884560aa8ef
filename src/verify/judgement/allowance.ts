/**
 * Deals out work among streams: each may have what its octets pay for, and of what is free for all the first streams
 * take what they need beyond that. So a flood of tiny streams costs no more than its octets are worth, and whole calls
 * get everything. Dealt in the order of the streams, it does not depend on threads.
 */
export class Allowance {
  #free: number
  readonly #octetsEach: number

  /** @param octetsEach octets of a stream that pay for one piece of work */
  constructor(free: number, octetsEach: number) {
    this.#free = free
    this.#octetsEach = octetsEach
  }

  /** How much of what it needs a stream of so many octets gets. */
  of(needed: number, octets: number): number {
    const earned = Math.min(needed, Math.floor(octets / this.#octetsEach))
    const given = Math.min(needed - earned, this.#free)
    this.#free -= given
    return earned + given
  }
}
