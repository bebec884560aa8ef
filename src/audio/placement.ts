/** Further apart than this from the capture's clock, a timestamp is not believed, and the capture's clock holds. */
const JUMP_MS = 300

/** What a sender's clock may have run off, against the capture's, before the stream is moved. */
const DRIFT_MS = 40
/** How long the least delay is looked for: packets that waited in a queue say nothing of the clocks. */
const DRIFT_SPAN_MS = 5000

/** Where a stream is put on anew, its first samples follow the ones before if they are this close. */
const JOIN_MS = 60

/**
 * Where a stream's packets belong in time. RTP timestamps say it, which knows of silence and of no jitter; they are tied to
 * the capture's clock, which all streams of a call share. All in samples of one rate, from the beginning of the call.
 */
export class Placement {
  readonly #rate: number
  readonly #clockRate: number
  #lastTimestamp = 0
  /** Samples that the timestamps have come to. */
  #position: number | undefined
  /** Where the samples that were placed last end. */
  #end = 0
  #spanEnd = 0
  /** The least that a packet of this span came behind its place. */
  #least = Number.POSITIVE_INFINITY
  /** Times that timestamps were not believed. */
  jumps = 0

  /**
   * @param rate of the positions
   * @param clockRate of the timestamps
   */
  constructor(rate: number, clockRate: number) {
    this.#rate = rate
    this.#clockRate = clockRate
  }

  /**
   * The position of a packet, those of a stream in the order of their sequence numbers.
   *
   * @param timestamp of RTP, 32 bits
   * @param now samples from the call's beginning to the packet's capture
   * @param length samples that the packet holds
   */
  place(timestamp: number, now: number, length: number): number {
    const samples = (ms: number) => (ms * this.#rate) / 1000
    if (this.#position === undefined) {
      this.#position = now
      this.#spanEnd = now + samples(DRIFT_SPAN_MS)
    } else {
      // 32 bits wrap: the shorter way round is meant.
      const elapsed = (timestamp - this.#lastTimestamp) | 0
      this.#position += Math.round((elapsed * this.#rate) / this.#clockRate)
      if (Math.abs(now - this.#position) > samples(JUMP_MS)) {
        this.jumps++
        this.#moveTo(Math.abs(now - this.#end) < samples(JOIN_MS) ? this.#end : now)
      } else this.#followClock(now, samples(DRIFT_MS), samples(DRIFT_SPAN_MS))
    }
    this.#lastTimestamp = timestamp
    this.#end = this.#position + length
    return this.#position
  }

  #followClock(now: number, drift: number, span: number): void {
    const position = this.#position as number
    this.#least = Math.min(this.#least, now - position)
    if (now < this.#spanEnd) return
    if (Math.abs(this.#least) > drift && this.#least !== Number.POSITIVE_INFINITY) this.#moveTo(position + this.#least)
    this.#least = Number.POSITIVE_INFINITY
    this.#spanEnd = now + span
  }

  #moveTo(position: number): void {
    this.#position = position
    this.#least = Number.POSITIVE_INFINITY
  }
}
