import { createWriteStream, type Stats, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UsageError } from '../scan/usage-error.ts'
import { placeBeside } from './beside.ts'
import { cannotWrite } from './output.ts'
import { begun, settled } from './unfinished.ts'

/**
 * A file that holds speech, readable by its owner only. It is written beside its place and has its name when it is whole.
 */
export class SpeechFile {
  readonly #path: string
  readonly #beside: string
  /** Rejects where the file cannot be written. */
  readonly written: Promise<void>

  /**
   * @param path where checkPlace found nothing, or what may be replaced
   * @param octets what the file is to hold
   */
  constructor(path: string, octets: Readable) {
    this.#path = path
    this.#beside = placeBeside(path)
    begun(this.#beside)
    this.written = pipeline(octets, createWriteStream(this.#beside, { flags: 'wx', mode: 0o600 })).catch((cause) => {
      throw cannotWrite(path, cause)
    })
    // Whoever waits for it hears of it, now or when all was read.
    this.written.catch(() => undefined)
  }

  /** All octets are on their way: the file gets its name. */
  async finish(): Promise<void> {
    await this.written
    await rename(this.#beside, this.#path).catch((cause) => {
      throw cannotWrite(this.#path, cause)
    })
    settled(this.#beside)
  }

  /** What was begun is of no use: it is removed. */
  async abandon(): Promise<void> {
    await this.written.catch(() => undefined)
    await rm(this.#beside, { force: true })
    settled(this.#beside)
  }
}

/**
 * Says before a long scan that a file cannot be written at a place.
 *
 * @param force whether a file that is there is replaced
 * @throws UsageError
 */
export function checkPlace(path: string, force: boolean): void {
  const known: Stats | undefined = statSync(path, { throwIfNoEntry: false })
  if (known === undefined) return
  if (!known.isFile()) throw new UsageError(`${path}: is no regular file; --write-pcap takes one`)
  if (!force) throw new UsageError(`${path}: exists; --force replaces it`)
}
