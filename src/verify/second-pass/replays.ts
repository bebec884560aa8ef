const FAILED_KEPT = 128
const NONE: readonly number[] = []
/** Below every packet index. */
const NOTHING = -1

/** So far behind the highest index of its key a packet that came again is taken for a replay, as by a replay list (RFC 3711 §3.3.2). */
const WINDOW = 2048

/** The packet indexes of one key. */
interface Numbering {
  /** The highest under the keys before it. */
  readonly before: number
  /** The highest that other keys have come past, and those not far behind it. */
  highest: number
  readonly seen: Set<number>
}

/**
 * Tells replays among the packets of one stream that came again: a packet behind forgeries under its number is none, nor one
 * whose number came before under another key, of a sender that begins anew with each key.
 */
export class Replays {
  /** Packets whose number came again, the first of their index under another key. */
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
   * @param earlier what verified before: the highest packet index, and the keys that it may have verified under
   */
  constructor(repeats = NONE, earlier?: { readonly highest: number; readonly keys: readonly number[] }) {
    this.#repeats = repeats
    this.#highest = earlier?.highest ?? NOTHING
    for (const key of earlier?.keys ?? NONE) this.#numbering.set(key, numberingFrom(NOTHING))
  }

  /** A packet did not verify. */
  failed(sequence: number): void {
    if (this.#repeats.length === 0) return
    this.#failed.push(sequence)
    if (this.#failed.length > FAILED_KEPT) this.#failed.shift()
  }

  /** Whether a packet that verified is a replay, by its index and its key; positions only grow. */
  isReplay(position: number, index: number, key: number): boolean {
    if (this.#repeats.length === 0) return false
    const isFirst = this.#isFirstOf(key, index)
    if (!this.#cameAgain(position)) return false
    if (isFirst) this.renumbered++
    return !isFirst && !this.#tookOverFrom(index % 65_536)
  }

  /** Whether an index that earlier keys have come past comes for the first time under its own. */
  #isFirstOf(key: number, index: number): boolean {
    let numbering = this.#numbering.get(key)
    if (numbering === undefined) {
      numbering = numberingFrom(this.#highest)
      this.#numbering.set(key, numbering)
    }
    this.#highest = Math.max(this.#highest, index)
    const { before, highest, seen } = numbering
    if (index > before || index <= highest - WINDOW || seen.has(index)) return false
    seen.add(index)
    numbering.highest = Math.max(highest, index)
    if (seen.size >= 2 * WINDOW) for (const one of seen) if (one <= numbering.highest - WINDOW) seen.delete(one)
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

function numberingFrom(before: number): Numbering {
  return { before, highest: NOTHING, seen: new Set() }
}
