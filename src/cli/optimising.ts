import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { DEFAULT_MEMORY_MB } from '../limits/limits.ts'

/*
 * What V8 is told for the command (docs/decisions/start-up.md). A flag that a version does not know it complains of on
 * standard error: each is set where the version of Node is known to have it.
 */

/** SRTP_SCAN_V8=usual: V8 is told nothing of how to compile. */
export const TELLS_V8 = process.env.SRTP_SCAN_V8 !== 'usual'

/** Octets of bytecode that a function runs before V8 looks whether to optimise it; later versions count calls. */
const USUAL_BUDGET = 67_584
const FIRST_BUDGET = 8 * USUAL_BUDGET
const HAS_BUDGET = process.versions.node.startsWith('20.')

let isLate = false

/**
 * When the main thread has nothing more to load: V8 takes what was compiled before under the flags of then only, Node's
 * modules too. V8 optimises on threads of its own, which the threads that verify share the cores with; and most of what
 * a scan calls in its first slab it never calls again.
 */
export function optimiseLater(): void {
  if (!TELLS_V8 || !HAS_BUDGET) return
  isLate = true
  setFlagsFromString(`--interrupt-budget=${FIRST_BUDGET}`)
}

/** Once there is more than one slab; it may be said of each. */
export function optimiseAsUsual(): void {
  if (!isLate) return
  isLate = false
  setFlagsFromString(`--interrupt-budget=${USUAL_BUDGET}`)
}

/** The share of --max-memory from which on V8 no longer lets its heap grow to twice and thrice of what is in use. */
const ROOMY = 1 / 4
/** How much it may grow beyond what is in use, percent. */
const GROWTH = 25

let isCareful = false

/** With each slab: what is in use is bounded by --max-memory, what V8 leaves lying about has to be too. */
export function growCarefully(maxMemoryMb: number = DEFAULT_MEMORY_MB): void {
  // process.memoryUsage() asks the system as well, which takes longer.
  if (isCareful || getHeapStatistics().used_heap_size < ROOMY * maxMemoryMb * (1 << 20)) return
  isCareful = true
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`)
}
