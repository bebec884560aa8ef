import { type Authenticator, createAuthenticator } from '../srtp/authenticator.ts'
import {
  KEY_ENTRY_BYTES,
  KernelMethod,
  KeyEntryAt,
  ProtocolKeysAt,
  readKeyEntry,
  writeKeyEntry,
} from '../srtp/key-entry.ts'
import { deriveSessionKeys, type MasterKey } from '../srtp/session-keys.ts'
import { KernelAuthenticator, type SingleVerifier } from './kernel-authenticator.ts'

const AUTH_KEY_LENGTH = 20

/**
 * The keys of a scan in shared memory, by number from 1. The main thread adds; every thread builds the authenticators
 * that it needs from it, and keeps them.
 */
export class KeyTable {
  readonly #bytes: Uint8Array
  readonly #single: SingleVerifier
  readonly #authenticators = new Map<number, Authenticator>()
  #generation = 0

  /** @param single the kernel, with the lane of the calling thread */
  constructor(buffer: ArrayBufferLike, byteOffset: number, capacity: number, single: SingleVerifier) {
    this.#bytes = new Uint8Array(buffer, byteOffset, capacity * KEY_ENTRY_BYTES)
    this.#single = single
  }

  /** Forgets the authenticators of an earlier generation: numbers may have been given to other keys since. */
  renew(generation: number): void {
    if (generation === this.#generation) return
    this.#generation = generation
    this.#authenticators.clear()
  }

  put(number: number, master: MasterKey): void {
    const offset = number * KEY_ENTRY_BYTES
    writeKeyEntry(this.#bytes, offset, deriveSessionKeys(master, this.#single.encryptBlocks))
    this.#prepare(offset, KeyEntryAt.Srtp, KeyEntryAt.SrtpStates)
    this.#prepare(offset, KeyEntryAt.Srtcp, KeyEntryAt.SrtcpStates)
  }

  /** @param number of a key that was put */
  authenticator(number: number): Authenticator {
    const known = this.#authenticators.get(number)
    if (known !== undefined) return known
    const made = this.#create(number * KEY_ENTRY_BYTES)
    this.#authenticators.set(number, made)
    return made
  }

  #create(offset: number): Authenticator {
    const keys = () => readKeyEntry(this.#bytes, offset)
    const reference = () => createAuthenticator(keys())
    if (this.#bytes[offset + KeyEntryAt.Method] === KernelMethod.None) return reference()
    return new KernelAuthenticator(this.#single, this.#bytes.byteOffset + offset, reference, () => {
      return keys().srtcpTagLengths.length === 1
    })
  }

  /** What HMAC begins and ends with under the authentication key of one protocol. */
  #prepare(offset: number, keys: number, states: number): void {
    const entry = this.#bytes.byteOffset + offset
    this.#single.kernel.hmacStates(entry + keys + ProtocolKeysAt.AuthKey, AUTH_KEY_LENGTH, entry + states)
  }
}
