import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Usage {
  /** Of all threads, user and system. */
  readonly cpuSeconds: number
  /** The high-water mark of resident memory. */
  readonly peakBytes: number
  readonly status: number | null
  readonly stderr: string
}

/** Whoever needs longer does not end at all, or might as well not. */
const LONGEST_MS = 120_000

const USAGE = new URL('usage.mjs', import.meta.url).href
const COMMAND = fileURLToPath(new URL('../dist/src/cli/start.cjs', import.meta.url))

/** Scans a capture in a process of its own (as built), its JSON report into a file. */
export function scanApart(capture: string, report: string, args: readonly string[] = []): Promise<Usage> {
  const all = ['--import', USAGE, COMMAND, capture, '--format', 'json', '--output', report, ...args]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], timeout: LONGEST_MS })
  const [, , stderr, usage] = child.stdio
  let said = ''
  let used = ''
  stderr?.on('data', (text) => {
    said += text
  })
  usage?.on('data', (text) => {
    used += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => {
      if (used === '') reject(new Error(`the scan of ${capture} ended with ${signal ?? status}: ${said}`))
      else resolve({ ...(JSON.parse(used) as Pick<Usage, 'cpuSeconds' | 'peakBytes'>), status, stderr: said })
    })
  })
}
