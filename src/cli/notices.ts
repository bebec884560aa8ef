import type { Report } from '../model/report.ts'
import { escapeText } from '../report/escape.ts'
import type { Filters } from '../scan/filters.ts'
import type { UnusedSecrets } from '../tls/unused-secrets.ts'

const OF_NO_USE: Readonly<Record<UnusedSecrets, string>> = {
  'key-log-matches-nothing': 'no TLS or DTLS handshake of the capture is in the key log; is it of the same run?',
  'private-keys-open-nothing':
    'no TLS handshake of the capture opens with --tls-key; it has to be the key of the certificate that the server showed, ' +
    'and a handshake that is keyed by RSA: ECDHE, DHE and TLS 1.3 need --tls-keylog',
}

function isOfSecrets(reason: string): reason is UnusedSecrets {
  return Object.hasOwn(OF_NO_USE, reason)
}

/** Says on standard error that what was given to read TLS with was of no use. */
export function warnOfSecrets(unused: readonly UnusedSecrets[]): void {
  for (const one of unused) notice(`warning: ${OF_NO_USE[one]}`)
}

/** The same of what a report tells of. */
export function warnOfSecretsIn({ anomalies }: Pick<Report, 'anomalies'>): void {
  warnOfSecrets(anomalies.map(({ reason }) => reason).filter(isOfSecrets))
}

/** Says on standard error what of a folder or pattern is not in the trace, though it is named like a capture. */
export function warnOfLeftOut(reason: string): void {
  notice(`warning: ${reason}; it is left out`)
}

/** Says on standard error that keys are not among those that are printed: the capture does not hold them. */
export function warnOfMasks(lines: number): void {
  const [what, their] =
    lines === 1 ? ['1 agreed a=crypto line shows', 'its key'] : [`${lines} agreed a=crypto lines show`, 'their keys']
  notice(`warning: ${what} a mask in the place of ${their}, and nothing is printed for it`)
}

/**
 * Says on standard error that nothing of the trace passes the filters: what is misspelt would be taken for a trace without
 * findings.
 *
 * @param kept calls, streams and TLS peers that pass
 */
export function warnOfFilters(filters: Filters = {}, kept: number): void {
  const given = Object.entries(filters).filter(([, text]) => text !== undefined)
  if (given.length === 0 || kept > 0) return
  const options = given.map(([name, text]) => `--${name} ${text}`).join(' ')
  notice(`warning: no call and no stream fits ${options}`)
}

/** What of a report may have been kept by filters. */
export function keptIn({ totals, tls = [] }: Pick<Report, 'totals' | 'tls'>): number {
  return totals.calls + totals.streams + tls.length
}

/** Says something on standard error that is no error. */
export function notice(text: string): void {
  process.stderr.write(noticeLine(text))
}

export function noticeLine(text: string): string {
  return `srtp-scan: ${escapeText(text)}\n`
}

/**
 * One line of an error for standard error: what, where, and what would be right. Names from files are in it, so it is
 * escaped as the report is. With `stack` (DEBUG in the environment), where in the program it arose follows.
 */
export function errorLine(error: unknown, stack = false): string {
  const message = error instanceof Error ? error.message : String(error)
  const line = `srtp-scan: ${escapeText(message.replace(/\s+/g, ' ').trim())}\n`
  return stack && error instanceof Error ? `${line}${error.stack ?? ''}\n` : line
}

/** Says on standard error what went wrong; with DEBUG in the environment, where. */
export function tell(error: unknown): void {
  process.stderr.write(errorLine(error, Boolean(process.env.DEBUG)))
}
