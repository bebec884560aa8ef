import { OldestFirst } from '../../bytes/oldest-first.ts'

/** What came last, by key: above the ceiling what came first is forgotten. */
export class Recent<Value> {
  readonly #most: number
  readonly #values = new Map<string, Value>()
  readonly #oldest = new OldestFirst(this.#values)

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#values.size
  }

  get(key: string): Value | undefined {
    return this.#values.get(key)
  }

  /** The value that gives way. */
  set(key: string, value: Value): Value | undefined {
    const isNew = !this.#values.has(key)
    this.#values.set(key, value)
    if (!isNew || this.#values.size <= this.#most) return undefined
    const oldest = this.#oldest.take() ?? ''
    const gone = this.#values.get(oldest)
    this.#values.delete(oldest)
    return gone
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  values(): IterableIterator<Value> {
    return this.#values.values()
  }
}
