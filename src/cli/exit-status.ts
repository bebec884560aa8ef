import type { Finding, Report, Severity } from '../model/report.ts'
import { escapeText } from '../report/escape.ts'
import { countsFailOn, type FailOn, failsOn } from '../report/fail-on.ts'
import type { Filters } from '../scan/filters.ts'
import type { UnusedSecrets } from '../tls/unused-secrets.ts'

/**
 * What the command ends with: 0, 1 where there are findings at or above --fail-on, 2 for bad usage or input, and where
 * standard output lost its reader before there was a verdict what a shell has of a process that SIGPIPE ended.
 */
export const ExitStatus = { Clean: 0, Findings: 1, Unusable: 2, Unread: 141 } as const

export function exitStatusOf(findings: Iterable<Finding>, failOn: FailOn): number {
  for (const { severity } of findings) if (failsOn(severity, failOn)) return ExitStatus.Findings
  return ExitStatus.Clean
}

/** The same where findings are counted. */
export function exitStatusOfCounts(counts: Readonly<Record<Severity, number>>, failOn: FailOn): number {
  return countsFailOn(counts, failOn) ? ExitStatus.Findings : ExitStatus.Clean
}

const OF_NO_USE: Readonly<Record<UnusedSecrets, string>> = {
  'key-log-matches-nothing': 'no TLS or DTLS handshake of the capture is in the key log; is it of the same run?',
  'private-keys-open-nothing':
    'no TLS handshake of the capture opens with --tls-key; it has to be the key of the certificate that the server showed, ' +
    'and a handshake that is keyed by RSA: ECDHE, DHE and TLS 1.3 need --tls-keylog',
}

/** Says on standard error that what was given to read TLS with was of no use. */
export function warnOfSecrets(unused: readonly UnusedSecrets[]): void {
  for (const one of unused) process.stderr.write(noticeLine(`warning: ${OF_NO_USE[one]}`))
}

/** Says on standard error what of a folder or pattern is not in the trace, though it is named like a capture. */
export function warnOfLeftOut(reason: string): void {
  process.stderr.write(noticeLine(`warning: ${reason}; it is left out`))
}

/** Says on standard error that keys are not among those that are printed: the capture does not hold them. */
export function warnOfMasks(lines: number): void {
  const [what, their] =
    lines === 1 ? ['1 agreed a=crypto line shows', 'its key'] : [`${lines} agreed a=crypto lines show`, 'their keys']
  process.stderr.write(noticeLine(`warning: ${what} a mask in the place of ${their}, and nothing is printed for it`))
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
  process.stderr.write(noticeLine(`warning: no call and no stream fits ${options}`))
}

/** What of a report may have been kept by filters. */
export function keptIn({ totals, tls = [] }: Pick<Report, 'totals' | 'tls'>): number {
  return totals.calls + totals.streams + tls.length
}

/** A line for standard error that is no error. */
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
