const FAILED_KEPT = 128
const NONE: readonly number[] = []
/** Below every packet index. */
const NOTHING = -1

/** The packet indexes of one agreement: the highest of those before it, and which of these have come again. */
interface Numbering {
  readonly before: number
  readonly seen: Set<number>
}

/**
 * Tells replays among the packets of one stream that came again: a packet behind forgeries under its number is none, nor one
 * whose number came before under an older key, of a sender that begins anew with each key.
 */
export class Replays {
  /** Packets that came again, the first of their index under a newer key. */
  renumbered = 0
  readonly #repeats: readonly number[]
  /** The next of them. */
  #next = 0
  /** Sequence numbers that failed last. */
  readonly #failed: number[] = []
  readonly #numbering = new Map<number, Numbering>()
  #highest: number

  /**
   * @param repeats positions of the packets that came again, in their order
   * @param earlier what verified before: the highest packet index, and the agreement of its key
   */
  constructor(repeats = NONE, earlier?: { readonly highest: number; readonly agreement: number }) {
    this.#repeats = repeats
    this.#highest = earlier?.highest ?? NOTHING
    if (earlier !== undefined) this.#numbering.set(earlier.agreement, { before: NOTHING, seen: new Set() })
  }

  /** A packet did not verify. */
  failed(sequence: number): void {
    if (this.#repeats.length === 0) return
    this.#failed.push(sequence)
    if (this.#failed.length > FAILED_KEPT) this.#failed.shift()
  }

  /** Whether a packet that verified is a replay, by its index and the agreement of its key; positions only grow. */
  isReplay(position: number, index: number, agreement: number): boolean {
    if (this.#repeats.length === 0) return false
    const isFirst = this.#isFirstOf(agreement, index)
    if (!this.#cameAgain(position)) return false
    if (isFirst) this.renumbered++
    return !isFirst && !this.#tookOverFrom(index % 65_536)
  }

  /** Whether an index that earlier agreements have come past comes for the first time under its own. */
  #isFirstOf(agreement: number, index: number): boolean {
    let numbering = this.#numbering.get(agreement)
    if (numbering === undefined) {
      numbering = { before: this.#highest, seen: new Set() }
      this.#numbering.set(agreement, numbering)
    }
    this.#highest = Math.max(this.#highest, index)
    if (index > numbering.before || numbering.seen.has(index)) return false
    numbering.seen.add(index)
    return true
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
