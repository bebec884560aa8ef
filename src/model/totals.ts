import type { Analysis } from './analysis.ts'
import type { Finding, Severity, Totals } from './report.ts'

/**
 * Sums over an analysis and its findings.
 *
 * @param beyond findings that are not among these
 */
export function totalsOf(
  analysis: Analysis,
  findings: readonly Finding[],
  beyond: readonly { readonly severity: Severity; readonly count: number }[] = [],
): Totals {
  const sum = (field: 'verified' | 'failed' | 'unverified' | 'plain'): number =>
    analysis.streams.reduce((total, { report }) => total + report[field], 0)
  const packets = (kind: 'rtp' | 'rtcp'): number =>
    analysis.streams.reduce((total, { report }) => total + (report.kind === kind ? report.packets : 0), 0)
  const bySeverity = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length +
    beyond.reduce((total, one) => total + (one.severity === severity ? one.count : 0), 0)
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

export const NO_TOTALS: Totals = {
  frames: 0,
  sipMessages: 0,
  calls: 0,
  streams: 0,
  rtp: 0,
  rtcp: 0,
  verified: 0,
  failed: 0,
  unverified: 0,
  plain: 0,
  findings: { error: 0, warning: 0, info: 0 },
}

/** The sums of two traces, or of two parts of one. */
export function sumOfTotals(a: Totals, b: Totals): Totals {
  return sumOf(a, b)
}

/** Member by member, at every depth. */
function sumOf<T extends object>(a: T, b: T): T {
  const sums = Object.entries(a).map(([name, value]) => {
    const other: unknown = (b as Record<string, unknown>)[name]
    return [name, typeof value === 'number' ? value + (other as number) : sumOf(value, other as object)]
  })
  return Object.fromEntries(sums)
}
