import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import type { AudioFile, AudioFolder } from '../audio/audio-file.ts'
import { UsageError } from '../scan/usage-error.ts'
import { placeBeside } from './beside.ts'
import { cannotWrite } from './output.ts'
import { begun, settled } from './unfinished.ts'

interface BegunFile {
  readonly place: string
  readonly beside: string
}

/**
 * A folder that files of speech are written to, each readable by its owner only. They are written beside their places and
 * have their names when all are whole. Open is only the one that is written to: there may be thousands.
 */
export class SpeechFolder implements AudioFolder {
  readonly #path: string
  readonly #force: boolean
  readonly #files: BegunFile[] = []
  readonly #names = new Set<string>()

  /**
   * @param force whether files of the same name are replaced
   * @throws UsageError where no folder can be
   */
  constructor(path: string, force: boolean) {
    this.#path = path
    this.#force = force
    const known = statSync(path, { throwIfNoEntry: false })
    if (known !== undefined && !known.isDirectory())
      throw new UsageError(`${path}: is no folder; --write-wav takes one`)
    if (known === undefined && !existsSync(dirname(path))) throw cannotWrite(path, { code: 'ENOENT' })
  }

  /** Makes the folder where there is none, readable by its owner only; the one that it lies in has to be there. */
  make(): void {
    if (existsSync(this.#path)) return
    this.#attempt(this.#path, () => mkdirSync(this.#path, { mode: 0o700 }))
  }

  /** Files that were begun. */
  get count(): number {
    return this.#files.length
  }

  create(wanted: string): AudioFile {
    const place = join(this.#path, this.#freeName(wanted))
    if (!this.#force && existsSync(place)) throw new UsageError(`${place}: exists; --force replaces it`)
    const beside = placeBeside(place)
    this.#attempt(place, () => closeSync(openSync(beside, 'wx', 0o600)))
    begun(beside)
    this.#files.push({ place, beside })
    return { write: (octets, at) => this.#attempt(place, () => writeAt(beside, octets, at)) }
  }

  /** All is written: the files get their names. */
  finish(): void {
    for (const { place, beside } of this.#files) {
      this.#attempt(place, () => renameSync(beside, place))
      settled(beside)
    }
  }

  /** What was begun is of no use: it is removed. */
  abandon(): void {
    for (const { beside } of this.#files) {
      rmSync(beside, { force: true })
      settled(beside)
    }
  }

  /** Some file systems take `A` and `a` for one. */
  #freeName(wanted: string): string {
    const { name, ext } = parse(wanted)
    let free = wanted
    for (let n = 2; this.#names.has(free.toLowerCase()); n++) free = `${name}~${n}${ext}`
    this.#names.add(free.toLowerCase())
    return free
  }

  #attempt(place: string, write: () => void): void {
    try {
      write()
    } catch (cause) {
      throw cannotWrite(place, cause)
    }
  }
}

function writeAt(path: string, octets: Uint8Array, at: number): void {
  const descriptor = openSync(path, 'r+')
  try {
    for (let done = 0; done < octets.length; ) {
      done += writeSync(descriptor, octets, done, octets.length - done, at + done)
    }
  } finally {
    closeSync(descriptor)
  }
}
