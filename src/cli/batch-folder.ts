import { createReadStream } from 'node:fs'
import { access, appendFile, constants, mkdir, readdir, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EarlierRun } from '../batch/batch-plan.ts'
import { BatchState, type DoneCapture, formatStateLine, STATE_FILE } from '../batch/batch-state.ts'
import type { ReportStore } from '../batch/capture-job.ts'
import type { WrittenReport } from '../batch/job-outcome.ts'
import { BESIDE } from './beside.ts'
import { cannotWrite, writeReport } from './output.ts'

/** No report takes that long to write: what lies beside its place for longer was left by a crash. */
const LEFT_BEHIND_MS = 3600e3

/** The folder of a batch: reports, the summary, and what is done. */
export class BatchFolder implements ReportStore, EarlierRun {
  readonly path: string
  readonly state = new BatchState()
  readonly #made = new Set<string>()

  /** A folder that is there. */
  constructor(path: string) {
    this.path = path
  }

  /**
   * Makes the folder where there is none, and reads what an earlier run has done.
   *
   * @throws UsageError where nothing can be written there
   */
  static async open(path: string): Promise<BatchFolder> {
    const folder = new BatchFolder(path)
    try {
      await mkdir(path, { recursive: true })
      await access(path, constants.W_OK | constants.X_OK)
      await folder.#removeLeftovers()
      await folder.#readState()
    } catch (cause) {
      throw cannotWrite(path, cause)
    }
    return folder
  }

  /** Where a file of the batch's own lies in it. */
  place(name: string): string {
    return join(this.path, name)
  }

  async write(name: string, pieces: Iterable<string>): Promise<number> {
    const path = join(this.path, name)
    await this.#makeFolder(dirname(path))
    await writeReport(path, pieces)
    return (await stat(path)).size
  }

  async has({ name, bytes }: WrittenReport): Promise<boolean> {
    const known = await stat(join(this.path, name)).catch(() => undefined)
    return known?.isFile() === true && known.size === bytes
  }

  /** Notes what is done: one write, which a crash leaves out or cuts. */
  async note(done: DoneCapture): Promise<void> {
    const path = join(this.path, STATE_FILE)
    await appendFile(path, formatStateLine(done)).catch((cause) => {
      throw cannotWrite(path, cause)
    })
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#made.has(path)) return
    await mkdir(path, { recursive: true }).catch((cause) => {
      throw cannotWrite(path, cause)
    })
    this.#made.add(path)
  }

  async #readState(): Promise<void> {
    const path = join(this.path, STATE_FILE)
    if ((await stat(path).catch(() => undefined)) === undefined) return
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      this.state.read(line)
    }
  }

  async #removeLeftovers(): Promise<void> {
    const names = await readdir(this.path, { recursive: true })
    for (const name of names) {
      if (!(name.split(/[\\/]/).at(-1) as string).startsWith(BESIDE)) continue
      const path = join(this.path, name)
      const known = await stat(path).catch(() => undefined)
      // A run that goes on beside this one may be writing it.
      if (known?.isFile() === true && Date.now() - known.mtimeMs > LEFT_BEHIND_MS) await unlink(path)
    }
  }
}
