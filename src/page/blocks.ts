/** The data blocks of the document (src/report/html/data-block.ts): read once somebody looks at what is in them. */
export async function readBlock<T>(id: string): Promise<T> {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the document has no block ${id}`)
  const octets = Uint8Array.from(atob(element.textContent ?? ''), (character) => character.charCodeAt(0))
  const inflated = new Blob([octets]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return (await new Response(inflated).json()) as T
}

export function hasBlock(id: string): boolean {
  return document.getElementById(id) !== null
}

/** Blocks that are kept once they were read. */
const MOST_KEPT = 64

/** Numbered objects in the blocks `name-0`, `name-1`, of `size` each. */
export class BlockList<T> {
  readonly #name: string
  readonly #size: number
  readonly #read = new Map<number, Promise<readonly T[]>>()

  constructor(name: string, size: number) {
    this.#name = name
    this.#size = size
  }

  async get(number: number): Promise<T> {
    return (await this.#block(Math.floor(number / this.#size)))[number % this.#size]
  }

  all(numbers: readonly number[]): Promise<T[]> {
    return Promise.all(numbers.map((number) => this.get(number)))
  }

  #block(block: number): Promise<readonly T[]> {
    const known = this.#read.get(block)
    if (known !== undefined) return known
    if (this.#read.size >= MOST_KEPT) this.#read.delete(this.#read.keys().next().value as number)
    const read = readBlock<readonly T[]>(`${this.#name}-${block}`)
    this.#read.set(block, read)
    return read
  }
}
