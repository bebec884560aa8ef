import { CaptureError } from '../capture/capture-error.ts'
import { shownUrl } from '../capture/capture-url.ts'
import { type ContentIdentity, contentIdentity } from '../capture/content-identity.ts'
import type { ReadSmallFile } from '../capture/text-file.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { detailsOf, FORMATS } from '../report/formats.ts'
import { openAnonymizer } from '../scan/anonymizing.ts'
import { type ScanOptions, scanLarge } from '../scan/scan.ts'
import type { CaptureJob, ReportStore } from './capture-job.ts'
import { summaryOf } from './capture-summary.ts'
import type { JobOutcome, UnreadCapture, WrittenReport } from './job-outcome.ts'

/** What a job has where it is done. */
export interface JobEnvironment {
  readonly store: ReportStore
  /** Where it sees a capture that lies elsewhere for others: another mount of the same storage. */
  readonly placeOf?: (place: string) => string
  /** Has the files that a job's options name; from the disk where absent. */
  readonly readFile?: ReadSmallFile
  /** Threads that may verify; default: one for small files, otherwise what the machine has. */
  readonly workers?: number
  /** Ceiling for state, MB of 2^20 octets. */
  readonly maxMemoryMb?: number
  readonly onProgress?: (bytesDone: number) => void
}

/** Columns of a report as text, as where standard output is no terminal. */
const COLUMNS = 80

/**
 * Scans the job's capture and writes its reports. It may be done twice, also at the same time: each report is replaced
 * whole, by the same octets.
 *
 * @throws what is not the capture's fault: reports that cannot be written, key files and policies that cannot be read
 */
export async function runJob(job: CaptureJob, environment: JobEnvironment): Promise<JobOutcome> {
  const named = job.place ?? job.capture
  const place = environment.placeOf?.(named) ?? named
  return reportOn(job, place, environment.store, {
    identityOf: () => contentIdentity(place),
    scan: (onBrokenOff) => scanOf(job, place, environment, onBrokenOff),
    readFile: environment.readFile,
  })
}

type OnBrokenOff = NonNullable<ScanOptions['onBrokenOff']>

/** How a job's capture is looked at: its content first, then all of it. */
export interface JobScan {
  readonly identityOf: () => Promise<ContentIdentity>
  readonly scan: (onBrokenOff: OnBrokenOff) => Promise<LargeReport>
  /** As in JobEnvironment. */
  readonly readFile?: ReadSmallFile | undefined
}

/**
 * The same, whatever the capture is.
 *
 * @param place where it lies
 */
export async function reportOn(
  job: CaptureJob,
  place: string,
  store: ReportStore,
  { identityOf, scan, readFile }: JobScan,
): Promise<JobOutcome> {
  const { name, capture, optionsDigest } = job
  const startedMs = performance.now()
  let identity: ContentIdentity
  let report: LargeReport
  let brokenOff: string | undefined
  try {
    identity = await identityOf()
    report = await scan(({ message }) => {
      brokenOff = `${capture}: the scan broke off: ${message}; please report this`
    })
    const { anonymizeKey } = job.options
    if (anonymizeKey !== undefined) report = (await openAnonymizer(anonymizeKey, readFile)).report(report)
  } catch (error) {
    if (NOT_THE_CAPTURES.has((error as { code?: unknown }).code)) throw error
    return { status: 'failed', name, ...failureOf(capture, place, error) }
  }
  const reports: WrittenReport[] = []
  const text = { width: COLUMNS, color: false, quiet: false, verbose: false, ...job.options.text }
  for (const place of job.reports) {
    const formatted = await FORMATS[place.format].formatter()
    const bytes = await store.write(place.name, formatted(report, text))
    reports.push({ name: place.name, bytes })
  }
  const seconds = (performance.now() - startedMs) / 1000
  const done = { identity, optionsDigest, reports, summary: summaryOf(report), seconds }
  return { status: 'reported', name, capture, ...done, ...(brokenOff !== undefined && { brokenOff }) }
}

/** The options of a job's scan, with what its formats show. */
export function scanOptionsOf({ options: { text, anonymizeKey: _, ...options }, reports }: CaptureJob) {
  const formats = reports.map(({ format }) => format)
  return { ...options, ...detailsOf(formats, { verbose: text?.verbose === true }) }
}

function scanOf(
  job: CaptureJob,
  place: string,
  environment: JobEnvironment,
  onBrokenOff: OnBrokenOff,
): Promise<LargeReport> {
  const { workers, maxMemoryMb, readFile, onProgress } = environment
  return scanLarge({
    ...scanOptionsOf(job),
    captures: [job.capture],
    onBrokenOff,
    placeOf: () => place,
    ...(readFile !== undefined && { readFile }),
    ...(workers !== undefined && { workers }),
    ...(maxMemoryMb !== undefined && { maxMemoryMb }),
    ...(onProgress !== undefined && { onProgress: ({ bytesDone }) => onProgress(bytesDone) }),
  })
}

/** Codes of errors that are not the capture's fault: most would meet every other job too. */
const NOT_THE_CAPTURES: ReadonlySet<unknown> = new Set([
  'SRTP_SCAN_INTERRUPTED',
  'SRTP_SCAN_USAGE',
  'SRTP_SCAN_KEYS',
  'SRTP_SCAN_POLICY',
  'SRTP_SCAN_TLS_SECRETS',
  'SRTP_SCAN_FILE',
  'SRTP_SCAN_SCRATCH',
])

/** Errors of parts, which say all there is to say. */
const OF_ONE_LINE: ReadonlySet<string> = new Set(['SRTP_SCAN_PART', 'SRTP_SCAN_CAPTURE_CHANGED', 'SRTP_SCAN_SCRATCH'])

/** A fault of ours is told as one: a capture that meets it must not keep the others from being read. */
export function failureOf(capture: string, place: string, error: unknown): UnreadCapture {
  if (error instanceof CaptureError) {
    // The place is this machine's: whoever reads of it knows the capture by its name.
    const ownName = error.path === place || error.path === shownUrl(place)
    const line = ownName ? capture + error.message.slice(error.path.length) : error.message
    return { capture, error: line, code: error.code }
  }
  const message = error instanceof Error ? error.message : String(error)
  const { code } = error as NodeJS.ErrnoException
  if (code !== undefined && OF_ONE_LINE.has(code)) return { capture, error: message, code }
  return { capture, error: `${capture}: the scan broke down (${message}); please report this` }
}
