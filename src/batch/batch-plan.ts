import { resolve } from 'node:path'
import { isCaptureUrl, shownUrl } from '../capture/capture-url.ts'
import { contentIdentity, sameContent } from '../capture/content-identity.ts'
import { type FoundCapture, findCaptures } from '../capture/found-captures.ts'
import type { FormatName } from '../report/formats.ts'
import { UsageError } from '../scan/usage-error.ts'
import type { BatchState, DoneCapture } from './batch-state.ts'
import type { CaptureJob, JobOptions } from './capture-job.ts'
import type { ReportedCapture, UnreadCapture, WrittenReport } from './job-outcome.ts'
import { optionsDigest } from './options-digest.ts'
import { otherNames, reportFileName, reportNames } from './report-names.ts'

export interface BatchRequest {
  /** Files, directories, patterns, URLs. */
  readonly paths: readonly string[]
  readonly options: JobOptions
  readonly formats: readonly FormatName[]
  /** What a capture is called in the names of its reports; where absent, what it is called. */
  readonly shownAs?: (capture: string) => string
}

/** What an earlier run left in the batch's folder. */
export interface EarlierRun {
  /** The folder itself, in which no captures are looked for. */
  readonly path: string
  readonly state: BatchState
  /** Whether a report is still there as it was written. */
  has(report: WrittenReport): Promise<boolean>
}

/** What is to be done, and what is done already. */
export interface BatchPlan {
  readonly jobs: readonly CaptureJob[]
  /** Captures whose reports are there, and would be the same again. */
  readonly done: readonly ReportedCapture[]
  readonly unread: readonly UnreadCapture[]
  /** What the state calls a job's capture, by the job's name: its absolute path, or its URL as it may be shown. */
  readonly captureOf: ReadonlyMap<string, string>
}

/** Captures whose identity is looked up at a time. */
const AT_ONCE = 16

/**
 * Makes a job of every capture that has none of the reports asked for, or others.
 *
 * @throws UsageError where there is nothing to do, TextFileError and PolicyError where options cannot be read
 */
export async function planBatch(
  { paths, options, formats, shownAs }: BatchRequest,
  earlier: EarlierRun,
): Promise<BatchPlan> {
  const { captures, failed } = await findCaptures(paths, earlier.path)
  if (captures.length === 0) throw new UsageError(failed[0]?.message ?? 'batch: there is no capture in what is named')
  const digest = await optionsDigest(options, formats)
  const places = placesOf(captures)
  const names =
    shownAs === undefined
      ? reportNames(places, earlier.state.names())
      : otherNames(places, captures.map(shownName).map(shownAs))
  const jobs: CaptureJob[] = []
  const done: ReportedCapture[] = []
  for (let from = 0; from < captures.length; from += AT_ONCE) {
    const group = captures.slice(from, from + AT_ONCE)
    const found = await Promise.all(
      group.map((capture, n) => stillDone(capture, earlier.state.get(places[from + n]), digest, earlier)),
    )
    for (const [n, capture] of group.entries()) {
      const outcome = found[n]
      const name = names.get(places[from + n]) as string
      if (outcome !== undefined) done.push({ ...outcome, capture: shownName(capture) })
      else jobs.push(jobOf(capture, name, options, digest, formats))
    }
  }
  const unread = failed.map(({ path, message, code }) => ({ capture: path, error: message, code }))
  return { jobs, done, unread, captureOf: new Map([...names].map(([capture, name]) => [name, capture])) }
}

/**
 * What the state calls each capture. URLs that differ in what may not be shown (`get?id=1`, `get?id=2`) are told apart by
 * their order; where that is another the next time, their identities are others too, and they are done again.
 */
function placesOf(captures: readonly FoundCapture[]): string[] {
  const times = new Map<string, number>()
  return captures.map(({ path }) => {
    if (!isCaptureUrl(path)) return resolve(path)
    const shown = shownUrl(path)
    const time = (times.get(shown) ?? 0) + 1
    times.set(shown, time)
    return time === 1 ? shown : `${shown}~${time}`
  })
}

function jobOf(
  capture: FoundCapture,
  name: string,
  options: JobOptions,
  digest: string,
  formats: readonly FormatName[],
): CaptureJob {
  const { path, sizeBytes } = capture
  const shown = shownName(capture)
  return {
    kind: 'report',
    name,
    capture: shown,
    ...(shown !== path && { place: path }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    options,
    optionsDigest: digest,
    reports: formats.map((format) => ({ format, name: reportFileName(name, format) })),
  }
}

function shownName({ path }: FoundCapture): string {
  return isCaptureUrl(path) ? shownUrl(path) : path
}

/** The outcome of an earlier run, where nothing that it depends on has changed since. */
async function stillDone(
  { path, sizeBytes }: FoundCapture,
  known: DoneCapture | undefined,
  digest: string,
  earlier: EarlierRun,
): Promise<ReportedCapture | undefined> {
  if (known === undefined) return undefined
  const { outcome } = known
  if (outcome.optionsDigest !== digest) return undefined
  if (sizeBytes !== undefined && sizeBytes !== outcome.identity.sizeBytes) return undefined
  for (const report of outcome.reports) if (!(await earlier.has(report))) return undefined
  // A capture that cannot be read gets a job, which says so.
  const identity = await contentIdentity(path).catch(() => undefined)
  return identity !== undefined && sameContent(identity, outcome.identity) ? outcome : undefined
}
