import { ceilingOf, LIMITS, type LimitName } from '../limits/limits.ts'
import type { Analysis } from '../model/analysis.ts'
import { droppedAnomaly, inOrder } from '../model/anomaly-log.ts'
import { describeIcmpErrors } from '../model/icmp-errors.ts'
import type { Anomaly, Finding, JoinedCallsReport, Report, Severity } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { MappedSequence } from '../model/sequence.ts'
import { reportedStream } from '../model/timeline.ts'
import type { TlsPeers } from '../model/tls-peers.ts'
import { NO_TOTALS, totalsOf } from '../model/totals.ts'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { RULES } from '../rules/catalogue.ts'
import { FindingRoom, type FindingsBeyond } from '../rules/finding-room.ts'
import { runRules } from '../rules/run-rules.ts'
import { VERSION } from './version.ts'

/** Which findings the report holds. */
export interface FindingFilters {
  /** Rule ids. */
  readonly ignore?: readonly string[]
  readonly only?: readonly string[]
  readonly minSeverity?: Severity
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 }

export const TLS_PEERS_BEYOND = LIMITS.tlsPeersListed.anomaly.reason

/** The findings of an analysis that are asked for, in their order. */
export function findingsOf(analysis: Analysis, policy: Policy, filters: FindingFilters): Finding[] {
  return chosen(runRules(analysis, policy), filters)
}

/**
 * The report on an analysis.
 *
 * @param maxMemoryBytes what the limits follow that follow --max-memory; absent: all findings are listed
 */
export async function reportOf(
  analysis: Analysis,
  policy: Policy,
  filters: FindingFilters,
  maxMemoryBytes?: number,
): Promise<LargeReport> {
  const most = maxMemoryBytes === undefined ? undefined : ceilingOf('findingsOfRule', maxMemoryBytes)
  const room = new FindingRoom(most)
  const findings = chosen(runRules(analysis, policy, room), filters)
  const beyond = chosen(room.beyond, filters)
  const { icmp } = analysis
  const { peers: tls, beyond: tlsBeyond } = await tlsReportOf(analysis, findings)
  return {
    schema: 'srtp-scan/report/1',
    tool: { name: 'srtp-scan', version: VERSION },
    ...(policy !== DEFAULT_POLICY && (await policyReport(policy, analysis))),
    captures: analysis.captures,
    totals: totalsOf(analysis, findings, beyond),
    calls: new MappedSequence(analysis.calls, ({ report }) => report),
    ...(analysis.joined.length > 0 && { joined: joinedReport(analysis) }),
    streams: new MappedSequence(analysis.streams, reportedStream),
    ...(tls.length > 0 && { tls }),
    ...(icmp.runs.length > 0 && { icmpErrors: describeIcmpErrors(icmp, analysis.severalCaptures) }),
    findings,
    anomalies: withLimits(analysis, [
      droppedAnomaly('tlsPeersListed', tlsBeyond),
      droppedAnomaly('findingsOfRule', sumOfCounts(beyond), maxMemoryBytes),
      ...Object.entries(room.dropped).map(([name, count]) => droppedAnomaly(name as LimitName, count)),
    ]),
  }
}

/** A report that has what was counted, and nothing else. */
export function emptyReport(
  captures: LargeReport['captures'],
  counted: Pick<Report['totals'], 'frames' | 'sipMessages'>,
): LargeReport {
  return {
    schema: 'srtp-scan/report/1',
    tool: { name: 'srtp-scan', version: VERSION },
    captures,
    totals: { ...NO_TOTALS, ...counted },
    calls: [],
    streams: [],
    findings: [],
    anomalies: [],
  }
}

/** The groups by Call-ID: only calls that belong to one are put together for it. */
export function joinedReport({ joined, calls }: Analysis): JoinedCallsReport[] {
  const wanted = new Set(joined.flatMap((group) => group.calls))
  const callIds = new Map<number, string>()
  let index = 0
  for (const { callId } of calls) {
    if (wanted.has(index)) callIds.set(index, callId)
    index++
  }
  return joined.map(({ calls: members, by, certainty }) => ({
    callIds: members.map((member) => callIds.get(member) as string),
    by,
    certainty,
  }))
}

async function policyReport(
  policy: Policy,
  analysis: Analysis,
): Promise<Required<Pick<Report, 'policies' | 'policyNotShown'>>> {
  const { notShown } = await import('../policy/not-shown.ts')
  const judged = new Set(RULES.map(({ text }) => text.id))
  return { policies: policy.names, policyNotShown: notShown(policy, analysis, judged) }
}

/** Put together only where there was TLS. */
async function tlsReportOf({ tls, severalCaptures }: Analysis, findings: readonly Finding[]): Promise<TlsPeers> {
  if (tls.length === 0) return { peers: [], beyond: 0 }
  const { tlsPeers } = await import('../model/tls-peers.ts')
  return tlsPeers(tls, findings, severalCaptures)
}

/** The anomalies in their order, with the limits that the report itself has. */
function withLimits({ anomalies, severalCaptures }: Analysis, limits: readonly Anomaly[]): readonly Anomaly[] {
  const reached = limits.filter(({ count }) => count > 0)
  if (reached.length === 0) return anomalies
  return [...anomalies, ...reached.map((one) => (severalCaptures ? { ...one, capture: 0 } : one))].sort(inOrder)
}

function sumOfCounts(some: readonly FindingsBeyond[]): number {
  return some.reduce((sum, { count }) => sum + count, 0)
}

function chosen<F extends Pick<Finding, 'rule' | 'severity'>>(
  findings: readonly F[],
  { ignore, only, minSeverity }: FindingFilters,
): F[] {
  return findings.filter(
    ({ rule, severity }) =>
      !ignore?.includes(rule) &&
      (only === undefined || only.length === 0 || only.includes(rule)) &&
      (minSeverity === undefined || WEIGHT[severity] >= WEIGHT[minSeverity]),
  )
}
