/**
 * When calls and streams of a live trace were heard last, by one clock for all. The packets' own times do not agree where
 * several hosts capture: an agent whose clock is three minutes late would have every INVITE given up that is heard from it.
 * What has changed since the look before was heard since then, whatever its own time is.
 */
export class LastHeard {
  #clockUs = 0
  #beforeUs = 0
  #atMs = 0
  #before = new Map<string, Heard>()
  #now = new Map<string, Heard>()

  /**
   * Begins a look: the clock goes on with ours, or with the trace where that is faster. What nobody asks for is forgotten.
   *
   * @param timeUs of the trace, since 1970; 0 before its first packet
   * @param atMs our time, whenever it began
   * @returns the clock's time, µs
   */
  look(timeUs: number, atMs: number): number {
    const begins = this.#clockUs === 0
    this.#beforeUs = begins ? timeUs : this.#clockUs
    this.#clockUs = begins ? timeUs : Math.max(this.#clockUs + (atMs - this.#atMs) * 1000, timeUs)
    this.#atMs = atMs
    this.#before = this.#now
    this.#now = new Map()
    return this.#clockUs
  }

  /** When `name` was heard last; `ownUs` is the time of its last packet. */
  of(name: string, ownUs: number): number {
    const known = this.#before.get(name)
    const atUs = Math.min(this.#clockUs, Math.max(this.#beforeUs, ownUs))
    const heard = known?.ownUs === ownUs ? known : { ownUs, atUs }
    this.#now.set(name, heard)
    return heard.atUs
  }
}

interface Heard {
  readonly ownUs: number
  readonly atUs: number
}
