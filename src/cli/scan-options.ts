import type { Argv } from 'yargs'

/** An option that may be given again and takes one value each time. */
export const REPEATED = { type: 'string', array: true, nargs: 1 } as const

/** Options that may be given again. */
export const REPEATABLE: ReadonlySet<string> = new Set([
  'captures',
  'read',
  'keys',
  'policy',
  'tlsKeylog',
  'tlsKey',
  'tls-keylog',
  'tls-key',
  'caBundle',
  'ca-bundle',
  'crl',
  'format',
  'output',
  'ignore',
  'only',
  'map',
])

/** An option that is given once, with a value. */
export const VALUED = { type: 'string', nargs: 1 } as const

/** An option that is given once, with a number. */
export const NUMBER = { type: 'number', nargs: 1 } as const

/** A capture by the option that other tools have for it. */
export const READ = { ...REPEATED, alias: ['r', 'I'], describe: 'a capture, as for tcpdump and sngrep' }

/** What is read, and which part of it: for every command that reads a trace. */
export function traceOptions(command: Argv): Argv {
  return command
    .option('read', READ)
    .option('keys', { ...REPEATED, alias: 'k', describe: 'file with keys: keys.json, a=crypto lines' })
    .option('tls-keylog', { ...REPEATED, describe: 'NSS key log of TLS and DTLS connections' })
    .option('tls-key', { ...REPEATED, describe: 'RSA private key (PEM) of a TLS server' })
    .option('call', { ...VALUED, describe: 'only the call with this Call-ID' })
    .option('ip', { ...VALUED, describe: 'only what has an address in this network' })
    .option('from', { ...VALUED, describe: 'only calls whose From contains this' })
    .option('to', { ...VALUED, describe: 'only calls whose To contains this' })
    .option('since', { ...VALUED, describe: 'only what went on after this time' })
    .option('until', { ...VALUED, describe: 'only what went on before this time' })
    .option('max-memory', { ...NUMBER, describe: 'ceiling for state in MB (1024)' })
    .option('quiet', { type: 'boolean', alias: 'q', default: false, describe: 'says no more than it must' })
    .option('progress', { type: 'boolean', describe: 'progress on a terminal (--no-progress: none)' })
}

/** What scan, tls, live and batch have in common. */
export function scanOptions(command: Argv): Argv {
  return traceOptions(command)
    .option('policy', { ...REPEATED, describe: 'policy pack or file; later ones win' })
    .option('ca-bundle', { ...REPEATED, describe: 'authorities (PEM) beside the public ones' })
    .option('crl', { ...REPEATED, describe: 'certificate revocation list (DER or PEM)' })
    .option('format', { ...REPEATED, describe: 'text, json, ndjson, html, sarif, junit; pairs with -o' })
    .option('output', {
      ...REPEATED,
      alias: 'o',
      describe: 'file for the report; without --format its ending tells: .html, .txt, …, else JSON',
    })
    .option('anonymize', { type: 'boolean', default: false, describe: 'replace numbers, names, addresses, hosts' })
    .option('anonymize-key', { ...VALUED, describe: 'file: the same replacements in every run with it' })
    .option('ignore', { ...REPEATED, describe: 'leave out a rule' })
    .option('only', { ...REPEATED, describe: 'only this rule' })
    .option('min-severity', { nargs: 1, choices: ['error', 'warning', 'info'], describe: 'leave out lesser findings' })
    .option('fail-on', {
      nargs: 1,
      choices: ['error', 'warning', 'info', 'never'],
      default: 'error',
      describe: 'findings that make the exit status 1',
    })
    .option('workers', { ...NUMBER, describe: 'threads; 1 works without a pool' })
    .option('slab-size', { ...NUMBER, hidden: true, describe: 'octets read at a time, in KiB' })
    .option('color', { type: 'boolean', describe: 'colour on a terminal (--no-color: none)' })
    .option('verbose', { type: 'boolean', default: false, describe: 'sessions, all calls, anomalies' })
}
