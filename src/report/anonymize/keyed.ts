import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** What the key makes of originals: 32 octets that nobody can tell the original from who lacks the key (RFC 2104). */
export class Keyed {
  readonly #key: KeyObject

  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key)
  }

  /** @param purpose keeps what is made of one original for one end apart from what is made of it for another */
  octets(purpose: string, original: string | Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(`${purpose}\0`).update(original).digest()
  }
}

/** The last results of a function of short texts: a trace has the same few names again and again. */
export function remembered(compute: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    let result = known.get(text)
    if (result === undefined) {
      result = compute(text)
      if (known.size >= MOST_KNOWN) known.clear()
      if (text.length <= MOST_LENGTH) known.set(text, result)
    }
    return result
  }
}

const MOST_KNOWN = 20_000
const MOST_LENGTH = 200
