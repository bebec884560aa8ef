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
  /** The next ones. */
  #keys = new Set<Key>()

  constructor(table: Table<Key>) {
    this.#table = table
  }

  /**
   * The oldest key: who takes it deletes it from the table. One that was deleted and added again meanwhile may count as old
   * as it was, unless that was said. Undefined where the table is empty.
   */
  take(): Key | undefined {
    for (let look = 0; look < 2; look++) {
      for (const key of this.#keys) {
        this.#keys.delete(key)
        if (this.#table.has(key)) return key
      }
      this.#keys = first(this.#table.keys())
    }
    return undefined
  }

  /** A key was deleted and added again: it is the youngest. */
  renewed(key: Key): void {
    this.#keys.delete(key)
  }
}

function first<Key>(keys: Iterable<Key>): Set<Key> {
  const taken = new Set<Key>()
  for (const key of keys) {
    taken.add(key)
    if (taken.size === AT_A_TIME) break
  }
  return taken
}
