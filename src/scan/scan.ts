import type { Finding, Report, Severity } from '../model/report.ts'
import { totalsOf } from '../model/totals.ts'
import { runRules } from '../rules/run-rules.ts'
import { type AnalyseOptions, analyseCaptures } from './analyse-captures.ts'
import { applyFilters, type Filters } from './filters.ts'
import { readKeyFiles } from './key-files.ts'
import { VERSION } from './version.ts'

export interface ScanOptions extends Omit<AnalyseOptions, 'keyEntries'> {
  /** Paths of key files, in the formats of the contract. */
  readonly keyFiles?: readonly string[]
  readonly filters?: Filters
  readonly findings?: FindingFilters
}

/** Which findings the report holds. */
export interface FindingFilters {
  /** Rule ids. */
  readonly ignore?: readonly string[]
  readonly only?: readonly string[]
  readonly minSeverity?: Severity
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 }

/**
 * Scans captures as one trace and reports on every call: the whole of `srtp-scan [capture...]`.
 *
 * @throws CaptureError, KeysError, UsageError (each with a `code` that begins with SRTP_SCAN_) before anything is read
 */
export async function scan(options: ScanOptions): Promise<Report> {
  const keyEntries = await readKeyFiles(options.keyFiles ?? [])
  const analysis = applyFilters(await analyseCaptures({ ...options, keyEntries }), options.filters ?? {})
  const findings = chosen(runRules(analysis), options.findings ?? {})
  return {
    schema: 'srtp-scan/report/1',
    tool: { name: 'srtp-scan', version: VERSION },
    captures: analysis.captures,
    totals: totalsOf(analysis, findings),
    calls: analysis.calls.map(({ report }) => report),
    streams: analysis.streams.map(({ report }) => report),
    findings,
    anomalies: analysis.anomalies,
  }
}

function chosen(findings: readonly Finding[], { ignore, only, minSeverity }: FindingFilters): Finding[] {
  return findings.filter(
    ({ rule, severity }) =>
      !ignore?.includes(rule) &&
      (only === undefined || only.length === 0 || only.includes(rule)) &&
      (minSeverity === undefined || WEIGHT[severity] >= WEIGHT[minSeverity]),
  )
}
