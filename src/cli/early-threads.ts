import { access, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { MOST_WORKERS, POOL_PAYS_BYTES, SLAB_BYTES, threadsForSlabs } from '../verify/engine-options.ts'
import { startEarly } from '../verify/thread-pool.ts'
import { CAPTURES, COMMAND, SWITCHES } from './command-words.ts'

/** What a command line most likely means: which command, and which of its words name captures. */
export interface LikelyScan {
  /** Absent for the scan itself, which is all that is looked at closely. */
  readonly command?: string
  readonly captures: readonly string[]
  readonly wantsHelp: boolean
  readonly workers?: string
}

/**
 * Has the threads of a scan come up while the command line is read and the rest is loaded. The command line is only guessed
 * at: threads that the scan has no use for are ended with the command, or by the first pool of others.
 */
export function startLikelyThreads(argv: readonly string[]): void {
  const threads = likelyThreads(likelyScan(argv))
  if (threads < 1) return
  // Node's own threads begin with the first file that is asked for so, and Node aborts where the system allows no more.
  access('.', () => undefined)
  startEarly('verify', threads)
}

/** Threads beside the main one; what other commands need threads for is another matter. */
function likelyThreads({ command, captures, wantsHelp, workers }: LikelyScan): number {
  if (command !== undefined || wantsHelp) return 0
  const size = captures.reduce((sum, capture) => sum + sizeOf(capture), 0)
  if (size < POOL_PAYS_BYTES) return 0
  const most = workers === undefined ? availableParallelism() : workersOf(workers)
  return (captures.length > 1 ? most : threadsForSlabs(size, SLAB_BYTES, most)) - 1
}

const COMMANDS: readonly string[] = Object.values(COMMAND)

/** Without the parser of the command line, which takes longer to load than threads to start. */
export function likelyScan(argv: readonly string[]): LikelyScan {
  const captures: string[] = []
  const end = argv.indexOf('--')
  let command: string | undefined
  let workers: string | undefined
  let wantsHelp = false
  for (let n = 0; n < argv.length; n++) {
    const word = argv[n]
    if (n === end) continue
    if ((end >= 0 && n > end) || !word.startsWith('-') || word === '-') {
      // Only the first operand can be a command.
      if (captures.length === 0 && COMMANDS.includes(word)) command ??= word
      captures.push(word)
      continue
    }
    const [spelling, ...joined] = word.split('=')
    const name = spelling.startsWith('--') ? spelling.slice(2) : spelling.slice(-1)
    if (name === 'help' || name === 'h') wantsHelp = true
    if (joined.length === 0 && (SWITCHES.includes(name) || name.startsWith('no-'))) continue
    const value = joined.length > 0 ? joined.join('=') : argv[++n]
    if (CAPTURES.includes(name) && value !== undefined) captures.push(value)
    if (name === 'workers') workers = value
  }
  return { ...(command !== undefined && { command }), captures, wantsHelp, ...(workers !== undefined && { workers }) }
}

/** What --workers says; 1 where it is not to be understood. */
function workersOf(text: string): number {
  const workers = Number(text)
  return Number.isInteger(workers) && workers > 0 && workers <= MOST_WORKERS ? workers : 1
}

/** Octets of the file that an argument names, 0 where it names none. */
function sizeOf(argument: string): number {
  try {
    const found = statSync(argument)
    return found.isFile() ? found.size : 0
  } catch {
    return 0
  }
}
