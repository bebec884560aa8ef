import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { CaptureError } from '../capture/capture-error.ts'
import { identifyFile } from '../capture/capture-input.ts'
import { isCaptureUrl, shownUrl } from '../capture/capture-url.ts'
import { type ContentIdentity, contentIdentity, sameContent } from '../capture/content-identity.ts'
import { type FoundCapture, findCaptures } from '../capture/found-captures.ts'
import type { PartsRunner } from '../scan/analyse-parts.ts'
import { scanLarge } from '../scan/scan.ts'
import { UsageError } from '../scan/usage-error.ts'
import type { BatchPlan, BatchRequest, EarlierRun } from './batch-plan.ts'
import type { CaptureJob, ReportStore } from './capture-job.ts'
import type { JobOutcome, UnreadCapture } from './job-outcome.ts'
import { optionsDigest } from './options-digest.ts'
import { PARTS_FOLDER } from './part-job.ts'
import { reportFileName } from './report-names.ts'
import { type JobScan, reportOn, scanOptionsOf } from './run-job.ts'
import type { JobRunner, RunOptions } from './runner.ts'

/** The one job of a set that is one trace: what its reports are named, and what the state calls it. */
const NAME = 'as-one'

/** A set of captures that is one trace. */
export interface AsOnePlan extends BatchPlan {
  /** Paths and URLs, in the order in which they were named. */
  readonly captures: readonly string[]
}

/**
 * Makes one job of all captures. What is no capture is left out, and told of: one bad file never stops the rest.
 *
 * @throws UsageError where there is nothing to do, TextFileError and PolicyError where options cannot be read
 */
export async function planAsOne({ paths, options, formats }: BatchRequest, earlier: EarlierRun): Promise<AsOnePlan> {
  const { captures: found, failed: none } = await findCaptures(paths, earlier.path)
  const captures: FoundCapture[] = []
  const failed = [...none]
  for (const capture of found) {
    const fault = await faultOf(capture)
    if (fault === undefined) captures.push(capture)
    else failed.push(fault)
  }
  if (captures.length === 0) throw new UsageError(failed[0]?.message ?? 'batch: there is no capture in what is named')
  const unread = failed.map(({ path, message, code }): UnreadCapture => ({ capture: path, error: message, code }))
  const places = captures.map(({ path }) => path)
  const job: CaptureJob = {
    kind: 'report',
    name: NAME,
    capture: captures.length === 1 ? shownPath(places[0]) : `${captures.length} captures as one`,
    sizeBytes: captures.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0),
    options,
    optionsDigest: await optionsDigest(options, formats),
    reports: formats.map((format) => ({ format, name: reportFileName(NAME, format) })),
  }
  const common = { unread, captures: places, captureOf: new Map([[NAME, NAME]]) }
  const known = earlier.state.get(NAME)?.outcome
  if (known === undefined || known.optionsDigest !== job.optionsDigest) return { ...common, jobs: [job], done: [] }
  const isThere = (await Promise.all(known.reports.map((report) => earlier.has(report)))).every(Boolean)
  const isSame = isThere && sameContent(await identityOfAll(places), known.identity)
  return isSame ? { ...common, jobs: [], done: [known] } : { ...common, jobs: [job], done: [] }
}

async function faultOf({ path, sizeBytes }: FoundCapture): Promise<CaptureError | undefined> {
  try {
    // Looks at regular files only: opening a pipe would wait for whoever writes to it.
    await contentIdentity(path)
    if (!isCaptureUrl(path)) await identifyFile(path, sizeBytes ?? 0)
    return undefined
  } catch (error) {
    if (error instanceof CaptureError) return error
    throw error
  }
}

function shownPath(path: string): string {
  return isCaptureUrl(path) ? shownUrl(path) : path
}

/** What tells one state of a set from another. */
async function identityOfAll(captures: readonly string[]): Promise<ContentIdentity> {
  const hash = createHash('sha256')
  let [sizeBytes, modifiedMs] = [0, 0]
  for (const path of captures) {
    const identity = await contentIdentity(path)
    sizeBytes += identity.sizeBytes
    modifiedMs = Math.max(modifiedMs, identity.modifiedMs)
    hash.update(JSON.stringify([path, identity]))
  }
  return { sizeBytes, modifiedMs, digest: hash.digest('hex') }
}

export interface AsOneOptions {
  readonly store: ReportStore
  /** The batch's folder. */
  readonly folder: string
  readonly captures: readonly string[]
  /** Parts that are read at a time. Default: what the machine has. */
  readonly workers?: number
  readonly maxMemoryMb?: number
  /** Has the jobs of parts done elsewhere; default: by threads of this process. */
  readonly partsRunner?: (signal: AbortSignal | undefined) => PartsRunner
  readonly onClose?: () => Promise<void>
}

/** Reads the captures of a set as one trace, several at a time (docs/decisions/as-one.md), and writes its reports. */
export class AsOneRunner implements JobRunner {
  readonly #options: AsOneOptions

  constructor(options: AsOneOptions) {
    this.#options = options
  }

  async *run(jobs: readonly CaptureJob[], options: RunOptions = {}): AsyncGenerator<JobOutcome> {
    for (const job of jobs) {
      try {
        yield await this.#do(job, options)
      } catch (error) {
        // What is done lies in the folder; another run goes on from there.
        if ((error as { code?: unknown }).code !== 'SRTP_SCAN_INTERRUPTED') throw error
      }
    }
  }

  async close(): Promise<void> {
    await this.#options.onClose?.()
  }

  #do(job: CaptureJob, { signal, onProgress }: RunOptions): Promise<JobOutcome> {
    const { store, folder, captures, workers, maxMemoryMb, partsRunner } = this.#options
    const scan: JobScan['scan'] = (onBrokenOff) =>
      scanLarge({
        ...scanOptionsOf(job),
        captures,
        onBrokenOff,
        parts: {
          folder: join(folder, PARTS_FOLDER),
          ...(signal !== undefined && { signal }),
          ...(partsRunner !== undefined && { run: partsRunner(signal) }),
        },
        ...(workers !== undefined && { workers }),
        ...(maxMemoryMb !== undefined && { maxMemoryMb }),
        ...(onProgress !== undefined && { onProgress: ({ bytesDone }) => onProgress(job, bytesDone) }),
      })
    return reportOn(job, job.capture, store, { identityOf: () => identityOfAll(captures), scan })
  }
}
