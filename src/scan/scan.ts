import type { ReadSmallFile } from '../capture/text-file.ts'
import { memoryBytes } from '../limits/limits.ts'
import type { Analysis } from '../model/analysis.ts'
import type { Report } from '../model/report.ts'
import type { LargeReport, ReportObject } from '../model/report-objects.ts'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { type AnalyseOptions, analyseCaptures } from './analyse-captures.ts'
import type { PartsOptions } from './analyse-parts.ts'
import { BrokenOffError } from './broken-off.ts'
import { applyFilters, checkFilters, type Filters, isUnfiltered } from './filters.ts'
import { keptTo } from './kept-to.ts'
import { readKeyFiles, wipeEntries } from './key-files.ts'
import { type FindingFilters, reportOf } from './report-of.ts'
import type { RunningTrace, TraceSnapshot } from './running-trace.ts'
import { followTlsSecrets, readTlsSecrets, type TlsSecretFiles } from './tls-secrets.ts'
import type { TlsTrustFiles } from './tls-trust.ts'
import { ToldObjects } from './told-objects.ts'

export interface ScanOptions
  extends Omit<
      AnalyseOptions,
      'cuts' | 'keyEntries' | 'tlsSecrets' | 'tlsTrust' | 'onEnded' | 'restOf' | 'beforeEnd' | 'onMessage' | 'onJudged'
    >,
    TlsSecretFiles,
    TlsTrustFiles {
  /** Paths of key files, in the formats of the contract. */
  readonly keyFiles?: readonly string[]
  /** Names of policy packs and paths of policy files; of each statement the last word holds. */
  readonly policies?: readonly string[]
  /** The captures are read by a job for each, several at a time, as one trace all the same. */
  readonly parts?: PartsOptions
  /** Has the octets of the files that these options name; from the disk where absent. */
  readonly readFile?: ReadSmallFile
  readonly filters?: Filters
  readonly findings?: FindingFilters
  /** Called with every object of the report, as the NDJSON format has them; from a pipe, calls and streams as they end. */
  readonly onObject?: (object: ReportObject) => void
  /**
   * From a pipe: called about every second with what is known by then. Calls that have ended are then let go of, so that
   * a trace may go on for ever; without it this begins where there are very many.
   */
  readonly onSnapshot?: (snapshot: TraceSnapshot) => void
  /** Milliseconds from one snapshot to the next at least; 1,000 unless told. */
  readonly snapshotMs?: number
  /** The pipe's packets come as they are captured: time goes on where there are none. */
  readonly live?: boolean
}

/**
 * Scans captures as one trace and reports on every call: the whole of `srtp-scan [capture...]`.
 *
 * @throws CaptureError, KeysError, PolicyError, UsageError (each with a `code` that begins with SRTP_SCAN_) before anything is read
 */
export async function scan(options: ScanOptions): Promise<Report> {
  const report = await scanLarge(options)
  return { ...report, calls: [...report.calls], streams: [...report.streams], findings: [...report.findings] }
}

/** The same for a trace of any length: the report's calls are put together when they are asked for. */
export async function scanLarge(options: ScanOptions): Promise<LargeReport> {
  const { onObject, filters = {} } = options
  checkFilters(filters)
  const keyEntries = await readKeyFiles(options.keyFiles ?? [], options.readFile)
  const policy = await policyOf(options.policies ?? [], options.readFile)
  const tlsTrust = await tlsTrustOf(options, policy)
  // A live connection's secrets are written when it begins.
  const followed = options.live === true ? await followTlsSecrets(options) : undefined
  const tlsSecrets = followed?.secrets ?? (await readTlsSecrets(options, options.readFile))
  // What a filter keeps is known at the end only.
  const told = onObject && new ToldObjects(onObject, isUnfiltered(filters))
  const findings = options.findings ?? {}
  let running: RunningTrace | undefined
  const restOf: AnalyseOptions['restOf'] = async (trace, engine) => {
    // Files need none: start-up is loading (docs/decisions/start-up.md).
    const { RunningTrace } = await import('./running-trace.ts')
    running = new RunningTrace(
      trace,
      engine,
      { policy, filters, findings },
      { ...options, ...(told?.isEarly && { onReleased: told.released }) },
    )
    return running
  }
  let isBroken = false
  const onBrokenOff = (error: BrokenOffError): void => {
    if (!isBroken) options.onBrokenOff?.(error)
    isBroken = true
  }
  const judged = async (): Promise<LargeReport> => {
    const analysis = await readerOf(options.parts)({
      ...options,
      keyEntries,
      tlsSecrets,
      ...tlsTrust,
      ...(told?.isEarly && { onEnded: told.ended }),
      ...(options.onBrokenOff !== undefined && { onBrokenOff }),
      restOf,
      ...(followed !== undefined && { beforeEnd: followed.stop }),
    }).finally(() => {
      followed?.stop()
      wipeEntries(keyEntries)
      tlsSecrets.keyLog.wipe()
    })
    const maxMemoryBytes = memoryBytes(options.maxMemoryMb)
    const last = await reportOf(applyFilters(analysis, filters, running?.hasLetGo), policy, findings, maxMemoryBytes)
    return running?.completed(last) ?? last
  }
  const { schema, tool, ...facts } = await judged().catch((cause) => {
    // What was let go before is known, though what is left cannot be judged.
    const archived = running?.archived()
    if (options.onBrokenOff === undefined || archived === undefined) throw cause
    onBrokenOff(new BrokenOffError(cause))
    return archived
  })
  const leaving = keptTo(filters, findings)
  const report: LargeReport = { schema, tool, ...(leaving.length > 0 && { keptTo: leaving }), ...facts }
  told?.end(report)
  return report
}

/** Loaded only where captures are read in parts: start-up is loading. */
function readerOf(parts: PartsOptions | undefined): (options: AnalyseOptions) => Promise<Analysis> {
  if (parts === undefined) return analyseCaptures
  return async (options) => (await import('./analyse-parts.ts')).analyseInParts(options, parts)
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
