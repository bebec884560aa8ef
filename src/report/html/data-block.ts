import { deflateRawSync } from 'node:zlib'

/** A block of data in the document: JSON, deflated (RFC 1951), in base64, which has no character that HTML reads. */
export function dataBlock(id: string, value: unknown): string {
  const octets = deflateRawSync(JSON.stringify(value))
  return `<script type="text/plain" id="${id}">${octets.toString('base64')}</script>\n`
}

/** Writes objects into blocks of `size`, numbered from 0: `name-0`, `name-1`. */
export class DataBlocks<T> {
  readonly #name: string
  readonly #size: number
  #block: T[] = []
  #blocks = 0

  constructor(name: string, size: number) {
    this.#name = name
    this.#size = size
  }

  /** Objects that came. */
  get count(): number {
    return this.#blocks * this.#size + this.#block.length
  }

  /** The block that the object completes. */
  *add(object: T): Generator<string> {
    this.#block.push(object)
    if (this.#block.length === this.#size) yield* this.end()
  }

  *end(): Generator<string> {
    if (this.#block.length === 0) return
    yield dataBlock(`${this.#name}-${this.#blocks++}`, this.#block)
    this.#block = []
  }
}
