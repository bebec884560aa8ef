const FAILED_KEPT = 128
const NONE: readonly number[] = []

/** Tells replays among the packets of one stream that came again: a packet behind forgeries under its number is none. */
export class Replays {
  readonly #repeats: readonly number[]
  /** The next of them. */
  #next = 0
  /** Sequence numbers that failed last. */
  readonly #failed: number[] = []

  /** @param repeats positions of the packets that came again, in their order */
  constructor(repeats = NONE) {
    this.#repeats = repeats
  }

  /** A packet did not verify. */
  failed(sequence: number): void {
    if (this.#repeats.length === 0) return
    this.#failed.push(sequence)
    if (this.#failed.length > FAILED_KEPT) this.#failed.shift()
  }

  /** Whether a packet that verified is a replay; positions only grow. */
  isReplay(position: number, sequence: number): boolean {
    return this.#cameAgain(position) && !this.#tookOverFrom(sequence)
  }

  #cameAgain(position: number): boolean {
    while (this.#repeats[this.#next] < position) this.#next++
    return this.#repeats[this.#next] === position
  }

  /** Whether what came before under this number was a forgery: then this packet is the first, and no replay. */
  #tookOverFrom(sequence: number): boolean {
    const at = this.#failed.indexOf(sequence)
    if (at >= 0) this.#failed.splice(at, 1)
    return at >= 0
  }
}
