import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { unreadable } from './capture-error.ts'
import { type Loss, lossOfShrunkFile } from './loss.ts'

/**
 * An uncompressed regular file, read at any offset. Synchronous, so that every thread reads the slab it claimed by
 * itself: each thread opens its own by path.
 */
export class FileSlabs {
  /** Size when it was opened: a file that grows is read up to here. */
  readonly sizeBytes: number
  readonly #path: string
  readonly #descriptor: number
  #open = true

  constructor(path: string) {
    this.#path = path
    try {
      this.#descriptor = openSync(path, 'r')
      this.sizeBytes = fstatSync(this.#descriptor).size
    } catch (cause) {
      throw unreadable(path, cause)
    }
  }

  /**
   * Reads `length` octets from `fileOffset` of the file to `offset` of `bytes` (which may lie in shared memory).
   * @returns octets read; fewer than `length` at the end of the file only
   */
  readInto(bytes: Uint8Array, offset: number, fileOffset: number, length: number): number {
    let filled = 0
    try {
      while (filled < length) {
        const count = readSync(this.#descriptor, bytes, offset + filled, length - filled, fileOffset + filled)
        if (count === 0) break
        filled += count
      }
    } catch (cause) {
      throw unreadable(this.#path, cause)
    }
    return filled
  }

  /** The loss where a read at `fileOffset`, and none before, brought fewer octets than the file had when it was opened. */
  shrunk(fileOffset: number): Loss {
    return lossOfShrunkFile(Math.min(this.sizeBytes, Math.max(fileOffset, fstatSync(this.#descriptor).size)))
  }

  close(): void {
    if (this.#open) closeSync(this.#descriptor)
    this.#open = false
  }
}
