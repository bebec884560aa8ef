/**
 * A fixed set of words that are looked up by their octets, without making a text of them. Letters count without regard
 * to case where asked for.
 */
export class OctetWords {
  readonly #words: readonly Uint8Array[]
  readonly #fold: number
  /** Index of a word plus 1 by the length, the first and the last octet of the word; 0 where there is none. */
  readonly #slots = new Uint8Array(SLOTS)

  /** @param words ASCII, at most 127; in lower case where `ignoreCase` */
  constructor(words: readonly string[], ignoreCase: boolean) {
    this.#words = words.map((word) => Buffer.from(word, 'latin1'))
    this.#fold = ignoreCase ? 32 : 0
    for (const [index, word] of this.#words.entries()) {
      let slot = this.#slotOf(word, 0, word.length)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
      this.#slots[slot] = index + 1
    }
  }

  /** Index of the word that stands in the octets from `start` to `end`; -1 where it is none of the set. */
  indexOf(octets: Uint8Array, start: number, end: number): number {
    if (end <= start) return -1
    for (let slot = this.#slotOf(octets, start, end); ; slot = (slot + 1) & (SLOTS - 1)) {
      const found = this.#slots[slot]
      if (found === 0) return -1
      if (this.#isSame(this.#words[found - 1], octets, start, end)) return found - 1
    }
  }

  #slotOf(octets: Uint8Array, start: number, end: number): number {
    return ((end - start) * 37 + (octets[start] | this.#fold) * 5 + (octets[end - 1] | this.#fold)) & (SLOTS - 1)
  }

  #isSame(word: Uint8Array, octets: Uint8Array, start: number, end: number): boolean {
    if (word.length !== end - start) return false
    // Tokens alone get here: folded, none of their other characters becomes a letter.
    for (let n = 0; n < word.length; n++) if ((octets[start + n] | this.#fold) !== (word[n] | this.#fold)) return false
    return true
  }
}

const SLOTS = 256
