const SMALLEST_BITS = 10
/** 2³² by the golden ratio: the upper bits of its multiples are spread evenly. */
const SPREAD = 0x9e3779b1
/** Nobody who makes numbers for a trace can know where they will lie. */
const SALT = Math.trunc(Math.random() * 2 ** 32)
const TWO_32 = 2 ** 32

/**
 * Whole numbers from 0 to 2⁵³ - 1, each with its place in the order in which they came. A number takes some 24 octets and no
 * object, where a Map takes three times as much.
 */
export class NumberIndex {
  #bits = SMALLEST_BITS
  #numbers = new Float64Array(2 ** (SMALLEST_BITS - 1))
  /** Places and 1, by a number's digest; 0 where there is none. Half of it at most is taken. */
  #slots = new Int32Array(2 ** SMALLEST_BITS)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The number in a place. */
  at(place: number): number {
    return this.#numbers[place]
  }

  /** The place of a number, or -1. */
  placeOf(number: number): number {
    return this.#slots[this.#slotOf(number)] - 1
  }

  /** The place of a number, which is the next one if it is new. */
  add(number: number): number {
    const slot = this.#slotOf(number)
    if (this.#slots[slot] > 0) return this.#slots[slot] - 1
    if (this.#size === this.#numbers.length) {
      this.#grow()
      return this.add(number)
    }
    this.#numbers[this.#size] = number
    this.#slots[slot] = ++this.#size
    return this.#size - 1
  }

  /** Where a number stands, or where it would. */
  #slotOf(number: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const mixed = Math.imul((number >>> 0) ^ SALT, SPREAD) ^ Math.trunc(number / TWO_32)
    let slot = Math.imul(mixed ^ (mixed >>> 15), SPREAD) >>> (32 - this.#bits)
    while (slots[slot] > 0 && this.#numbers[slots[slot] - 1] !== number) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const numbers = this.#numbers
    this.#numbers = new Float64Array(2 * numbers.length)
    this.#numbers.set(numbers)
    this.#slots = new Int32Array(2 ** ++this.#bits)
    for (const [place, number] of numbers.entries()) this.#slots[this.#slotOf(number)] = place + 1
  }
}
