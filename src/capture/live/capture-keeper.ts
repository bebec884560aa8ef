import { type FileHandle, open, unlink } from 'node:fs/promises'
import { extname } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { unwritable } from '../../bytes/unwritable.ts'
import { CaptureError } from '../capture-error.ts'
import { RecordBoundaries } from './record-boundaries.ts'

export interface KeeperOptions {
  readonly path: string
  /** A new file begins with the first record after so many octets. */
  readonly rotateBytes?: number | undefined
  /** A new file begins with the first record after so many milliseconds. */
  readonly rotateMs?: number | undefined
  /** Called where the capture cannot be kept any more: why, in one line. Once, until a whole file was kept again. */
  readonly onTrouble: (line: string) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * Writes what was captured to a file, or to several one after the other, of mode 0600. Each is a capture by itself: it
 * begins with the stream's header and ends with a whole record. Where one cannot be written it ends there, and what comes is
 * counted until the next file is due, which may find room again.
 */
export class CaptureKeeper {
  /** Octets that could not be kept. */
  missedBytes = 0
  readonly #options: KeeperOptions
  readonly #now: () => number
  readonly #rotates: boolean
  readonly #boundaries = new RecordBoundaries()
  /** Absent while nothing can be kept. */
  #file: FileHandle | undefined
  #path = ''
  #number = 0
  /** Octets since it was opened; where it cannot be written, those too that it should have. */
  #written = 0
  /** Octets of the file up to the end of its last whole record. */
  #whole = 0
  #openedMs = 0
  #isTold = false
  #writing: Promise<void> = Promise.resolve()

  private constructor(options: KeeperOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#rotates = options.rotateBytes !== undefined || options.rotateMs !== undefined
  }

  /** Opens the first file. @throws CaptureError where it cannot be written */
  static async open(options: KeeperOptions): Promise<CaptureKeeper> {
    const keeper = new CaptureKeeper(options)
    await keeper.#open().catch((cause: NodeJS.ErrnoException) => {
      throw new CaptureError('SRTP_SCAN_LIVE_UNREADABLE', options.path, unwritable(cause), cause)
    })
    return keeper
  }

  /** Ends the file with its last whole record, once what is on its way was written. */
  async breakOff(): Promise<void> {
    await this.#writing.catch(() => undefined)
    const file = this.#file
    this.#file = undefined
    if (file === undefined) return
    if (this.#whole > 0) await file.truncate(this.#whole).catch(() => undefined)
    await file.close().catch(() => undefined)
  }

  /** The same octets; each is passed on once it was kept. */
  keep(octets: Readable): Readable {
    const keeper = this
    const kept = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        keeper.write(chunk).then(() => done(null, chunk), done)
      },
      flush(done) {
        keeper.close().then(() => done(), done)
      },
      // Who reads no further leaves a whole capture behind.
      destroy(error, done) {
        keeper.breakOff().then(() => done(error), done)
      },
    })
    octets.once('error', (error) => kept.destroy(error))
    return octets.pipe(kept)
  }

  write(octets: Buffer): Promise<void> {
    this.#writing = this.#write(octets)
    return this.#writing
  }

  async #write(octets: Buffer): Promise<void> {
    // What follows a boundary goes on, whatever came of the new file.
    for (let at = 0, least = 0; at < octets.length; ) {
      const end = this.#boundaries.next(octets, at, at + Math.max(least, this.#room()))
      least = end === at ? 1 : 0
      if (end !== at) await this.#append(octets.subarray(at, end))
      // Only now is it known that a record follows, which a new file is worth.
      else await this.#rotate()
      at = end ?? octets.length
    }
  }

  async close(): Promise<void> {
    await this.#file?.close().catch((cause) => this.#fail(cause))
    this.#file = undefined
  }

  /** Octets that the file takes before another one is due; it has one record at least. */
  #room(): number {
    if (!this.#rotates) return Number.POSITIVE_INFINITY
    const { rotateBytes = Number.POSITIVE_INFINITY, rotateMs = Number.POSITIVE_INFINITY } = this.#options
    if (this.#file !== undefined && this.#whole <= this.#boundaries.headLength) return 1
    return this.#now() - this.#openedMs >= rotateMs ? 0 : Math.max(0, rotateBytes - this.#written)
  }

  async #append(octets: Buffer): Promise<void> {
    await this.#file?.writeFile(octets).catch((cause) => this.#fail(cause))
    this.#written += octets.length
    if (this.#file === undefined) this.missedBytes += octets.length
    else this.#whole = this.#written - this.#boundaries.sinceBoundary
  }

  async #rotate(): Promise<void> {
    if (this.#file !== undefined) this.#isTold = false
    try {
      await this.#file?.close()
      await this.#open()
      const head = this.#boundaries.head()
      await this.#file?.writeFile(head)
      this.#written = head.length
      this.#whole = head.length
    } catch (cause) {
      await this.#fail(cause)
    }
  }

  async #open(): Promise<void> {
    this.#openedMs = this.#now()
    this.#path = this.#rotates ? this.#nextPath() : this.#options.path
    this.#file = undefined
    this.#written = 0
    this.#whole = 0
    this.#file = await open(this.#path, 'w', 0o600)
    // A file that was there before keeps its mode; a device is left as it is.
    if ((await this.#file.stat()).isFile()) await this.#file.chmod(0o600)
  }

  /** `call-00002-20261121T135200Z.pcap` for `call.pcap`. */
  #nextPath(): string {
    const extension = extname(this.#options.path)
    const stem = this.#options.path.slice(0, this.#options.path.length - extension.length)
    const time = new Date(this.#openedMs).toISOString().replace(/[-:]|\.\d+/g, '')
    this.#number += 1
    return `${stem}-${String(this.#number).padStart(5, '0')}-${time}${extension}`
  }

  /** The file ends with its last whole record; one of several that has none is removed, and its number is the next one's. */
  async #fail(cause: unknown): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.missedBytes += this.#written - this.#whole
    await file?.truncate(this.#whole).catch(() => undefined)
    await file?.close().catch(() => undefined)
    if (this.#rotates && this.#whole <= this.#boundaries.headLength) {
      this.#number -= 1
      if (file !== undefined) await unlink(this.#path).catch(() => undefined)
    }
    if (this.#isTold) return
    this.#isTold = true
    const { code, message } = cause as NodeJS.ErrnoException
    const then = this.#rotates ? ' until the next file is due' : ''
    this.#options.onTrouble(
      `${this.#path}: cannot be written any more (${code ?? message}); the scan goes on without it${then}`,
    )
  }
}
