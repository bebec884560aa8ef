import { expect } from 'vitest'
import { giveHashNine } from '../../src/verify/hash-nine.ts'
import {
  allocateSharedMemory,
  compileKernel,
  GCM_CONTEXT_BYTES,
  HMAC_STATES_BYTES,
  instantiateKernel,
  JOB_WORDS,
  KERNEL_STATIC_BYTES,
  type Kernel,
  kernelScratchBytes,
} from '../../src/verify/kernel.ts'
import { hexOf } from '../srtp/octets.ts'

const MAX_JOBS = 512
const JOB_BYTES = JOB_WORDS * 4
/** The verdict, and a word of the kernel's. */
const OUTPUT_AT = 24
/** What the kernel may read behind the last message. */
const SLACK = 64

const module = compileKernel()

/** A tag to be verified: what stands in the words of a job, octets in the place of their addresses. */
export interface HmacJob {
  readonly message: Uint8Array
  /** Absent for SRTCP, whose tags know no rollover counter. */
  readonly roc?: number
  readonly tag: Uint8Array
  readonly key: Uint8Array
  /** What the message's address leaves, divided by 16. */
  readonly alignment?: number
}

export interface GcmJob {
  readonly header: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
  readonly key: Uint8Array
  readonly salt: Uint8Array
  readonly roc?: number
  /** The E bit and the index: such a packet is SRTCP. */
  readonly index?: Uint8Array
  readonly alignment?: number
}

/**
 * A kernel with a memory of its own, from `start` on: keys for good, and behind them jobs, one batch after the other in
 * the same place, with noise between them.
 */
export class KernelRoom {
  readonly #kernel: Kernel
  readonly #bytes: Uint8Array
  readonly #jobs: number
  readonly #addresses = new Map<string, number>()
  /** Of the last jobs those that were verified five at a time. */
  byFives = 0
  #nextKey: number
  #nextOfJob: number

  constructor(
    octets: { readonly keys: number; readonly jobs: number },
    start = KERNEL_STATIC_BYTES,
    giveNines = giveHashNine,
  ) {
    const memory = allocateSharedMemory(start + octets.keys + octets.jobs)
    this.#kernel = instantiateKernel(module, memory)
    giveNines(this.#kernel, memory)
    this.#bytes = new Uint8Array(memory.buffer)
    this.#nextKey = start
    this.#jobs = start + octets.keys
    this.#nextOfJob = this.#jobs
    for (let n = 0; n < octets.jobs; n++) this.#bytes[this.#jobs + n] = Math.imul(n, 0x9e3779b1) >>> 24
  }

  /** The verdicts on the jobs, given in one go. @param nines whether nine are hashed at a time */
  verifyHmac(jobs: readonly HmacJob[], nines: boolean): boolean[] {
    const scratch = this.#once('scratch', kernelScratchBytes(MAX_JOBS), () => {})
    const words = jobs.map(({ message, roc, tag, key, alignment }) => {
      const messageAt = this.#put(message, alignment)
      const tagAt = this.#put(tag)
      const appendsRoc = roc === undefined ? 0 : 0x100
      return [messageAt, message.length, roc ?? -1, tag.length | appendsRoc, tagAt, this.#states(key), -1, -1]
    })
    return this.#verdicts(words, (at) => {
      this.byFives = this.#kernel.verifyHmac(at, jobs.length, scratch, nines ? 1 : 0)
    })
  }

  verifyGcm(jobs: readonly GcmJob[]): boolean[] {
    const words = jobs.map(({ header, ciphertext, tag, key, salt, roc, index, alignment }) => {
      const packet = this.#put(header, alignment)
      this.#put(ciphertext)
      const tagAt = this.#put(tag)
      const indexAt = index === undefined ? -1 : this.#put(index)
      const isSrtcp = index === undefined ? 0 : 0x100
      const context = this.#context(key, salt)
      return [packet, header.length, ciphertext.length, tag.length | isSrtcp, tagAt, context, roc ?? -1, indexAt]
    })
    return this.#verdicts(words, (at) => this.#kernel.verifyGcm(at, jobs.length))
  }

  #states(key: Uint8Array): number {
    return this.#once(`states of ${hexOf(key)}`, HMAC_STATES_BYTES, (at) => {
      this.#kernel.hmacStates(this.#put(key), key.length, at)
    })
  }

  #context(key: Uint8Array, salt: Uint8Array): number {
    return this.#once(`context of ${hexOf(key)} and ${hexOf(salt)}`, GCM_CONTEXT_BYTES, (at) => {
      this.#kernel.gcmContext(this.#put(key), key.length, this.#put(salt), at)
    })
  }

  /** Address of what `write` put there the first time. */
  #once(name: string, octets: number, write: (at: number) => void): number {
    const known = this.#addresses.get(name)
    if (known !== undefined) return known
    const at = this.#nextKey
    this.#nextKey += (octets + 15) & ~15
    if (this.#nextKey > this.#jobs) throw new RangeError('no room for another key')
    write(at)
    this.#addresses.set(name, at)
    return at
  }

  #put(octets: Uint8Array, alignment = this.#nextOfJob): number {
    const at = this.#nextOfJob + ((alignment - this.#nextOfJob) & 15)
    this.#nextOfJob = at + octets.length
    if (this.#nextOfJob + SLACK > this.#bytes.length) throw new RangeError('no room for another job')
    this.#bytes.set(octets, at)
    return at
  }

  /** Runs the kernel, which may write nothing but the last two words of a job, and gives the jobs' room up again. */
  #verdicts(words: readonly (readonly number[])[], run: (jobs: number) => void): boolean[] {
    const at = this.#put(new Uint8Array(new Int32Array(words.flat()).buffer), 0)
    const before = this.#bytes.slice(this.#jobs, this.#nextOfJob)
    run(at)
    const after = this.#bytes.slice(this.#jobs, this.#nextOfJob)
    const outputs = words.map((_, n) => {
      const output = after.slice(at - this.#jobs + n * JOB_BYTES + OUTPUT_AT, at - this.#jobs + (n + 1) * JOB_BYTES)
      before.set(output, at - this.#jobs + n * JOB_BYTES + OUTPUT_AT)
      return new Int32Array(output.buffer)[0]
    })
    expect(Buffer.compare(before, after)).toBe(0)
    expect(outputs.filter((verdict) => verdict !== 0 && verdict !== 1)).toEqual([])
    this.#nextOfJob = this.#jobs
    return outputs.map((verdict) => verdict === 1)
  }
}
