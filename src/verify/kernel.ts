import { readFileSync } from 'node:fs'

/** A WebAssembly.Memory that threads share; it can be sent to another thread. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
}

/** A compiled WebAssembly.Module; it can be sent to another thread. */
export type KernelModule = object

/** What is used of the global of this name, which the types of Node leave to the browser's. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => SharedMemory
  readonly Module: new (bytes: Uint8Array) => KernelModule
  readonly Instance: new (module: KernelModule, imports: object) => { readonly exports: object }
}

const PAGE_BYTES = 65_536
/** What the kernel was built to find at least. */
const LEAST_PAGES = 16

/** Shared memory of a fixed size, zeros: views on a grown memory would keep their old length. */
export function allocateSharedMemory(byteLength: number): SharedMemory {
  const pages = Math.max(LEAST_PAGES, Math.ceil(byteLength / PAGE_BYTES))
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}

/** Octets at the beginning of the memory that belong to the kernel's own tables. */
export const KERNEL_STATIC_BYTES = 65_536
/** Int32 words of a job. */
export const JOB_WORDS = 8
/** Octets of what the kernel makes of an HMAC key: the chaining values of its inner and its outer hash. */
export const HMAC_STATES_BYTES = 40
/** Octets of what the kernel makes of an AES-GCM key and its salt. */
export const GCM_CONTEXT_BYTES = 4416

/** Room that a thread needs to verify so many jobs at a time: one group's, the counters of the sort, and its order. */
export function kernelScratchBytes(maxJobs: number): number {
  return 8192 + maxJobs * 4
}

/** The kernel's functions (workers/kernel/index.ts); all pointers are addresses in its memory. */
export interface Kernel {
  /** The functions of other modules that it calls: what hashes nine messages (hash-nine.ts). */
  readonly table: { set(slot: number, exported: object): void }
  hmacStates(key: number, keyLength: number, states: number): void
  verifyHmac(jobs: number, count: number, scratch: number, nines: number): number
  encryptBlocks(key: number, keyLength: number, blocks: number, count: number, roundKeys: number): void
  gcmContext(key: number, keyLength: number, salt: number, context: number): void
  verifyGcm(jobs: number, count: number): void
  verifyOneRtp(lane: number, entry: number, packet: number, length: number, roc: number): number
  verifyOneRtcp(lane: number, entry: number, packet: number, length: number): number
  findRolloverCounter(lane: number, entry: number, packet: number, length: number, from: number, end: number): number
  takeUsualRecords(lane: number): void
  verifySlab(lane: number): number
  commitSlab(lane: number, from: number): number
  findStream(table: number, identity: number, position: number): number
  findOrAddStream(table: number, identity: number, position: number): number
  addStreamAgain(table: number, record: number): void
  countRtp(
    record: number,
    position: number,
    timeUs: number,
    capture: number,
    frame: number,
    identity: number,
    packet: number,
    length: number,
  ): number
  keepRepeats(list: number): void
  keepTimelines(pool: number): void
  noteInStep(record: number, field: number): void
  forgetTimeline(record: number): void
  countPacket(record: number, position: number, timeUs: number, capture: number, frame: number, octets: number): void
}

const MODULES = {
  kernel: new URL('../../workers/kernel/kernel.wasm', import.meta.url),
  'hash-nine': new URL('../../workers/kernel/hash-nine.wasm', import.meta.url),
} as const

export function compileModule(name: keyof typeof MODULES): KernelModule {
  return new WebAssembly.Module(readFileSync(MODULES[name]))
}

export function compileKernel(): KernelModule {
  return compileModule('kernel')
}

/** What the module exports. */
export function instantiateModule(module: KernelModule, memory: SharedMemory): object {
  return new WebAssembly.Instance(module, { env: { memory } }).exports
}

export function instantiateKernel(module: KernelModule, memory: SharedMemory): Kernel {
  return instantiateModule(module, memory) as Kernel
}
