import { closeSync, openSync, readSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { compileModule, instantiateModule, type Kernel, type KernelModule, type SharedMemory } from './kernel.ts'

/*
 * Blocks of nine messages at a time (workers/kernel/hmac.ts). WebAssembly's vectors have 128 bits. From Node 22 on V8 makes one
 * operation on 256 of two that stand side by side, where it is told to when it compiles: what hashes so is a module of its
 * own, and only that is compiled so (docs/decisions/kernel.md).
 */

/** Versions of Node whose V8 is known to have the flags; another would complain of them on standard error. */
const FIRST_NODE = 22
const LAST_NODE = 26
/** The second and third: with its best compiler, and at once. */
const FLAGS = { 'experimental-wasm-revectorize': true, liftoff: false, 'wasm-lazy-compilation': false }
/** Its place in the kernel's table of functions. */
const SLOT = 0
/** More than the system says of one processor. */
const CPU_INFO_BYTES = 8192

/** As long as somebody has it, whoever compiles the same octets in this process is given what was compiled. */
let kept: KernelModule | undefined

/** Whether it pays: V8 knows the flags, and the processor has AVX2. */
export function paysToHashNine(): boolean {
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

/** Some milliseconds; V8's flags are the whole process's meanwhile. Before `giveHashNine`, in any thread. */
export function compileHashNine(): void {
  setFlags(true)
  try {
    kept = compileModule('hash-nine')
  } finally {
    setFlags(false)
  }
}

function setFlags(isTold: boolean): void {
  for (const [name, value] of Object.entries(FLAGS)) setFlagsFromString(`--${value === isTold ? '' : 'no-'}${name}`)
}

/** Puts it where the kernel, of any thread, calls it. */
export function giveHashNine(kernel: Kernel, memory: SharedMemory): void {
  kept ??= compileModule('hash-nine')
  const { hashNine } = instantiateModule(kept, memory) as { readonly hashNine: object }
  kernel.table.set(SLOT, hashNine)
}
