import type {
  Anomaly,
  Call,
  CaptureReport,
  Finding,
  IcmpErrorReport,
  JoinedCallsReport,
  PolicyNotShown,
  Report,
  Stream,
  Totals,
} from './report.ts'
import { ChainedSequence, type Sequence } from './sequence.ts'
import type { TlsPeer } from './tls-report.ts'

/** What the NDJSON format has on a line. */
export type ReportObject =
  | ({ readonly type: 'capture' } & CaptureReport)
  | ({ readonly type: 'call' } & Call)
  | ({ readonly type: 'joined' } & JoinedCallsReport)
  | ({ readonly type: 'stream' } & Stream)
  | ({ readonly type: 'tls' } & TlsPeer)
  | ({ readonly type: 'icmp' } & IcmpErrorReport)
  | ({ readonly type: 'finding' } & Finding)
  | ({ readonly type: 'anomaly' } & Anomaly)
  | {
      readonly type: 'policy'
      readonly policies: readonly string[]
      readonly policyNotShown: readonly PolicyNotShown[]
    }
  | ({ readonly type: 'totals'; readonly anonymized?: true; readonly keptTo?: readonly string[] } & Totals)

/** A report whose parts are put together when they are asked for: there may be more of them than fit into memory. */
export interface LargeReport extends Omit<Report, 'calls' | 'streams' | 'findings'> {
  readonly calls: Sequence<Call>
  readonly streams: Sequence<Stream>
  readonly findings: Sequence<Finding>
}

/** How many of a list were let go while the trace went on: they stand first in it. */
export function releasedOf(list: Sequence<unknown>): number {
  return list instanceof ChainedSequence ? list.first.length : 0
}

/** A report's objects in their order: calls, then streams, what was found, and at the end what was read and the sums. */
export function* reportObjects(report: LargeReport): Generator<ReportObject> {
  for (const call of report.calls) yield { type: 'call', ...call }
  for (const group of report.joined ?? []) yield { type: 'joined', ...group }
  for (const stream of report.streams) yield { type: 'stream', ...stream }
  for (const peer of report.tls ?? []) yield { type: 'tls', ...peer }
  for (const error of report.icmpErrors ?? []) yield { type: 'icmp', ...error }
  for (const finding of report.findings) yield { type: 'finding', ...finding }
  for (const anomaly of report.anomalies) yield { type: 'anomaly', ...anomaly }
  for (const capture of report.captures) yield { type: 'capture', ...capture }
  const { policies, policyNotShown = [] } = report
  if (policies !== undefined) yield { type: 'policy', policies, policyNotShown }
  const { anonymized, keptTo } = report
  yield { type: 'totals', ...report.totals, ...(anonymized && { anonymized }), ...(keptTo !== undefined && { keptTo }) }
}
