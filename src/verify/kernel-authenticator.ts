import { type Authenticator, Verdict } from '../srtp/authenticator.ts'
import type { EncryptBlocks } from '../srtp/key-derivation.ts'
import type { Kernel } from './kernel.ts'
import { LaneAt } from './lane-layout.ts'
import { tryRolloverCounters } from './second-pass/roc-search.ts'

/** What the kernel says of one packet; see workers/kernel/lane/single.ts. */
const Single = { Failed: 0, Verified: 1, Left: 2 } as const
/** In the place of a rollover counter: the kernel does not verify such packets. */
const NOT_SEARCHED = -2
/** So many of these cost by node:crypto what a search of the kernel does: a day's call of 50 packets a second has no more. */
const ROCS_OF_REFERENCE = 64

/** AES: octets of the longest key, and of a block. */
const MAX_KEY_BYTES = 32
const BLOCK_BYTES = 16
/** What the kernel makes of a key: a round key for each of 14 rounds, and one before. */
const ROUND_KEYS_BYTES = 15 * BLOCK_BYTES

/** The kernel with a lane of the thread's own, for packets that are verified one by one. */
export class SingleVerifier {
  readonly kernel: Kernel
  readonly lane: number
  readonly #memory: Uint8Array
  readonly #staging: number

  constructor(kernel: Kernel, buffer: SharedArrayBuffer, lane: number) {
    this.kernel = kernel
    this.lane = lane
    this.#memory = new Uint8Array(buffer)
    this.#staging = new Uint32Array(buffer, lane, LaneAt.Identity / 4)[LaneAt.Packet / 4]
  }

  /** Address of the packet: where it lies, or of a copy in the lane where that is not in the kernel's memory. */
  addressOf(bytes: Uint8Array, offset: number, length: number): number {
    if (bytes.buffer === this.#memory.buffer) return bytes.byteOffset + offset
    this.#memory.set(bytes.subarray(offset, offset + length), this.#staging)
    return this.#staging
  }

  /** AES by the kernel, in the lane's room for a packet. */
  readonly encryptBlocks: EncryptBlocks = (key, blocks) => {
    const keyAt = this.#staging
    const at = keyAt + MAX_KEY_BYTES
    const end = at + blocks.length
    this.#memory.set(key, keyAt)
    this.#memory.set(blocks, at)
    this.kernel.encryptBlocks(keyAt, key.length, at, blocks.length / BLOCK_BYTES, end)
    const encrypted = this.#memory.slice(at, end)
    this.#memory.fill(0, keyAt, end + ROUND_KEYS_BYTES)
    return encrypted
  }
}

/** Verifies by the kernel what it knows, and asks the reference implementation about the rest. */
export class KernelAuthenticator implements Authenticator {
  readonly #single: SingleVerifier
  readonly #entry: number
  readonly #makeReference: () => Authenticator
  readonly #hasOneRtcpTag: () => boolean
  #made: Authenticator | undefined
  #isFinal: boolean | undefined

  /**
   * @param entry address of the key's entry, whose KernelMethod is not `None`
   * @param hasOneRtcpTag whether SRTCP has one tag length under it: then the kernel's word on a tag is final
   */
  constructor(
    single: SingleVerifier,
    entry: number,
    makeReference: () => Authenticator,
    hasOneRtcpTag: () => boolean = () => false,
  ) {
    this.#hasOneRtcpTag = hasOneRtcpTag
    this.#single = single
    this.#entry = entry
    this.#makeReference = makeReference
  }

  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict {
    const { kernel, lane } = this.#single
    const found = kernel.verifyOneRtp(lane, this.#entry, this.#single.addressOf(bytes, offset, length), length, roc)
    if (found === Single.Verified) return Verdict.Verified
    if (found === Single.Failed) return Verdict.Failed
    return this.#reference().verifyRtp(bytes, offset, length, roc)
  }

  /** One that fails may have the other tag length, or none: the reference knows. */
  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict {
    const { kernel, lane } = this.#single
    const found = kernel.verifyOneRtcp(lane, this.#entry, this.#single.addressOf(bytes, offset, length), length)
    if (found === Single.Verified) return Verdict.Verified
    if (found === Single.Failed) {
      this.#isFinal ??= this.#hasOneRtcpTag()
      if (this.#isFinal) return Verdict.Failed
    }
    return this.#reference().verifyRtcp(bytes, offset, length)
  }

  /** Made when it is first asked: thousands of keys may be tried that it is never asked about. */
  #reference(): Authenticator {
    this.#made ??= this.#makeReference()
    return this.#made
  }

  findRolloverCounter(bytes: Uint8Array, offset: number, length: number, from: number, end: number): number {
    const { kernel, lane } = this.#single
    const packet = this.#single.addressOf(bytes, offset, length)
    const found = kernel.findRolloverCounter(lane, this.#entry, packet, length, from, end)
    if (found !== NOT_SEARCHED) return found
    return searchByReference(this.#reference(), bytes, offset, length, from, end)
  }
}

/** The reference implementation of a key that the kernel knows nothing of (KDR, a carried rollover counter). */
export class ReferenceAuthenticator implements Authenticator {
  readonly #reference: Authenticator

  constructor(reference: Authenticator) {
    this.#reference = reference
  }

  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict {
    return this.#reference.verifyRtp(bytes, offset, length, roc)
  }

  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict {
    return this.#reference.verifyRtcp(bytes, offset, length)
  }

  findRolloverCounter(bytes: Uint8Array, offset: number, length: number, from: number, end: number): number {
    return searchByReference(this.#reference, bytes, offset, length, from, end)
  }
}

function searchByReference(
  reference: Authenticator,
  bytes: Uint8Array,
  offset: number,
  length: number,
  from: number,
  end: number,
): number {
  return tryRolloverCounters(reference, bytes, offset, length, from, Math.min(end, from + ROCS_OF_REFERENCE))
}
