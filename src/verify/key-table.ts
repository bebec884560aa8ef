import { type Authenticator, createAuthenticator } from '../srtp/authenticator.ts'
import {
  KEY_ENTRY_BYTES,
  KernelMethod,
  KeyEntryAt,
  NO_OTHER_TAG,
  ProtocolKeysAt,
  readKeyEntry,
  writeKeyEntry,
} from '../srtp/key-entry.ts'
import { deriveSessionKeys, type MasterKey, type SessionKeys, wipeSessionKeys } from '../srtp/session-keys.ts'
import type { Kernel } from './kernel.ts'
import { KernelAuthenticator, ReferenceAuthenticator, SingleVerifier } from './kernel-authenticator.ts'
import { type Layout, laneAddress } from './shared-memory.ts'

const AUTH_KEY_LENGTH = 20

/**
 * The keys of a scan in shared memory, by number from 1. The main thread adds; every thread builds the authenticators
 * that it needs from it, and keeps them.
 */
export class KeyTable {
  readonly #bytes: Uint8Array
  readonly #single: SingleVerifier
  readonly #authenticators = new Map<number, Authenticator>()
  /** Copies that authenticators were made of. */
  readonly #copies: SessionKeys[] = []
  #generation = 0
  /** Where the entry of the least number begins that was put here, and where that of the greatest ends. */
  #start = Number.POSITIVE_INFINITY
  #end = 0

  /** @param thread the calling one, whose lane the kernel has for single packets */
  constructor(kernel: Kernel, buffer: SharedArrayBuffer, layout: Layout, thread: number) {
    this.#bytes = new Uint8Array(buffer, layout.keys, layout.keyCapacity * KEY_ENTRY_BYTES)
    this.#single = new SingleVerifier(kernel, buffer, laneAddress(layout, thread))
  }

  /** Forgets the authenticators of an earlier generation: numbers may have been given to other keys since. */
  renew(generation: number): void {
    if (generation === this.#generation) return
    this.#generation = generation
    this.#forget()
  }

  put(number: number, master: MasterKey): void {
    const offset = number * KEY_ENTRY_BYTES
    const derived = deriveSessionKeys(master, this.#single.encryptBlocks)
    writeKeyEntry(this.#bytes, offset, derived)
    wipeSessionKeys(derived)
    this.#start = Math.min(this.#start, offset)
    this.#end = Math.max(this.#end, offset + KEY_ENTRY_BYTES)
    this.#prepare(offset, KeyEntryAt.Srtp, KeyEntryAt.SrtpStates)
    this.#prepare(offset, KeyEntryAt.Srtcp, KeyEntryAt.SrtcpStates)
  }

  /** Overwrites a key that nobody uses any more. */
  erase(number: number): void {
    const offset = number * KEY_ENTRY_BYTES
    this.#bytes.fill(0, offset, offset + KEY_ENTRY_BYTES)
  }

  /** Overwrites all keys that were put here, and the copies: whoever asks for one after that is wrong. */
  wipe(): void {
    this.#bytes.fill(0, this.#start, this.#end)
    this.#forget()
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
    const reference = () => createAuthenticator(this.#copyOf(offset))
    if (this.#bytes[offset + KeyEntryAt.Method] === KernelMethod.None) return new ReferenceAuthenticator(reference())
    return new KernelAuthenticator(this.#single, this.#bytes.byteOffset + offset, reference, () => {
      return this.#bytes[offset + KeyEntryAt.OtherSrtcpTag] === NO_OTHER_TAG
    })
  }

  #copyOf(offset: number): SessionKeys {
    const copy = readKeyEntry(this.#bytes, offset)
    this.#copies.push(copy)
    return copy
  }

  #forget(): void {
    this.#authenticators.clear()
    for (const copy of this.#copies) {
      wipeSessionKeys(copy)
      copy.rederivation?.masterKey.fill(0)
      copy.rederivation?.masterSalt.fill(0)
    }
    this.#copies.length = 0
  }

  /** What HMAC begins and ends with under the authentication key of one protocol. */
  #prepare(offset: number, keys: number, states: number): void {
    const entry = this.#bytes.byteOffset + offset
    this.#single.kernel.hmacStates(entry + keys + ProtocolKeysAt.AuthKey, AUTH_KEY_LENGTH, entry + states)
  }
}
