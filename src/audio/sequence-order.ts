import type { OrderedFrame } from './rtp-frame.ts'

/** How long a frame waits for those that should have come before it: about what a telephone's jitter buffer waits. */
const WAIT_US = 200_000

/** Frames that wait at a time, at most: 200 ms of packets of 2.5 ms, and some. */
const MOST_WAITING = 100

/** RFC 3550 Appendix A.1, MAX_MISORDER: a number that is further behind may be that of a sender that began anew. */
const MOST_MISORDERED = 100

/** What became of the packets of streams, beside those that are heard. */
export interface OrderTally {
  /** Came too late to be heard. */
  late: number
  duplicates: number
  /** Did not come, or not in the clear: lost, failed or unverified. */
  missing: number
}

/**
 * Puts the frames of one stream in order. One that is early waits for those before it as long as these may come; what
 * comes later than that is late, and not heard.
 */
export class SequenceOrder {
  readonly #tally: OrderTally
  readonly #emit: (frame: OrderedFrame) => void
  /** The numbers of the stream, from the first to the one that is awaited. */
  #first = 0
  #next: number | undefined
  /** Where a sender that began anew would go on. */
  #anew = -1
  /** By rising sequence number. */
  readonly #waiting: OrderedFrame[] = []
  /** What came last, by the number's remainder, in 32 bits: tells a copy from what is late. */
  readonly #known = new Int32Array(128).fill(-1)

  constructor(tally: OrderTally, emit: (frame: OrderedFrame) => void) {
    this.#tally = tally
    this.#emit = emit
  }

  /** @param frame whose payload is copied if it has to wait */
  push(frame: OrderedFrame): void {
    this.release(frame.elapsedUs)
    const { sequence } = frame
    if (this.#next === undefined || (sequence === this.#anew && sequence < this.#next)) {
      this.end()
      this.#next = sequence
      this.#first = sequence
    }
    if (sequence < this.#next) this.#takeBelated(sequence, this.#next)
    else if (sequence > this.#next) this.#wait(frame)
    else {
      this.#take(frame)
      this.#takeWaiting()
    }
  }

  /** Lets those go that have waited long enough at this time of the call. */
  release(nowUs: number): void {
    while (this.#waiting.some(({ elapsedUs }) => nowUs - elapsedUs > WAIT_US)) this.#skip()
  }

  /** Lets all go: nothing more comes. */
  end(): void {
    while (this.#waiting.length > 0) this.#skip()
  }

  #takeBelated(sequence: number, next: number): void {
    const behind = next - sequence
    this.#anew = behind > MOST_MISORDERED ? sequence + 1 : -1
    const slot = sequence % this.#known.length
    if (this.#known[slot] === (sequence | 0) || behind > this.#known.length) {
      this.#tally.duplicates++
      return
    }
    this.#known[slot] = sequence | 0
    this.#tally.late++
    // It was counted when others went on without it.
    if (sequence > this.#first) this.#tally.missing--
  }

  #wait(frame: OrderedFrame): void {
    const waiting = this.#waiting
    let at = waiting.length
    while (at > 0 && waiting[at - 1].sequence > frame.sequence) at--
    if (at > 0 && waiting[at - 1].sequence === frame.sequence) {
      this.#tally.duplicates++
      return
    }
    waiting.splice(at, 0, { ...frame, payload: frame.payload.slice() })
    if (waiting.length > MOST_WAITING) this.#skip()
  }

  /** Gives up what is missing before the first that waits. */
  #skip(): void {
    const { sequence } = this.#waiting[0]
    this.#tally.missing += sequence - (this.#next as number)
    this.#next = sequence
    this.#takeWaiting()
  }

  #takeWaiting(): void {
    while (this.#waiting.length > 0 && this.#waiting[0].sequence === this.#next) {
      this.#take(this.#waiting.shift() as OrderedFrame)
    }
  }

  #take(frame: OrderedFrame): void {
    this.#next = frame.sequence + 1
    this.#known[frame.sequence % this.#known.length] = frame.sequence | 0
    this.#emit(frame)
  }
}
