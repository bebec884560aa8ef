import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** A program over a capture, as a whole process. */
export interface Command {
  readonly command: string
  readonly args: readonly string[]
}

export interface Measured {
  readonly seconds: number
  /** Peak resident memory; absent where the system does not say (it is Linux' /proc that does). */
  readonly peakBytes?: number
}

const LOOK_EVERY_MS = 10
/**
 * What the programs are told by their surroundings. Node 20 reads and parses the certificates that this variable names, and all of its
 * own, when it starts: 35 ms for an empty script, 10 to 30 for a scan.
 */
const { NODE_EXTRA_CA_CERTS: _, ...SURROUNDINGS } = process.env

/** Runs that are looked at, behind those that are timed. */
const LOOKED_AT = 1

/**
 * Runs a command to its end, its output thrown away.
 *
 * @param looks for its peak memory, which takes a hundredth of the time of what has every core for itself
 * @throws Error where it cannot be run or fails
 */
export function measure({ command, args }: Command, looks: boolean): Promise<Measured> {
  const nowhere = openSync('/dev/null', 'r+')
  const started = performance.now()
  const child = spawn(command, args, { stdio: [nowhere, nowhere, nowhere], env: SURROUNDINGS })
  let peakBytes: number | undefined
  const look = (): void => {
    peakBytes = child.pid === undefined ? undefined : (peakOf(child.pid) ?? peakBytes)
  }
  const looking = looks ? setInterval(look, LOOK_EVERY_MS) : undefined
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (status, signal) => {
      const seconds = (performance.now() - started) / 1000
      if (status !== 0) reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? status}`))
      else resolve({ seconds, ...(peakBytes !== undefined && { peakBytes }) })
    })
  }).finally(() => {
    clearInterval(looking)
    closeSync(nowhere)
  }) as Promise<Measured>
}

/** The high-water mark of a process' resident memory; nothing once it has ended. */
function peakOf(pid: number): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return found === null ? undefined : Number(found[1]) * 1024
  } catch {
    return undefined
  }
}

/**
 * Every command `rounds` times, in turn, the capture in memory each time: the median of the times. And the memory of
 * another run.
 */
export async function measureInterleaved<K>(
  commands: ReadonlyMap<K, Command>,
  capture: string,
  rounds: number,
): Promise<Map<K, Measured>> {
  const runs = new Map([...commands.keys()].map((name) => [name, [] as Measured[]]))
  for (let round = 0; round < rounds + LOOKED_AT; round++) {
    for (const [name, command] of commands) {
      warm(capture)
      runs.get(name)?.push(await measure(command, round >= rounds))
    }
  }
  return new Map([...runs].map(([name, all]) => [name, summaryOf(all, rounds)]))
}

/** Reads the file once: what the system dropped from its cache since the run before would be counted as a program's. */
function warm(path: string): void {
  const chunk = new Uint8Array(4 << 20)
  const descriptor = openSync(path, 'r')
  while (readSync(descriptor, chunk) > 0) {
    // Nothing is kept.
  }
  closeSync(descriptor)
}

/** @param timed so many of the runs, the first ones */
function summaryOf(runs: readonly Measured[], timed: number): Measured {
  const times = runs.slice(0, timed).map((run) => run.seconds)
  const seconds = times.sort((a, b) => a - b)[timed >> 1]
  const peaks = runs.flatMap(({ peakBytes }) => peakBytes ?? [])
  return { seconds, ...(peaks.length > 0 && { peakBytes: Math.max(...peaks) }) }
}
