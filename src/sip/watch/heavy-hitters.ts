/** A key that is kept, and what is kept with it. */
export interface Hitter<Value> {
  readonly key: string
  /** How often it was counted, at most: `missed` of these may have been another's. */
  readonly count: number
  /** What had been counted for the key whose place it took: up to so many of its own may have gone unseen. */
  readonly missed: number
  readonly value: Value
}

interface Place<Value> extends Hitter<Value> {
  key: string
  count: number
  missed: number
  index: number
}

/**
 * The keys that are counted most, in a table that never grows: a new key takes the place of the one counted least
 * (space-saving; Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements, 2005). However many
 * keys are forged, one that makes up more than 1/n of all counts is among the n kept.
 */
export class HeavyHitters<Value extends { reset(): void }> {
  /** How often a key gave way to a new one. */
  replaced = 0
  readonly #most: number
  readonly #create: () => Value
  readonly #byKey = new Map<string, Place<Value>>()
  /** A heap: none is counted less than the first. */
  readonly #heap: Place<Value>[] = []

  /** @param create what is kept with a key; `reset` makes it good for another */
  constructor(most: number, create: () => Value) {
    this.#most = most
    this.#create = create
  }

  find(key: string): Value | undefined {
    return this.#byKey.get(key)?.value
  }

  count(key: string): Value {
    const place = this.#byKey.get(key) ?? this.#placeFor(key)
    place.count++
    this.#sink(place)
    return place.value
  }

  /** Most counted first. */
  list(): readonly Hitter<Value>[] {
    return [...this.#heap].sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
  }

  #placeFor(key: string): Place<Value> {
    if (this.#heap.length < this.#most) {
      const place = { key, count: 0, missed: 0, index: this.#heap.length, value: this.#create() }
      this.#heap.push(place)
      this.#rise(place)
      this.#byKey.set(key, place)
      return place
    }
    this.replaced++
    const [least] = this.#heap
    this.#byKey.delete(least.key)
    least.key = key
    least.missed = least.count
    least.value.reset()
    this.#byKey.set(key, least)
    return least
  }

  #rise(place: Place<Value>): void {
    while (place.index > 0) {
      const parent = this.#heap[(place.index - 1) >> 1]
      if (parent.count <= place.count) return
      this.#swap(parent, place)
    }
  }

  #sink(place: Place<Value>): void {
    for (;;) {
      const left = 2 * place.index + 1
      if (left >= this.#heap.length) return
      let least = this.#heap[left]
      if (left + 1 < this.#heap.length && this.#heap[left + 1].count < least.count) least = this.#heap[left + 1]
      if (least.count >= place.count) return
      this.#swap(place, least)
    }
  }

  #swap(a: Place<Value>, b: Place<Value>): void {
    const { index } = a
    a.index = b.index
    b.index = index
    this.#heap[a.index] = a
    this.#heap[b.index] = b
  }
}
