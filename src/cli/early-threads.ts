import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { MOST_WORKERS, POOL_PAYS_BYTES, startEarly } from '../verify/thread-pool.ts'

/** Commands beside the scan: what they need threads for is another matter. */
const OTHERS: readonly string[] = ['batch', 'keys', 'decrypt', 'live', 'tls', 'rules', 'worker']

/**
 * Has the threads of a scan come up while the command line is read and the rest is loaded. The command line is only guessed
 * at: where the guess is wrong nobody takes the threads, and they are ended with the command.
 */
function startLikelyThreads(argv: readonly string[]): void {
  const threads = workersOf(argv) - 1
  if (threads > 0 && !argv.some((one) => OTHERS.includes(one)) && argv.some(isLargeFile)) startEarly('verify', threads)
}

function workersOf(argv: readonly string[]): number {
  const at = argv.findIndex((one) => /^--workers(=|$)/.test(one))
  if (at < 0) return availableParallelism()
  const workers = Number(argv[at].split('=')[1] ?? argv[at + 1])
  return workers <= MOST_WORKERS ? workers : 0
}

function isLargeFile(argument: string): boolean {
  if (argument.startsWith('-')) return false
  try {
    const found = statSync(argument)
    return found.isFile() && found.size >= POOL_PAYS_BYTES
  } catch {
    return false
  }
}

startLikelyThreads(process.argv.slice(2))
