/** Reads the fields of the TLS presentation language (RFC 8446 §3) out of octets that may lie about their lengths. */
export class OctetCursor {
  readonly #octets: Uint8Array
  #at = 0
  /** A field went past the end: all that was read since is empty. */
  failed = false

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  get left(): number {
    return this.#octets.length - this.#at
  }

  /** An unsigned integer of `width` octets, 0 where they are not there. */
  uint(width: 1 | 2 | 3 | 4): number {
    let value = 0
    for (const octet of this.take(width)) value = value * 256 + octet
    return value
  }

  /** A view of the next octets; none where fewer are left. */
  take(length: number): Uint8Array {
    if (length > this.left) {
      this.failed = true
      this.#at = this.#octets.length
      return NONE
    }
    this.#at += length
    return this.#octets.subarray(this.#at - length, this.#at)
  }

  /** A vector that begins with its length in octets, itself `width` octets long (RFC 8446 §3.4). */
  vector(width: 1 | 2 | 3): Uint8Array {
    return this.take(this.uint(width))
  }

  /** The rest. */
  rest(): Uint8Array {
    return this.take(this.left)
  }
}

const NONE = new Uint8Array(0)

/** The numbers of a list of two-octet values; a last odd octet is left out. */
export function uint16List(octets: Uint8Array): number[] {
  const cursor = new OctetCursor(octets)
  const values: number[] = []
  while (cursor.left >= 2) values.push(cursor.uint(2))
  return values
}
