import type { ContentIdentity } from '../capture/content-identity.ts'
import type { CaptureSummary } from './capture-summary.ts'

/** What became of a job: JSON, a few kilobytes however large the capture is. */
export type JobOutcome = ReportedCapture | DonePart | FailedCapture

/** The job of a part: what came of it lies where its task says. */
export interface DonePart {
  readonly status: 'done'
  /** The job's. */
  readonly name: string
  readonly capture: string
}

/** The reports are in the store. */
export interface ReportedCapture {
  readonly status: 'reported'
  /** The job's. */
  readonly name: string
  /** Its path, or its URL as it may be shown. */
  readonly capture: string
  /** The capture's content before the scan began: where it is another now, the report is not of it. */
  readonly identity: ContentIdentity
  readonly optionsDigest: string
  readonly reports: readonly WrittenReport[]
  readonly summary: CaptureSummary
  /** Time that the scan took. */
  readonly seconds: number
  /** One line: why the report is of what was judged by then only. Such a capture is not done. */
  readonly brokenOff?: string
}

export interface WrittenReport {
  readonly name: string
  readonly bytes: number
}

/** The capture cannot be reported on; no report of it was written. */
export interface FailedCapture extends UnreadCapture {
  readonly status: 'failed'
  /** The job's. */
  readonly name: string
}

/** A capture, or an argument that leads to none, and why there is no report of it. */
export interface UnreadCapture {
  readonly capture: string
  /** One line: what, where, what would be right. */
  readonly error: string
  /** `SRTP_SCAN_…`; absent where the scan itself broke down. */
  readonly code?: string
}
