/** A list whose elements may be put together each time they are asked for, one after the other, and not be kept. */
export interface Sequence<T> extends Iterable<T> {
  readonly length: number
}

/** The elements of a sequence, each made of what stands in its place. */
export class MappedSequence<S, T> implements Sequence<T> {
  readonly #source: Sequence<S>
  readonly #map: (element: S) => T

  constructor(source: Sequence<S>, map: (element: S) => T) {
    this.#source = source
    this.#map = map
  }

  get length(): number {
    return this.#source.length
  }

  *[Symbol.iterator](): Generator<T> {
    for (const element of this.#source) yield this.#map(element)
  }
}

/** The elements of one sequence and behind them those of another. */
export class ChainedSequence<T> implements Sequence<T> {
  readonly first: Sequence<T>
  readonly #second: Sequence<T>

  constructor(first: Sequence<T>, second: Sequence<T>) {
    this.first = first
    this.#second = second
  }

  get length(): number {
    return this.first.length + this.#second.length
  }

  *[Symbol.iterator](): Generator<T> {
    yield* this.first
    yield* this.#second
  }
}
