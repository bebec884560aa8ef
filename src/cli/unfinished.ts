import { unlinkSync } from 'node:fs'
import { constants } from 'node:os'

/** What ends the command where nobody listens. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Signal = (typeof SIGNALS)[number]

/** The exit status of a command that a signal ended, as a shell has it. */
export function statusOfSignal(name: Signal): number {
  return 128 + constants.signals[name]
}

/** Files that are written beside their places at this moment. */
const unfinished = new Set<string>()

/**
 * A file is written beside its place from now on: where the process ends before it is settled, by a signal or because
 * standard output has no reader, the file is removed.
 */
export function begun(path: string): void {
  if (unfinished.size === 0) {
    process.on('exit', removeUnfinished)
    for (const name of SIGNALS) process.on(name, end)
  }
  unfinished.add(path)
}

/** Whether this process writes the file at this moment. */
export function isUnfinished(path: string): boolean {
  return unfinished.has(path)
}

/** The file has its name, or is gone. */
export function settled(path: string): void {
  if (!unfinished.delete(path) || unfinished.size > 0) return
  process.off('exit', removeUnfinished)
  for (const name of SIGNALS) process.off(name, end)
}

/** Runs what writes a file beside its place and gives it its name. */
export async function whileUnfinished(path: string, write: () => Promise<void>): Promise<void> {
  begun(path)
  try {
    await write()
  } finally {
    settled(path)
  }
}

/** Who listens beside this decides whether the process ends. */
function end(name: Signal): void {
  if (process.listenerCount(name) === 1) process.exit(statusOfSignal(name))
}

function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path)
    } catch {
      // It has its name already, or was not begun.
    }
  }
}
