import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { composeTrace, type TraceShape } from './compose.ts'

/** The generator's own text is part of a capture's name: one made by another generator is not taken for it. */
const GENERATOR = readdirSync(fileURLToPath(new URL('.', import.meta.url)))
  .sort()
  .map((name) => readFileSync(new URL(name, import.meta.url)))

/** Captures by their shape, made when they are first asked for and kept in a folder. */
export class CaptureStore {
  readonly #folder: string

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
  }

  /** The path of the capture of this shape. */
  get(name: string, shape: TraceShape): string {
    const hash = createHash('sha256').update(JSON.stringify(shape))
    for (const source of GENERATOR) hash.update(source)
    const path = join(this.#folder, `${name}-${hash.digest('hex').slice(0, 8)}.pcap`)
    if (existsSync(path)) return path
    process.stderr.write(`making ${name}\n`)
    composeTrace(`${path}.part`, shape)
    renameSync(`${path}.part.keys`, `${path}.keys`)
    renameSync(`${path}.part`, path)
    return path
  }
}
