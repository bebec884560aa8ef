import type { ReadSmallFile } from '../capture/text-file.ts'
import type { Analysis } from '../model/analysis.ts'
import { inOrder } from '../model/anomaly-log.ts'
import type { Anomaly, Finding, JoinedCallsReport, Report, Severity } from '../model/report.ts'
import { type LargeReport, type ReportObject, reportObjects } from '../model/report-objects.ts'
import { MappedSequence } from '../model/sequence.ts'
import type { TlsPeers } from '../model/tls-peers.ts'
import { totalsOf } from '../model/totals.ts'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { RULES } from '../rules/catalogue.ts'
import { runRules } from '../rules/run-rules.ts'
import { type AnalyseOptions, analyseCaptures } from './analyse-captures.ts'
import { applyFilters, type Filters } from './filters.ts'
import { readKeyFiles } from './key-files.ts'
import { readTlsSecrets, type TlsSecretFiles } from './tls-secrets.ts'
import type { TlsTrustFiles } from './tls-trust.ts'
import { VERSION } from './version.ts'

export interface ScanOptions
  extends Omit<AnalyseOptions, 'keyEntries' | 'tlsSecrets' | 'tlsTrust' | 'onEnded'>,
    TlsSecretFiles,
    TlsTrustFiles {
  /** Paths of key files, in the formats of the contract. */
  readonly keyFiles?: readonly string[]
  /** Names of policy packs and paths of policy files; of each statement the last word holds. */
  readonly policies?: readonly string[]
  /** Has the octets of the files that these options name; from the disk where absent. */
  readonly readFile?: ReadSmallFile
  readonly filters?: Filters
  readonly findings?: FindingFilters
  /** Called with every object of the report, as the NDJSON format has them; from a pipe, calls and streams as they end. */
  readonly onObject?: (object: ReportObject) => void
}

/** Which findings the report holds. */
export interface FindingFilters {
  /** Rule ids. */
  readonly ignore?: readonly string[]
  readonly only?: readonly string[]
  readonly minSeverity?: Severity
}

/** Anomaly: the report lists 1,000 TLS peers at most. */
export const TLS_PEERS_BEYOND = 'peers-beyond-those-listed'

const WEIGHT: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 }

/**
 * Scans captures as one trace and reports on every call: the whole of `srtp-scan [capture...]`.
 *
 * @throws CaptureError, KeysError, PolicyError, UsageError (each with a `code` that begins with SRTP_SCAN_) before anything is read
 */
export async function scan(options: ScanOptions): Promise<Report> {
  const report = await scanLarge(options)
  return { ...report, calls: [...report.calls] }
}

/** The same for a trace of any length: the report's calls are put together when they are asked for. */
export async function scanLarge(options: ScanOptions): Promise<LargeReport> {
  const keyEntries = await readKeyFiles(options.keyFiles ?? [], options.readFile)
  const tlsSecrets = await readTlsSecrets(options, options.readFile)
  const policy = await policyOf(options.policies ?? [], options.readFile)
  const tlsTrust = await tlsTrustOf(options, policy)
  const told = new Set<string>()
  const { onObject, filters = {} } = options
  // What a filter keeps is known at the end only.
  const early = onObject !== undefined && Object.values(filters).every((value) => value === undefined)
  const onEnded = (object: ReportObject): void => {
    told.add(objectName(object))
    onObject?.(object)
  }
  const analysis = applyFilters(
    await analyseCaptures({ ...options, keyEntries, tlsSecrets, ...tlsTrust, ...(early && { onEnded }) }),
    filters,
  )
  const findings = chosen(runRules(analysis, policy), options.findings ?? {})
  const { peers: tls, beyond: tlsBeyond } = await tlsReportOf(analysis, findings)
  const report: LargeReport = {
    schema: 'srtp-scan/report/1',
    tool: { name: 'srtp-scan', version: VERSION },
    ...(policy !== DEFAULT_POLICY && (await policyReport(policy, analysis))),
    captures: analysis.captures,
    totals: totalsOf(analysis, findings),
    calls: new MappedSequence(analysis.calls, ({ report }) => report),
    ...(analysis.joined.length > 0 && { joined: joinedReport(analysis) }),
    streams: analysis.streams.map(({ report }) => report),
    ...(tls.length > 0 && { tls }),
    findings,
    anomalies: withBeyond(analysis, tlsBeyond),
  }
  if (onObject !== undefined) {
    for (const object of reportObjects(report)) if (!told.has(objectName(object))) onObject(object)
  }
  return report
}

/** The groups by Call-ID: only calls that belong to one are put together for it. */
function joinedReport({ joined, calls }: Analysis): JoinedCallsReport[] {
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

/** Policies are read only where one is named: start-up is loading (docs/decisions/start-up.md). */
async function policyOf(named: readonly string[], readFile?: ReadSmallFile): Promise<Policy> {
  if (named.length === 0) return DEFAULT_POLICY
  const [{ readPolicies }, { mergePolicies }] = await Promise.all([
    import('./policies.ts'),
    import('../policy/policy-document.ts'),
  ])
  return mergePolicies(await readPolicies(named, readFile))
}

/** Read only where something is given: start-up is loading. */
async function tlsTrustOf(
  files: TlsTrustFiles & Pick<ScanOptions, 'readFile'>,
  policy: Policy,
): Promise<Pick<AnalyseOptions, 'tlsTrust'>> {
  const isGiven = (files.caBundles?.length ?? 0) > 0 || (files.crls?.length ?? 0) > 0
  if (!isGiven && typeof policy.tls?.authorities !== 'object') return {}
  const { readTlsTrust } = await import('./tls-trust.ts')
  return { tlsTrust: await readTlsTrust(files, policy, files.readFile) }
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

/** The anomalies in their order, with TLS peers that found no room in the report. */
function withBeyond({ anomalies, severalCaptures }: Analysis, count: number): readonly Anomaly[] {
  if (count === 0) return anomalies
  const capture = severalCaptures && { capture: 0 }
  const one: Anomaly = { layer: 'tls', reason: TLS_PEERS_BEYOND, count, ...capture, frames: [] }
  return [...anomalies, one].sort(inOrder)
}

/** Names a call or a stream; every other object has no name. */
function objectName(object: ReportObject): string {
  return object.type === 'call' ? `call ${object.callId}` : object.type === 'stream' ? `stream ${object.id}` : ''
}

function chosen(findings: readonly Finding[], { ignore, only, minSeverity }: FindingFilters): Finding[] {
  return findings.filter(
    ({ rule, severity }) =>
      !ignore?.includes(rule) &&
      (only === undefined || only.length === 0 || only.includes(rule)) &&
      (minSeverity === undefined || WEIGHT[severity] >= WEIGHT[minSeverity]),
  )
}
