/** A row whose counts go on. */
export type Counts<Row> = { -readonly [K in keyof Row]: Row[K] }

/** Rows by name, made where they are first asked for. */
export class CountTable<Row> {
  readonly #rows = new Map<string, Counts<Row>>()
  readonly #make: (name: string) => Row

  constructor(make: (name: string) => Row) {
    this.#make = make
  }

  of(name: string): Counts<Row> {
    const known = this.#rows.get(name)
    if (known !== undefined) return known
    const made: Counts<Row> = this.#make(name)
    this.#rows.set(name, made)
    return made
  }

  sorted(compare: (a: Row, b: Row) => number): Row[] {
    return [...this.#rows.values()].sort(compare)
  }
}
