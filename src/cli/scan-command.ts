import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Severity } from '../model/report.ts'
import { isPackName } from '../policy/pack-names.ts'
import type { Anonymizer } from '../report/anonymize/anonymizer.ts'
import { type FailOn, failsOn } from '../report/fail-on.ts'
import { detailsOf } from '../report/formats.ts'
import { formatNdjsonLine } from '../report/ndjson.ts'
import { RULES } from '../rules/catalogue.ts'
import type { BrokenOffError } from '../scan/broken-off.ts'
import type { Filters } from '../scan/filters.ts'
import { type ScanOptions, scanLarge } from '../scan/scan.ts'
import { UsageError } from '../scan/usage-error.ts'
import { MOST_WORKERS } from '../verify/engine-options.ts'
import { ExitStatus, exitStatusOf } from './exit-status.ts'
import { Interruption } from './interruption.ts'
import { noSuchRule } from './no-such-rule.ts'
import { keptIn, warnOfFilters, warnOfLeftOut, warnOfSecretsIn } from './notices.ts'
import { growCarefully, optimiseAsUsual, optimiseLater, TELLS_V8 } from './optimising.ts'
import { checkGiven, given, targetsOf, wholeNumber } from './options.ts'
import { checkOutputs, expectFiles } from './output.ts'
import { ProgressLine } from './progress.ts'
import { isStreamed, writeReports } from './reports.ts'

/** The options of the command line, as yargs gives them. */
export interface ScanArguments {
  readonly captures: readonly string[]
  readonly read: readonly string[]
  readonly keys: readonly string[]
  readonly tlsKeylog: readonly string[]
  readonly tlsKey: readonly string[]
  readonly caBundle: readonly string[]
  readonly crl: readonly string[]
  readonly policy: readonly string[]
  readonly format: readonly string[]
  readonly output: readonly string[]
  readonly anonymize?: boolean
  readonly anonymizeKey?: string
  readonly call?: string
  readonly ip?: string
  readonly from?: string
  readonly to?: string
  readonly since?: string
  readonly until?: string
  readonly ignore: readonly string[]
  readonly only: readonly string[]
  readonly minSeverity?: Severity
  readonly failOn: FailOn
  readonly workers?: number
  readonly maxMemory?: number
  readonly slabSize?: number
  readonly color?: boolean
  readonly quiet: boolean
  readonly progress?: boolean
  readonly verbose: boolean
}

/** After Ctrl-C standard input may go on so long. */
const LAST_WORDS_MS = 1000

/** `srtp-scan [capture...]`: scans, writes the reports, and says how to exit. */
export async function scanCommand(args: ScanArguments): Promise<number> {
  checkGiven(args)
  const targets = targetsOf(args.format, args.output)
  const options = scanOptionsOf(args)
  const outputs = targets.flatMap(({ path }) => path ?? [])
  checkOutputs(outputs, [...options.captures, ...inputsOf(args)])
  if (outputs.length > 0) expectFiles()
  const streamed = targets.some(isStreamed)
  process.exitCode = ExitStatus.Unread
  const anonymizer = await anonymizerOf(args)
  const interruption = options.captures.includes('-') ? new Interruption() : undefined
  interruption?.signal.addEventListener('abort', endStandardInput)
  const line = showsProgress(args) ? new ProgressLine() : undefined
  let brokenOff: BrokenOffError | undefined
  const report = await scanLarge({
    ...options,
    onLeftOut: warnOfLeftOut,
    onBrokenOff: (error) => {
      brokenOff = error
    },
    ...detailsOf(
      targets.map(({ format }) => format),
      args,
    ),
    tellsV8: TELLS_V8,
    onReading: optimiseLater,
    onRereading: () => optimiseAsUsual({}),
    onProgress: (progress) => {
      optimiseAsUsual(progress)
      growCarefully(args.maxMemory)
      line?.show(progress)
    },
    ...(streamed && {
      onObject: (object) => {
        if (object.type === 'finding' && failsOn(object.severity, args.failOn)) process.exitCode = ExitStatus.Findings
        process.stdout.write(formatNdjsonLine(anonymizer?.reportObject(object) ?? object))
      },
    }),
  }).finally(() => {
    line?.clear()
    interruption?.end()
  })
  // Who read line by line may have left, which is heard in another turn.
  if (streamed) await nextTurn()
  // A directory or a pattern says only now which captures it stood for.
  checkOutputs(
    outputs,
    report.captures.map(({ path }) => path),
  )
  warnOfSecretsIn(report)
  warnOfFilters(options.filters, keptIn(report))
  const status = exitStatusOf(report.findings, args.failOn)
  // Who reads the report may leave before its end.
  process.exitCode = brokenOff === undefined ? status : ExitStatus.Unusable
  await writeReports(anonymizer?.report(report) ?? report, targets, args)
  if (brokenOff !== undefined) throw brokenOff
  return status
}

