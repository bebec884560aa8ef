import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { DEFAULT_MEMORY_MB } from '../limits/limits.ts'
import type { Progress } from '../scan/analyse-captures.ts'

/*
 * What V8 is told for the command (docs/decisions/start-up.md). A flag that a version does not know it complains of on
 * standard error: each is set where the version of Node is known to have it.
 */

/** SRTP_SCAN_V8=usual: V8 is told nothing of how to compile. */
export const TELLS_V8 = process.env.SRTP_SCAN_V8 !== 'usual'

interface Flags {
  readonly late: string
  readonly usual: string
}

/** Octets of bytecode that a function runs before V8 looks whether to optimise it: eight times as many as usual. */
const BUDGET: Flags = { late: '--interrupt-budget=540672', usual: '--interrupt-budget=67584' }
/** Later versions count calls, and are told which functions may be optimised: none. */
const FILTER: Flags = { late: '--turbo-filter=~', usual: '--turbo-filter=*' }
/** Old objects are collected when there is no more room for them, not long before: a short scan ends before either. */
const MARKING: Flags = { late: '--no-incremental-marking', usual: '--incremental-marking' }

/**
 * By the major version of Node, where something is won by it: from 24 on V8's middle compiler takes so little that there is
 * nothing to win by optimising later, and under 20 and 26 none was seen by collecting later.
 */
const FLAGS: Readonly<Record<string, readonly Flags[]>> = {
  '20': [BUDGET],
  '22': [FILTER, MARKING],
  '24': [MARKING],
}

/** What a short scan has at most of messages and streams; what is called more often than for these is worth optimising. */
const FEW = 2500
/** And how long it is at them: what is in tunnels, fragments and TCP is decoded one by one, and may be none of either. */
const SHORT_MS = 1000

let late: readonly Flags[] = []

/**
 * When the main thread has nothing more to load: V8 takes what was compiled before under the flags of then only, Node's
 * modules too. V8 optimises on threads of its own, which the threads that verify share the cores with; and most of what
 * a scan calls it calls a few times for each call of the trace.
 */
export function optimiseLater(): void {
  if (!TELLS_V8) return
  late = FLAGS[process.versions.node.split('.')[0]] ?? []
  for (const flags of late) setFlagsFromString(flags.late)
}

/** Once a scan is no short one, or nobody knows; it may be said any number of times. */
export function optimiseAsUsual({
  sipMessages = FEW + 1,
  streams = FEW + 1,
}: Pick<Progress, 'sipMessages' | 'streams'>): void {
  if (late.length === 0) return
  // `performance` would be loaded for it alone.
  if (sipMessages <= FEW && streams <= FEW && process.uptime() * 1000 <= SHORT_MS) return
  for (const flags of late) setFlagsFromString(flags.usual)
  late = []
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
