import { randomBytes } from 'node:crypto'
import { rename, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../scan/usage-error.ts'

/** Writes a report beside its place and renames it, so that no half a report is ever found there. */
export async function writeReport(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.srtp-scan-${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(beside, text, { flag: 'wx' })
    await rename(beside, path)
  } catch (cause) {
    await unlink(beside).catch(() => undefined)
    throw new UsageError(`${path}: cannot be written (${(cause as NodeJS.ErrnoException).code})`, cause)
  }
}

/** Writes to standard output; resolves when it was taken. */
export function writeStandardOutput(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

/** A reader that has seen enough (`| head`) ends the command quietly. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
    throw error
  })
}
