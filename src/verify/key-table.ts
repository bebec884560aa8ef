import { type Authenticator, createAuthenticator } from '../srtp/authenticator.ts'
import { KEY_ENTRY_BYTES, readKeyEntry, writeKeyEntry } from '../srtp/key-entry.ts'
import { deriveSessionKeys, type MasterKey } from '../srtp/session-keys.ts'

/**
 * The keys of a scan in shared memory, by number from 1. The main thread adds; every thread builds the authenticators
 * that it needs from it, and keeps them.
 */
export class KeyTable {
  readonly #bytes: Uint8Array
  readonly #authenticators = new Map<number, Authenticator>()

  constructor(buffer: ArrayBufferLike, byteOffset: number, capacity: number) {
    this.#bytes = new Uint8Array(buffer, byteOffset, capacity * KEY_ENTRY_BYTES)
  }

  put(number: number, master: MasterKey): void {
    writeKeyEntry(this.#bytes, number * KEY_ENTRY_BYTES, deriveSessionKeys(master))
  }

  /** @param number of a key that was put */
  authenticator(number: number): Authenticator {
    const known = this.#authenticators.get(number)
    if (known !== undefined) return known
    const made = createAuthenticator(readKeyEntry(this.#bytes, number * KEY_ENTRY_BYTES))
    this.#authenticators.set(number, made)
    return made
  }
}
