import type { Analysis } from './analysis.ts'
import type { Finding, Severity, Totals } from './report.ts'

/** Sums over an analysis and its findings. */
export function totalsOf(analysis: Analysis, findings: readonly Finding[]): Totals {
  const sum = (field: 'verified' | 'failed' | 'unverified' | 'plain'): number =>
    analysis.streams.reduce((total, { report }) => total + report[field], 0)
  const packets = (kind: 'rtp' | 'rtcp'): number =>
    analysis.streams.reduce((total, { report }) => total + (report.kind === kind ? report.packets : 0), 0)
  const bySeverity = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length
  return {
    frames: analysis.frames,
    sipMessages: analysis.sipMessages,
    calls: analysis.calls.length,
    streams: analysis.streams.length,
    rtp: packets('rtp'),
    rtcp: packets('rtcp'),
    verified: sum('verified'),
    failed: sum('failed'),
    unverified: sum('unverified'),
    plain: sum('plain'),
    findings: { error: bySeverity('error'), warning: bySeverity('warning'), info: bySeverity('info') },
  }
}
