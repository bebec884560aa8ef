import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { DEFAULT_MEMORY_MB } from '../limits/limits.ts'

/*
 * What V8 is told for the command (docs/decisions/start-up.md). A flag that a version does not know it complains of on
 * standard error, so each is for the versions of Node that are known to have it.
 */
const NODE = Number.parseInt(process.versions.node, 10)
/** SRTP_SCAN_V8=usual: V8 is told nothing of how to compile. */
export const TELLS_V8 = process.env.SRTP_SCAN_V8 !== 'usual'

/** How much a function has to have run before V8 optimises it, as it usually is: octets of bytecode, or calls. */
function usualThresholds(): Readonly<Record<string, number>> {
  if (!TELLS_V8 || NODE > 26) return {}
  if (NODE >= 22) return { 'invocation-count-for-maglev': 400, 'invocation-count-for-turbofan': 3000 }
  return NODE === 20 ? { 'interrupt-budget': 67_584 } : {}
}
const LATER = 8

let isLate = false

/**
 * When the main thread has nothing more to load: V8 takes what was compiled before under the flags of then only, Node's
 * modules too. V8 optimises on threads of its own, which the threads that verify share the cores with; and most of what
 * a scan calls in its first slab it never calls again.
 */
export function optimiseLater(): void {
  isLate = true
  setThresholds(LATER)
}

/** Once there is more than one slab; it may be said of each. */
export function optimiseAsUsual(): void {
  if (!isLate) return
  isLate = false
  setThresholds(1)
}

function setThresholds(factor: number): void {
  for (const [flag, usual] of Object.entries(usualThresholds())) setFlagsFromString(`--${flag}=${factor * usual}`)
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
