import { cachedDataVersionTag, setFlagsFromString } from 'node:v8'
import { compileModule, instantiateModule, type Kernel, type KernelModule, type SharedMemory } from './kernel.ts'

/*
 * Blocks of nine messages at a time (workers/kernel/hmac.ts). WebAssembly's vectors have 128 bits. From Node 22 on V8 makes one
 * operation on 256 of two that stand side by side, where it is told to and the processor can: what hashes so is a module of
 * its own, and V8 is told for as long as it takes to optimise that (docs/decisions/kernel.md).
 */

/** Versions of Node whose V8 is known to have the flag; another would complain of it on standard error. */
const FIRST_NODE = 22
const LAST_NODE = 26
const FLAG = 'experimental-wasm-revectorize'

/** V8 optimises what was called some hundred times more often than what is timed first. */
const MANY_CALLS = 1000
/** Calls that are timed, some microseconds, and how often: the shortest counts, for other threads come between. */
const CALLS = 16
const TIMES = 8
const WAIT_MS = 1
/** Beside busy cores it takes longer than the usual 10. */
const LONGEST_MS = 100
/** What V8 makes of it first is seven times as slow as with wider vectors, and two to three times as slow as without. */
const WIDE = 4
const NARROW = 1.5
/** Looks at which it was optimised, but narrow, before that is believed. */
const NARROW_LOOKS = 3

/** The place in the kernel's table of functions. */
const SLOT = 0

interface HashNine {
  hashNine(words: number, block: number, states: number, live: number): void
}

/** As long as somebody has it, whoever compiles the same octets in this process is given what V8 has made of them. */
let kept: KernelModule | undefined
/** What this thread has seen of it. */
let isFast: boolean | undefined

/** Whether V8 may be told to. */
export function mayHashNine(): boolean {
  const node = Number.parseInt(process.versions.node, 10)
  return node >= FIRST_NODE && node <= LAST_NODE && process.arch === 'x64'
}

/**
 * Has V8 optimise what hashes nine, and waits for it: some 10 ms in which its flag holds for the whole process. False where it
 * does not get as fast as it must be to pay.
 *
 * @param scratch 512 octets that nobody else uses meanwhile
 */
export function optimiseHashNine(memory: SharedMemory, scratch: number): boolean {
  if (isFast !== undefined) return isFast
  const usual = cachedDataVersionTag()
  setFlagsFromString(`--${FLAG}`)
  try {
    isFast = becomesFast(memory, scratch)
  } finally {
    setFlagsFromString(`--no-${FLAG}`)
    // Some versions have it set a second one, and leave that. Node's own modules are compiled anew while any differs.
    if (cachedDataVersionTag() !== usual) setFlagsFromString('--no-experimental')
  }
  return isFast
}

function becomesFast(memory: SharedMemory, scratch: number): boolean {
  kept ??= compileModule('hash-nine')
  const { hashNine } = instantiateModule(kept, memory) as HashNine
  const call = (times: number): void => {
    for (let n = 0; n < times; n++) hashNine(scratch, scratch, scratch, scratch)
  }
  const first = shortest(() => call(CALLS))
  call(MANY_CALLS)
  const silence = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0, narrow = 0; waited < LONGEST_MS && narrow < NARROW_LOOKS; waited += WAIT_MS) {
    const now = shortest(() => call(CALLS))
    if (now * WIDE < first) return true
    if (now * NARROW < first) narrow++
    Atomics.wait(silence, 0, 0, WAIT_MS)
  }
  return false
}

/** Seconds. */
function shortest(what: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < TIMES; n++) {
    // `performance` would be loaded for it alone.
    const start = process.uptime()
    what()
    least = Math.min(least, process.uptime() - start)
  }
  return least
}

/** Puts it where the kernel, of any thread, calls it. */
export function giveHashNine(kernel: Kernel, memory: SharedMemory): void {
  kept ??= compileModule('hash-nine')
  kernel.table.set(SLOT, (instantiateModule(kept, memory) as HashNine).hashNine)
}
