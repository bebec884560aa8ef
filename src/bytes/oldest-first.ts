/** A Map or a Set: it hands out its keys in the order in which they were added. */
interface Table<Key> {
  keys(): Iterable<Key>
  has(key: Key): boolean
}

/** Keys that are looked up at a time. */
const AT_A_TIME = 256

/**
 * What a large table gives up first. A Map that is asked for its first key walks over the room of all that were deleted
 * before it, tens of thousands in a large one; this asks once for many. An iterator that is kept would do it too, and keep
 * all that the Map was stored in meanwhile.
 */
export class OldestFirst<Key> {
  readonly #table: Table<Key>
  /** The next ones, the oldest last. */
  #keys: Key[] = []

  constructor(table: Table<Key>) {
    this.#table = table
  }

  /**
   * The oldest key: who takes it deletes it from the table. One that was deleted and added again meanwhile may count as old
   * as it was. Undefined where the table is empty.
   */
  take(): Key | undefined {
    for (let look = 0; look < 2; look++) {
      for (let key = this.#keys.pop(); key !== undefined; key = this.#keys.pop()) if (this.#table.has(key)) return key
      this.#keys = first(this.#table.keys()).reverse()
    }
    return undefined
  }
}

function first<Key>(keys: Iterable<Key>): Key[] {
  const taken: Key[] = []
  for (const key of keys) {
    taken.push(key)
    if (taken.length === AT_A_TIME) break
  }
  return taken
}