/** The files that the options name, beside captures. */
export function inputsOf({ keys, tlsKeylog, tlsKey, caBundle, crl, policy, anonymizeKey }: ScanArguments): string[] {
  const policies = policy.filter((name) => !isPackName(name))
  return [
    ...keys,
    ...tlsKeylog,
    ...tlsKey,
    ...caBundle,
    ...crl,
    ...policies,
    ...(anonymizeKey === undefined ? [] : [anonymizeKey]),
  ]
}

/** Loaded only where it is asked for: start-up is loading (docs/decisions/start-up.md). */
export async function anonymizerOf({ anonymize, anonymizeKey }: ScanArguments): Promise<Anonymizer | undefined> {
  if (anonymize !== true && anonymizeKey === undefined) return undefined
  return (await import('../scan/anonymizing.ts')).openAnonymizer(anonymizeKey)
}

/** Who writes to the pipe hears Ctrl-C as well and ends it; what does not end in time is read no further. */
function endStandardInput(): void {
  setTimeout(() => process.stdin.destroy(), LAST_WORDS_MS).unref()
}

/** Checks what yargs cannot. */
export function scanOptionsOf(args: ScanArguments): ScanOptions {
  const captures = [...args.captures, ...args.read]
  if (captures.length === 0) {
    const hint = process.stdin.isTTY === true ? '' : ' (- reads standard input)'
    throw new UsageError(`no capture is named: srtp-scan call.pcap --keys keys.json${hint}; --help tells more`)
  }
  return { ...commonOptionsOf(args), captures }
}

function refuseUnknownRules(option: string, ids: readonly string[]): void {
  for (const id of ids) if (!RULES.some(({ text }) => text.id === id)) throw noSuchRule(option, id)
}

/** The options that have nothing to do with where packets come from. */
export function commonOptionsOf(args: Omit<ScanArguments, 'captures'>): Omit<ScanOptions, 'captures'> {
  refuseUnknownRules('--ignore', args.ignore)
  refuseUnknownRules('--only', args.only)
  const workers = wholeNumber('--workers', args.workers, 1, MOST_WORKERS)
  const maxMemoryMb = wholeNumber('--max-memory', args.maxMemory, 64, 3072)
  const slabKib = wholeNumber('--slab-size', args.slabSize, 64, 16_384)
  return {
    keyFiles: args.keys,
    tlsKeyLogs: args.tlsKeylog,
    tlsKeys: args.tlsKey,
    caBundles: args.caBundle,
    crls: args.crl,
    policies: args.policy,
    ...given({ workers, maxMemoryMb, slabBytes: slabKib === undefined ? undefined : slabKib * 1024 }),
    filters: filtersOf(args),
    findings: { ignore: args.ignore, only: args.only, ...given({ minSeverity: args.minSeverity }) },
  }
}

/** Which part of a trace is wanted. */
export function filtersOf({ call, ip, from, to, since, until }: Pick<ScanArguments, keyof Filters>): Filters {
  return given({ call, ip, from, to, since, until })
}

/** A line of progress is for a terminal, and for who did not ask for quiet. */
export function showsProgress({ quiet, progress }: Pick<ScanArguments, 'quiet' | 'progress'>): boolean {
  return process.stderr.isTTY === true && !quiet && progress !== false
}
