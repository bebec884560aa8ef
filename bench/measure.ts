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

/** Runs a command to its end, its output thrown away. @throws Error where it cannot be run or fails */
export function measure({ command, args }: Command): Promise<Measured> {
  const nowhere = openSync('/dev/null', 'r+')
  const started = performance.now()
  const child = spawn(command, args, { stdio: [nowhere, nowhere, nowhere] })
  let peakBytes: number | undefined
  const looking = setInterval(() => {
    peakBytes = child.pid === undefined ? undefined : (peakOf(child.pid) ?? peakBytes)
  }, LOOK_EVERY_MS)
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

/** Every command `rounds` times, in turn, the capture in memory each time; the medians. */
export async function measureInterleaved<K>(
  commands: ReadonlyMap<K, Command>,
  capture: string,
  rounds: number,
): Promise<Map<K, Measured>> {
  const runs = new Map([...commands.keys()].map((name) => [name, [] as Measured[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of commands) {
      warm(capture)
      runs.get(name)?.push(await measure(command))
    }
  }
  return new Map([...runs].map(([name, all]) => [name, medianOf(all)]))
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

function medianOf(runs: readonly Measured[]): Measured {
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b)[runs.length >> 1]
  const peaks = runs.flatMap(({ peakBytes }) => peakBytes ?? [])
  return { seconds, ...(peaks.length > 0 && { peakBytes: Math.max(...peaks) }) }
}
