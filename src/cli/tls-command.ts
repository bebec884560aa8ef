import type { LargeReport } from '../model/report-objects.ts'
import { escapeText } from '../report/escape.ts'
import { harmlessJson } from '../report/harmless-json.ts'
import { ANONYMIZED, keptToText } from '../report/layout.ts'
import { formatTls } from '../report/text-tls.ts'
import type { BrokenOffError } from '../scan/broken-off.ts'
import { TLS_PEERS_BEYOND } from '../scan/report-of.ts'
import { scanLarge } from '../scan/scan.ts'
import { UsageError } from '../scan/usage-error.ts'
import { ExitStatus, exitStatusOf } from './exit-status.ts'
import { keptIn, warnOfFilters, warnOfLeftOut, warnOfSecretsIn } from './notices.ts'
import { checkGiven, type Target, targetsOf } from './options.ts'
import { checkOutputs, writeOutputs } from './output.ts'
import { anonymizerOf, inputsOf, type ScanArguments, scanOptionsOf } from './scan-command.ts'

/** Columns of a table, wherever it goes. */
const COLUMNS = 80

/** `srtp-scan tls [capture...]`: a table of every TLS peer; the exit status goes by the findings of TLS alone. */
export async function tlsCommand(args: ScanArguments, nowMs: number): Promise<number> {
  checkGiven(args)
  if (args.captures.length + args.read.length === 0) {
    throw new UsageError('tls: no capture is named: srtp-scan tls call.pcap')
  }
  const targets = targetsOf(args.format, args.output)
  for (const { format } of targets) {
    if (format !== 'text' && format !== 'json')
      throw new UsageError(`--format ${format}: srtp-scan tls writes text or json; the whole report has it too`)
  }
  const options = scanOptionsOf(args)
  checkOutputs(
    targets.flatMap(({ path }) => path ?? []),
    [...options.captures, ...inputsOf(args)],
  )
  const anonymizer = await anonymizerOf(args)
  let brokenOff: BrokenOffError | undefined
  const report = await scanLarge({
    ...options,
    onLeftOut: warnOfLeftOut,
    onBrokenOff: (error) => {
      brokenOff = error
    },
  })
  warnOfSecretsIn(report)
  warnOfFilters(options.filters, keptIn(report))
  const status = exitStatusOf(
    [...report.findings].filter(({ rule }) => rule.startsWith('tls-')),
    args.failOn,
  )
  // Who reads the table may leave before its end.
  process.exitCode = brokenOff === undefined ? status : ExitStatus.Unusable
  const shown = anonymizer?.report(report) ?? report
  await writeOutputs(
    targets.map((target) => ({
      ...(target.path !== undefined && { path: target.path }),
      pieces: () => [textOf(shown, target, nowMs)],
    })),
  )
  if (brokenOff !== undefined) throw brokenOff
  return status
}

/** As JSON the peers are what the report has under `tls`. */
function textOf(
  { tls = [], anomalies, captures, anonymized, keptTo }: LargeReport,
  { format }: Target,
  nowMs: number,
): string {
  const beyond = anomalies.find(({ reason }) => reason === TLS_PEERS_BEYOND)?.count
  if (format === 'json') {
    const said = { ...(anonymized && { anonymized }), ...(keptTo !== undefined && { keptTo }) }
    const document = { ...said, tls, ...(beyond !== undefined && { notListed: beyond }) }
    return `${harmlessJson(JSON.stringify(document, null, 2))}\n`
  }
  return (
    (anonymized ? `${ANONYMIZED}\n\n` : '') +
    (keptTo === undefined ? '' : `${escapeText(keptToText(keptTo))}\n\n`) +
    formatTls(tls, COLUMNS, nowMs, { beyond, captures: captures.map(({ path }) => path) })
  )
}
