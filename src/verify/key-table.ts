import { type Authenticator, createAuthenticator } from '../srtp/authenticator.ts'
import { KEY_ENTRY_BYTES, KeyEntryAt, ProtocolKeysAt, readKeyEntry, writeKeyEntry } from '../srtp/key-entry.ts'
import { deriveSessionKeys, type MasterKey } from '../srtp/session-keys.ts'
import type { Kernel } from './kernel.ts'

const AUTH_KEY_LENGTH = 20

/**
 * The keys of a scan in shared memory, by number from 1. The main thread adds; every thread builds the authenticators
 * that it needs from it, and keeps them.
 */
export class KeyTable {
  readonly #bytes: Uint8Array
  readonly #kernel: Kernel | undefined
  readonly #authenticators = new Map<number, Authenticator>()

  /** @param kernel for the thread that adds keys */
  constructor(buffer: ArrayBufferLike, byteOffset: number, capacity: number, kernel?: Kernel) {
    this.#bytes = new Uint8Array(buffer, byteOffset, capacity * KEY_ENTRY_BYTES)
    this.#kernel = kernel
  }

  put(number: number, master: MasterKey): void {
    const offset = number * KEY_ENTRY_BYTES
    writeKeyEntry(this.#bytes, offset, deriveSessionKeys(master))
    this.#prepare(offset, KeyEntryAt.Srtp, KeyEntryAt.SrtpStates)
    this.#prepare(offset, KeyEntryAt.Srtcp, KeyEntryAt.SrtcpStates)
  }

  /** @param number of a key that was put */
  authenticator(number: number): Authenticator {
    const known = this.#authenticators.get(number)
    if (known !== undefined) return known
    const made = createAuthenticator(readKeyEntry(this.#bytes, number * KEY_ENTRY_BYTES))
    this.#authenticators.set(number, made)
    return made
  }

  /** What HMAC begins and ends with under the authentication key of one protocol. */
  #prepare(offset: number, keys: number, states: number): void {
    const entry = this.#bytes.byteOffset + offset
    this.#kernel?.hmacStates(entry + keys + ProtocolKeysAt.AuthKey, AUTH_KEY_LENGTH, entry + states)
  }
}
