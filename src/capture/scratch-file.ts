import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { unwritable } from '../bytes/unwritable.ts'

/** A scan's own file cannot be written: no fault of what is scanned. */
export class ScratchError extends Error {
  readonly code = 'SRTP_SCAN_SCRATCH'

  /** @param cause the system's error */
  constructor(path: string, cause: { readonly code?: string | undefined }) {
    super(`${path}: ${unwritable(cause)}`, { cause })
    this.name = 'ScratchError'
  }
}

function written<Result>(path: string, write: () => Result): Result {
  try {
    return write()
  } catch (cause) {
    throw new ScratchError(path, cause as NodeJS.ErrnoException)
  }
}

/** Makes a folder for a scan's own files, readable by its owner only. */
export function makeScratchFolder(path: string): void {
  written(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }))
}

export function removeScratchFolder(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/**
 * A file of a scan's own, written from its beginning and readable by its owner only. It has its name once it is whole:
 * whoever finds it finds all of it, and two that write the same file do not meet. What cannot be written is a ScratchError.
 */
export class ScratchWriter {
  readonly descriptor: number
  readonly #path: string
  readonly #unfinished: string

  constructor(path: string) {
    this.#path = path
    this.#unfinished = `${path}.${randomUUID()}`
    this.descriptor = written(path, () => openSync(this.#unfinished, 'wx', 0o600))
  }

  write(bytes: Uint8Array): void {
    written(this.#path, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.descriptor, bytes, done, bytes.length - done)
    })
  }

  finish(): void {
    closeSync(this.descriptor)
    written(this.#path, () => renameSync(this.#unfinished, this.#path))
  }

  abandon(): void {
    closeSync(this.descriptor)
    rmSync(this.#unfinished, { force: true })
  }
}

/** Writes a text under its name, whole or not at all. */
export function writeScratchText(path: string, text: string): void {
  const file = new ScratchWriter(path)
  try {
    file.write(Buffer.from(text))
  } catch (error) {
    file.abandon()
    throw error
  }
  file.finish()
}

/** A text that was written, or nothing where there is none. */
export function readScratchText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
  return existsSync(path) ? readFileSync(path, encoding) : undefined
}

/** Begins a file of a scan's own that grows now and then, without being held open. */
export function beginScratchFile(path: string): void {
  written(path, () => writeFileSync(path, '', { mode: 0o600 }))
}

export function growScratchFile(path: string, bytes: Uint8Array): void {
  written(path, () => appendFileSync(path, bytes))
}

/** Reads a file of a scan's own. */
export class ScratchReader {
  readonly #descriptor: number
  #at: number

  /** @param from octets that are passed over */
  constructor(path: string, from = 0) {
    this.#descriptor = openSync(path, 'r')
    this.#at = from
  }

  /** Fills `target` as far as the file goes; returns the octets read. */
  read(target: Uint8Array): number {
    let filled = 0
    while (filled < target.length) {
      const count = readSync(this.#descriptor, target, filled, target.length - filled, this.#at)
      if (count === 0) break
      filled += count
      this.#at += count
    }
    return filled
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
