import { closeSync, type FSWatcher, fstatSync, openSync, readSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { TextFileError } from './text-file.ts'

/** A text file that is followed; `stop` hears what was written last, and closes all. */
export interface FollowedFile {
  stop(): void
}

/** Folders on network file systems tell nothing: the file is looked at this often, ms, told or not. */
const LOOK_EVERY_MS = 1000
const READ_BYTES = 65_536
/** Octets of a line that is not ended yet; a longer one is none that anybody reads. */
const LONGEST_LINE = 65_536

/**
 * Follows a text file as it grows, from its beginning: whole lines are handed on soon after they were written. The file
 * need not exist yet; one that is truncated, or another of the same name, is read from its beginning.
 *
 * @param onText called with whole lines, the first time before this returns where there are any
 * @throws TextFileError where the file is there and cannot be read
 */
export function followTextFile(path: string, onText: (text: string) => void): FollowedFile {
  return new GrowingFile(path, onText)
}

class GrowingFile implements FollowedFile {
  readonly #path: string
  readonly #onText: (text: string) => void
  readonly #timer: NodeJS.Timeout
  readonly #watcher: FSWatcher | undefined
  readonly #buffer = Buffer.alloc(READ_BYTES)
  /** The file that was read last (device and inode), and how far. */
  #file = ''
  #offset = 0
  /** Octets of the line that is not ended yet; undefined within one that is too long. */
  #rest: Buffer | undefined = Buffer.alloc(0)
  #stopped = false

  constructor(path: string, onText: (text: string) => void) {
    this.#path = path
    this.#onText = onText
    this.#look((error) => {
      throw new TextFileError(`${path}: cannot be read (${error.code})`, error)
    })
    this.#watcher = this.#watch()
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
    // Whoever follows decides how long the process lives.
    this.#timer.unref()
    this.#watcher?.unref()
  }

  stop(): void {
    if (this.#stopped) return
    this.#look()
    this.#stopped = true
    clearInterval(this.#timer)
    this.#watcher?.close()
    if (this.#rest !== undefined && this.#rest.length > 0) this.#onText(this.#rest.toString('utf8'))
  }

  /** The folder, not the file: the file may come later, and another may take its place. */
  #watch(): FSWatcher | undefined {
    try {
      const watcher = watch(dirname(this.#path), () => this.#look())
      // What the system does not tell, the timer finds.
      watcher.on('error', () => watcher.close())
      return watcher
    } catch {
      return undefined
    }
  }

  #look(onError: (error: NodeJS.ErrnoException) => void = () => undefined): void {
    if (this.#stopped) return
    let descriptor: number | undefined
    try {
      descriptor = openSync(this.#path, 'r')
      this.#read(descriptor)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onError(error as NodeJS.ErrnoException)
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }

  #read(descriptor: number): void {
    const { dev, ino, size } = fstatSync(descriptor)
    const file = `${dev} ${ino}`
    if (file !== this.#file || size < this.#offset) {
      this.#file = file
      this.#offset = 0
      this.#rest = Buffer.alloc(0)
    }
    for (;;) {
      const count = readSync(descriptor, this.#buffer, 0, READ_BYTES, this.#offset)
      if (count === 0) return
      this.#offset += count
      this.#take(this.#buffer.subarray(0, count))
    }
  }

  #take(octets: Buffer): void {
    const end = octets.lastIndexOf(0x0a) + 1
    if (end > 0) {
      // The end of a line that was too long is skipped with it.
      const start = this.#rest === undefined ? octets.indexOf(0x0a) + 1 : 0
      const lines = Buffer.concat([this.#rest ?? Buffer.alloc(0), octets.subarray(start, end)])
      this.#rest = Buffer.alloc(0)
      if (lines.length > 0) this.#onText(lines.toString('utf8'))
    }
    if (this.#rest === undefined) return
    const rest = Buffer.concat([this.#rest, octets.subarray(end)])
    this.#rest = rest.length > LONGEST_LINE ? undefined : rest
  }
}
