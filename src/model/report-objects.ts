import type { Anomaly, Call, CaptureReport, Finding, Report, Stream, Totals } from './report.ts'

/** What the NDJSON format has on a line. */
export type ReportObject =
  | ({ readonly type: 'capture' } & CaptureReport)
  | ({ readonly type: 'call' } & Call)
  | ({ readonly type: 'stream' } & Stream)
  | ({ readonly type: 'finding' } & Finding)
  | ({ readonly type: 'anomaly' } & Anomaly)
  | ({ readonly type: 'totals' } & Totals)

/** A report's objects in their order: calls, then streams, what was found, and at the end what was read and the sums. */
export function* reportObjects(report: Report): Generator<ReportObject> {
  for (const call of report.calls) yield { type: 'call', ...call }
  for (const stream of report.streams) yield { type: 'stream', ...stream }
  for (const finding of report.findings) yield { type: 'finding', ...finding }
  for (const anomaly of report.anomalies) yield { type: 'anomaly', ...anomaly }
  for (const capture of report.captures) yield { type: 'capture', ...capture }
  yield { type: 'totals', ...report.totals }
}
