import type { HttpObject } from './http-object.ts'
import type { OctetSource } from './octet-source.ts'

/** Octets of one request. Two such pieces are held: one that is read, and the next, which is on its way meanwhile. */
const PIECE_BYTES = 2 << 20

/** An object on a server from its beginning. Every read fills the target as far as the object goes. */
export class HttpOctets implements OctetSource {
  readonly lost = undefined
  bytesRead = 0
  readonly #object: HttpObject
  #piece: Uint8Array
  #at = 0
  /** Octets that were asked for so far. */
  #asked: number
  #next: Promise<Uint8Array> | undefined
  #closed = false

  constructor(object: HttpObject) {
    this.#object = object
    this.#piece = object.head
    this.#asked = object.head.length
  }

  async read(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.length && !this.#closed) {
      if (this.#at === this.#piece.length) {
        const next = this.#next ?? this.#ask()
        if (next === undefined) break
        this.#piece = await next
        this.#at = 0
        this.#next = this.#ask()
      }
      const part = this.#piece.subarray(this.#at, this.#at + target.length - filled)
      target.set(part, filled)
      filled += part.length
      this.#at += part.length
    }
    this.bytesRead += filled
    return filled
  }

  #ask(): Promise<Uint8Array> | undefined {
    const length = Math.min(PIECE_BYTES, this.#object.version.sizeBytes - this.#asked)
    if (length === 0) return undefined
    const piece = new Uint8Array(length)
    const asking = this.#object.read(piece, this.#asked).then(() => piece)
    this.#asked += length
    // Whoever reads on hears of it; a piece that nobody reads any more may fail.
    asking.catch(() => undefined)
    return asking
  }

  close(): void {
    this.#closed = true
    this.#next = undefined
  }
}
