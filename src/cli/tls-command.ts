import { formatTls } from '../report/text-tls.ts'
import { TLS_PEERS_BEYOND } from '../scan/report-of.ts'
import { scanLarge } from '../scan/scan.ts'
import { exitStatusOf } from './exit-status.ts'
import { checkGivenOnce } from './options.ts'
import { writeStandardOutput } from './output.ts'
import { type ScanArguments, scanOptionsOf } from './scan-command.ts'

/** `srtp-scan tls [capture...]`: a table of every TLS peer; the exit status goes by the findings of TLS alone. */
export async function tlsCommand(args: ScanArguments, width: number, nowMs: number): Promise<number> {
  checkGivenOnce(args)
  const { tls = [], findings, anomalies } = await scanLarge(scanOptionsOf(args))
  const beyond = anomalies.find(({ reason }) => reason === TLS_PEERS_BEYOND)?.count
  await writeStandardOutput([formatTls(tls, width, nowMs, beyond)])
  return exitStatusOf(
    [...findings].filter(({ rule }) => rule.startsWith('tls-')),
    args.failOn,
  )
}
