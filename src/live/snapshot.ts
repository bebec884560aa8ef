import type { Call, Finding, Stream } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'
import type { SourceCounts } from './live-source.ts'

/** A call that has ended and is judged for good, with what belongs to it. */
export interface EndedCall {
  readonly call: Call
  readonly streams: readonly Stream[]
  readonly findings: readonly Finding[]
}

/** What a live scan knows at one moment. */
export interface Snapshot {
  /** How far the trace has come: µs since 1970 by the capture's clock; 0 before the first packet. */
  readonly atUs: number
  /**
   * The report on what is at hand: calls, streams and findings that were not released before. Its totals are those of
   * the whole run.
   */
  readonly report: LargeReport
  /** Calls of `report` that are released with this snapshot: the next one does not have them any more. */
  readonly ended: readonly EndedCall[]
  readonly source: SourceCounts
  /** What waits inside: octets of signalling not yet heard, octets of packets kept for a later judgement. */
  readonly queues: { readonly signallingBytes: number; readonly deferredBytes: number }
}
