import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Dropped } from '../limits/limits.ts'
import { unreadable } from './capture-error.ts'
import { type Loss, lossOfShrunkFile } from './loss.ts'

/** Octets of one input, pulled by one reader. */
export interface OctetSource {
  /** Writes to the beginning of `target`; returns how many octets, at least 1 while there are any, 0 at the end. */
  read(target: Uint8Array): Promise<number>
  /** Set at the end where the input broke off inside its compression. */
  readonly lost: Loss | undefined
  /** What limits dropped; absent where nothing was. */
  readonly dropped?: Dropped | undefined
  /** Octets of the input itself that were taken: compressed ones, where it is compressed. */
  readonly bytesRead: number
  close(): void
}

/** A regular file from its beginning. Every read fills the target as far as the file goes. */
export class FileOctets implements OctetSource {
  /** Where the file had fewer octets at its end than when it was opened. */
  lost: Loss | undefined
  bytesRead = 0
  readonly #path: string
  readonly #sizeBytes: number
  #descriptor: number | undefined

  constructor(path: string) {
    this.#path = path
    try {
      this.#descriptor = openSync(path, 'r')
      this.#sizeBytes = fstatSync(this.#descriptor).size
    } catch (cause) {
      throw unreadable(path, cause)
    }
  }

  async read(target: Uint8Array): Promise<number> {
    let filled = 0
    try {
      while (filled < target.length && this.#descriptor !== undefined) {
        const count = readSync(this.#descriptor, target, filled, target.length - filled, this.bytesRead)
        if (count === 0) {
          if (this.bytesRead < this.#sizeBytes) this.lost = lossOfShrunkFile(this.bytesRead)
          // Of very many files that begin at one time, more than a process may have open have been read.
          this.close()
          break
        }
        filled += count
        this.bytesRead += count
      }
    } catch (cause) {
      throw unreadable(this.#path, cause)
    }
    return filled
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/** The first octets of a source: a file that grows is read up to where it ended. */
export class FirstOctets implements OctetSource {
  readonly #source: OctetSource
  readonly #length: number

  constructor(source: OctetSource, length: number) {
    this.#source = source
    this.#length = length
  }

  get lost(): Loss | undefined {
    return this.#source.lost
  }

  get dropped(): Dropped | undefined {
    return this.#source.dropped
  }

  get bytesRead(): number {
    return this.#source.bytesRead
  }

  async read(target: Uint8Array): Promise<number> {
    const left = this.#length - this.#source.bytesRead
    return left <= 0 ? 0 : this.#source.read(target.subarray(0, left))
  }

  close(): void {
    this.#source.close()
  }
}

/** A pipe or standard input. A read waits for the first octets only, then takes what else is there at once. */
export class StreamOctets implements OctetSource {
  /** Where the stream failed: what had come before counts. */
  lost: Loss | undefined
  bytesRead = 0
  readonly #path: string
  readonly #stream: Readable
  #rest: Uint8Array = new Uint8Array(0)
  #ended = false
  #error: unknown
  #wake: () => void = () => {}

  constructor(path: string, stream: Readable) {
    this.#path = path
    this.#stream = stream
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    stream.on('readable', () => this.#wake())
    stream.once('end', end)
    stream.once('close', end)
    stream.once('error', (error) => {
      this.#error = error
      end()
    })
    if (stream.readableEnded || stream.destroyed) this.#ended = true
  }

  async read(target: Uint8Array): Promise<number> {
    if (target.length === 0) return 0
    let filled = this.#take(target, 0)
    while (filled === 0) {
      if (this.#error !== undefined) this.#breakOff(this.#error as NodeJS.ErrnoException)
      if (this.#ended) return 0
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      filled = this.#take(target, 0)
    }
    while (filled < target.length) {
      await setImmediate()
      const more = this.#take(target, filled)
      if (more === 0) break
      filled += more
    }
    this.bytesRead += filled
    return filled
  }

  #breakOff(error: NodeJS.ErrnoException): void {
    if (this.bytesRead === 0) throw unreadable(this.#path, error)
    this.lost = { reason: `the input broke off (${error.code ?? error.message})`, atByte: this.bytesRead }
  }

  #take(target: Uint8Array, offset: number): number {
    if (this.#rest.length === 0) {
      const chunk = this.#stream.read() as Uint8Array | string | null
      if (chunk === null) return 0
      this.#rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    }
    const count = Math.min(this.#rest.length, target.length - offset)
    target.set(this.#rest.subarray(0, count), offset)
    this.#rest = this.#rest.subarray(count)
    return count
  }

  close(): void {
    this.#ended = true
    this.#stream.destroy()
    this.#wake()
  }
}

/** A source whose first octets can be looked at before they are read. */
export class PeekedOctets implements OctetSource {
  readonly #inner: OctetSource
  #head: Uint8Array = new Uint8Array(0)

  constructor(inner: OctetSource) {
    this.#inner = inner
  }

  get lost(): Loss | undefined {
    return this.#inner.lost
  }

  get dropped(): Dropped | undefined {
    return this.#inner.dropped
  }

  get bytesRead(): number {
    return this.#inner.bytesRead
  }

  /** The first octets, `length` of them where the input has as many. Only before the first read. */
  async peek(length: number): Promise<Uint8Array> {
    const head = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const count = await this.#inner.read(head.subarray(filled))
      if (count === 0) break
      filled += count
    }
    this.#head = head.subarray(0, filled)
    return this.#head
  }

  async read(target: Uint8Array): Promise<number> {
    if (this.#head.length === 0) return this.#inner.read(target)
    const count = Math.min(this.#head.length, target.length)
    target.set(this.#head.subarray(0, count))
    this.#head = this.#head.subarray(count)
    return count
  }

  close(): void {
    this.#inner.close()
  }
}
