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

/** Makes a folder for a scan's own files, readable by its owner only. */
export function makeScratchFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}

export function removeScratchFolder(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/**
 * A file of a scan's own, written from its beginning and readable by its owner only. It has its name once it is whole:
 * whoever finds it finds all of it, and two that write the same file do not meet.
 */
export class ScratchWriter {
  readonly descriptor: number
  readonly #path: string
  readonly #unfinished: string

  constructor(path: string) {
    this.#path = path
    this.#unfinished = `${path}.${randomUUID()}`
    this.descriptor = openSync(this.#unfinished, 'wx', 0o600)
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.descriptor, bytes, done, bytes.length - done)
  }

  finish(): void {
    closeSync(this.descriptor)
    renameSync(this.#unfinished, this.#path)
  }

  abandon(): void {
    closeSync(this.descriptor)
    rmSync(this.#unfinished, { force: true })
  }
}

/** Writes a text under its name, whole or not at all. */
export function writeScratchText(path: string, text: string): void {
  const file = new ScratchWriter(path)
  file.write(Buffer.from(text))
  file.finish()
}

/** A text that was written, or nothing where there is none. */
export function readScratchText(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string | undefined {
  return existsSync(path) ? readFileSync(path, encoding) : undefined
}

/** Begins a file of a scan's own that grows now and then, without being held open. */
export function beginScratchFile(path: string): void {
  writeFileSync(path, '', { mode: 0o600 })
}

export function growScratchFile(path: string, bytes: Uint8Array): void {
  appendFileSync(path, bytes)
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
