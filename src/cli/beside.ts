import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, unlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { isUnfinished } from './unfinished.ts'

/** How a file is called that is written beside its place, up to who writes it. */
export const BESIDE = '.srtp-scan-'

/** Of several hosts that write to one folder, none knows which processes of another are alive. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const NAME = new RegExp(`^\\${BESIDE}${HOST}-(\\d+)-[0-9a-f]{12}$`)

const tidied = new Set<string>()

/**
 * The name of a new file beside `path`, in its folder. What an earlier process of this host has left there when it was
 * killed, or the power failed, is removed with the first one.
 */
export function placeBeside(path: string): string {
  const folder = dirname(path)
  if (!tidied.has(folder)) removeLeftovers(folder)
  tidied.add(folder)
  return join(folder, `${BESIDE}${HOST}-${process.pid}-${randomBytes(6).toString('hex')}`)
}

function removeLeftovers(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const writer = NAME.exec(name)?.[1]
      const path = join(folder, name)
      if (writer !== undefined && isGone(Number(writer), path)) unlinkSync(path)
    }
  } catch {
    // Who may not look there, or remove, has nothing to tidy; whether it can write is told soon.
  }
}

/** A process that has the number of one that is gone keeps its files. This one knows its own. */
function isGone(pid: number, path: string): boolean {
  if (pid === process.pid) return !isUnfinished(path)
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
