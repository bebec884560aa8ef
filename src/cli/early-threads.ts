import { access, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { MOST_WORKERS, POOL_PAYS_BYTES, SLAB_BYTES, threadsForSlabs } from '../verify/engine-options.ts'
import { startEarly } from '../verify/thread-pool.ts'

/** Commands beside the scan: what they need threads for is another matter. */
const OTHERS: readonly string[] = ['batch', 'keys', 'decrypt', 'live', 'tls', 'rules', 'worker']

/**
 * Has the threads of a scan come up while the command line is read and the rest is loaded. The command line is only guessed
 * at: threads that the scan has no use for are ended with the command, or by the first pool of others.
 */
export function startLikelyThreads(argv: readonly string[]): void {
  if (argv.some((one) => OTHERS.includes(one) || one === '--help' || one === '-h')) return
  const size = Math.max(0, ...argv.map(sizeOf))
  if (size < POOL_PAYS_BYTES) return
  const threads = threadsForSlabs(size, SLAB_BYTES, workersOf(argv)) - 1
  if (threads < 1) return
  // Node's own threads begin with the first file that is asked for so, and Node aborts where the system allows no more.
  access('.', () => undefined)
  startEarly('verify', threads)
}

/** What --workers says; 1 where it is not to be understood. */
function workersOf(argv: readonly string[]): number {
  const at = argv.findIndex((one) => /^--workers(=|$)/.test(one))
  if (at < 0) return availableParallelism()
  const workers = Number(argv[at].split('=')[1] ?? argv[at + 1])
  return Number.isInteger(workers) && workers > 0 && workers <= MOST_WORKERS ? workers : 1
}

/** Octets of the file that an argument names, 0 where it names none. */
function sizeOf(argument: string): number {
  if (argument.startsWith('-')) return 0
  try {
    const found = statSync(argument)
    return found.isFile() ? found.size : 0
  } catch {
    return 0
  }
}
