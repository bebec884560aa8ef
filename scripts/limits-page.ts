import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { DEFAULT_MEMORY_MB, LIMITS, type Limit } from '../src/limits/limits.ts'

/** docs/limits.md: what src/limits/limits.ts says. */
export const LIMITS_PAGE = fileURLToPath(new URL('../docs/limits.md', import.meta.url))

export function limitsPage(): string {
  return [
    '# Limits',
    '',
    'What a trace can make the scan keep or read has a ceiling, and the report says which were reached: in the text under “Limits',
    'reached”, in JSON as an anomaly that names its `limit` and counts what was dropped. This page is written by `npm run limits-page`.',
    '',
    `Where a ceiling follows --max-memory (default ${DEFAULT_MEMORY_MB} MB) it says how many there are for each megabyte.`,
    '',
    '| limit | ceiling | what happens beyond | anomaly |',
    '| --- | --- | --- | --- |',
    ...Object.entries<Limit>(LIMITS).map(
      ([name, { most, perMegabyte, of, dropped, anomaly }]) =>
        `| ${name} | ${most.toLocaleString('en')} ${of}${perMegabyte === undefined ? '' : ` (${perMegabyte} a megabyte)`} | ${dropped} | ${anomaly.layer}: ${anomaly.reason} |`,
    ),
    '',
  ].join('\n')
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(LIMITS_PAGE, limitsPage())
