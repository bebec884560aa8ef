import { closeSync, openSync, readSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { LaneAt } from './lane-layout.ts'
import { type Layout, laneAddress } from './shared-memory.ts'

/*
 * WebAssembly's vectors have 128 bits. From Node 22 on V8 can make one operation on 256 bits of two that stand side by side;
 * it has to be told, and what hashes tags has to be written for it (docs/decisions/kernel.md).
 */

/** Node whose V8 is known to have the flag; any other would complain of it on standard error. */
const FIRST_NODE = 22
const LAST_NODE = 26
/** More than the system says of one processor. */
const CPU_INFO_BYTES = 8192

/** Whether it pays to tell V8: it knows the flag, and the processor has AVX2. */
export function canWidenVectors(): boolean {
  const node = Number.parseInt(process.versions.node, 10)
  const { arch, platform } = process
  return node >= FIRST_NODE && node <= LAST_NODE && arch === 'x64' && platform === 'linux' && hasAvx2()
}

function hasAvx2(): boolean {
  const text = Buffer.alloc(CPU_INFO_BYTES)
  const file = openSync('/proc/cpuinfo', 'r')
  try {
    return text.toString('latin1', 0, readSync(file, text)).includes(' avx2 ')
  } finally {
    closeSync(file)
  }
}

/** Tells V8, for the whole process, and then all lanes: until now they hash five at a time. */
export function widenVectors(buffer: ArrayBufferLike, layout: Layout): void {
  setFlagsFromString('--experimental-wasm-revectorize')
  for (let thread = 0; thread < layout.threads; thread++) {
    Atomics.store(new Int32Array(buffer), (laneAddress(layout, thread) + LaneAt.Wide) / 4, 1)
  }
}

/** Tells V8 to do as usual: what it has compiled stays, and what is loaded from now on it takes back compiled. */
export function leaveVectors(): void {
  setFlagsFromString('--no-experimental-wasm-revectorize')
}
