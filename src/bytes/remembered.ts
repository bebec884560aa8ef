/** What was made of a key, for as many keys as there is room for: they begin anew when it is full. */
export class Remembered<Key, Value> {
  readonly #most: number
  readonly #values = new Map<Key, Value>()

  constructor(most: number) {
    this.#most = most
  }

  of(key: Key, make: () => Value): Value {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const value = make()
    if (this.#values.size >= this.#most) this.#values.clear()
    this.#values.set(key, value)
    return value
  }

  clear(): void {
    if (this.#values.size > 0) this.#values.clear()
  }
}
