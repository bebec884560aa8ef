import { accessSync, closeSync, constants, openSync, realpathSync } from 'node:fs'
import { type FileHandle, open, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unwritable } from '../bytes/unwritable.ts'
import { UsageError } from '../scan/usage-error.ts'
import { placeBeside } from './beside.ts'
import { ExitStatus } from './exit-status.ts'
import { errorLine } from './notices.ts'
import { whileUnfinished } from './unfinished.ts'

/** Octets that are written at a time, at most. */
const MOST_OCTETS = 1 << 20

/**
 * Refuses outputs before a long scan: those in a directory that cannot be written, two of one path, and those that
 * would replace an input.
 */
export function checkOutputs(outputs: readonly string[], inputs: readonly string[]): void {
  if (outputs.length === 0) return
  const read = new Set(inputs.filter((path) => path !== '-').map(placeOf))
  const written = new Set<string>()
  for (const path of outputs) {
    const place = placeOf(path)
    if (read.has(place)) throw new UsageError(`${path}: is an input; name another file for the report`)
    if (written.has(place)) throw new UsageError(`${path}: is named for two reports; give each its own --output`)
    written.add(place)
    try {
      accessSync(dirname(place), constants.W_OK)
    } catch (cause) {
      throw cannotWrite(path, cause)
    }
  }
}

/**
 * Writes a report beside its place and renames it, so that no half a report is ever found there. What is no regular
 * file (a device, a pipe) is written to as it is, and a link stays a link.
 */
export async function writeReport(path: string, pieces: Iterable<string>): Promise<void> {
  const place = placeOf(path)
  const known = await stat(place).catch(() => undefined)
  if (known !== undefined && !known.isFile()) {
    return writeFile(place, gathered(pieces)).catch((cause) => {
      throw cannotWrite(path, cause)
    })
  }
  const beside = placeBeside(place)
  try {
    await whileUnfinished(beside, async () => {
      await writeNew(beside, pieces, known === undefined ? 0o666 : known.mode & 0o777)
      await rename(beside, place)
    })
  } catch (cause) {
    await unlink(beside).catch(() => undefined)
    throw cannotWrite(path, cause)
  }
}

/** Writes a file that is not there yet. One stretch is put together while the one before is on its way. */
async function writeNew(path: string, pieces: Iterable<string>, mode: number): Promise<void> {
  // Made in this turn: were the process to end in between, it would be made after it was removed.
  closeSync(openSync(path, 'wx', mode))
  const file = await open(path, 'r+')
  try {
    let writing = Promise.resolve()
    for (const octets of gathered(pieces)) {
      await writing
      writing = writeAll(file, octets)
    }
    await writing
  } finally {
    await file.close()
  }
}

/** At the end of what was written before, in one go where the system takes it: nobody is there to go on in between. */
async function writeAll(file: FileHandle, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length; ) at += (await file.write(octets, at)).bytesWritten
}

/** Where a path leads, links followed; a file that does not exist yet lies in the directory that its path names. */
function placeOf(path: string): string {
  return linked(path) ?? join(linked(dirname(path)) ?? dirname(path), path.slice(path.lastIndexOf('/') + 1))
}

function linked(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

export function cannotWrite(path: string, cause: unknown): UsageError {
  return new UsageError(`${path}: ${unwritable(cause)}`, cause)
}

/** A text and the file that it goes to; without a path, standard output. */
export interface Output {
  readonly path?: string
  pieces(): Iterable<string> | Promise<Iterable<string>>
}

/**
 * Writes every output where it goes, files first: a reader of standard output may take its time, or leave.
 *
 * @throws UsageError for those that cannot be written, when the others were
 */
export async function writeOutputs(outputs: readonly Output[]): Promise<void> {
  const failures: UsageError[] = []
  const printed = outputs.filter(({ path }) => path === undefined)
  for (const { path, pieces } of outputs) {
    if (path === undefined) continue
    expectFiles()
    await writeReport(path, await pieces()).catch((error) => failures.push(error))
  }
  for (const { pieces } of printed) await writeStandardOutput(await pieces())
  if (standardOutput.failure !== undefined) failures.push(standardOutput.failure)
  if (failures.length > 0) throw new UsageError(failures.map(({ message }) => message).join('; '), failures[0])
}

/** Writes to standard output; resolves when it was taken. */
export async function writeStandardOutput(pieces: Iterable<string>): Promise<void> {
  for (const text of gathered(pieces)) await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
}

/** The pieces put together to what is worth a write. What is yielded holds until the next but one is asked for. */
function* gathered(pieces: Iterable<string>): Generator<Uint8Array> {
  let octets = Buffer.allocUnsafe(MOST_OCTETS)
  let other = Buffer.allocUnsafe(MOST_OCTETS)
  let length = 0
  for (const piece of pieces) {
    // A UTF-16 code unit takes three octets at most.
    if (length + 3 * piece.length > octets.length) {
      yield octets.subarray(0, length)
      length = 0
      ;[octets, other] = [other, octets]
    }
    if (3 * piece.length > octets.length) yield Buffer.from(piece)
    else length += octets.write(piece, length)
  }
  yield octets.subarray(0, length)
}

/**
 * What is known of standard output. The command's script and what it loads for `live`, `batch` and others have this module
 * each (docs/decisions/start-up.md): who hears that the reader left has to know what the other expects.
 */
interface StandardOutput {
  filesToCome?: true
  failure?: UsageError
}

const PLACE = Symbol.for('srtp-scan standard output')
const shared = globalThis as { [PLACE]?: StandardOutput }
shared[PLACE] ??= {}
const standardOutput = shared[PLACE]

/** Reports go to files too: what becomes of standard output does not keep these from being written. */
export function expectFiles(): void {
  standardOutput.filesToCome = true
}

/**
 * A reader that has seen enough (`| head`) ends the command quietly; where standard output cannot be written for
 * another reason, a full disk say, the report is lost and the status must not pass for a verdict.
 */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      if (!standardOutput.filesToCome) process.exit(process.exitCode ?? ExitStatus.Clean)
      return
    }
    // The terminal is gone, as is who looked at it: files are written all the same.
    if (error.code === 'EIO' && process.stdout.isTTY) return
    standardOutput.failure ??= cannotWrite('standard output', error)
    if (standardOutput.filesToCome) return
    process.stderr.write(errorLine(standardOutput.failure))
    process.exit(ExitStatus.Unusable)
  })
  // What cannot be said to anybody is no reason to end.
  process.stderr.on('error', () => undefined)
}
