import type { TraceSnapshot } from '../scan/running-trace.ts'
import type { SourceCounts } from './live-source.ts'

export type { EndedCall } from '../scan/running-trace.ts'

/** What a live scan knows at one moment. */
export interface Snapshot extends TraceSnapshot {
  readonly source: SourceCounts
}
