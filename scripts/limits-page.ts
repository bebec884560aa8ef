import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { DEFAULT_MEMORY_MB, LIMITS, type Limit } from '../src/limits/limits.ts'

/** docs/limits.md: what the tables in src/limits say. */
export const LIMITS_PAGE = fileURLToPath(new URL('../docs/limits.md', import.meta.url))

export function limitsPage(): string {
  return [
    '# Limits',
    '',
    'What a trace can make the scan keep or read has a ceiling, and the report says which were reached: in the text under “Limits',
    'reached”, in JSON as an anomaly that names its `limit` and counts what was dropped. This page is written by `npm run limits-page`.',
    '',
    `--max-memory (default ${DEFAULT_MEMORY_MB} MB) sizes what grows with a trace: where a ceiling follows it, the table says how many there are`,
    'for each megabyte. Beside that the process takes what it takes for any trace: Node and the code (80 MB), slabs (2.5 MB for each thread',
    'and two more), 8 MB for fragments and up to 64 MB of keys as they come. Calls and streams both at their ceilings may come to 1.4 times (reckoned).',
    'Packets that wait for their key lie on the disk. A mapped page that nothing touches costs nothing: what counts is resident memory.',
    '',
    'How long something is waited for is told as an anomaly only: every trace in which packets were lost comes to its end.',
    '',
    '| limit | ceiling | what happens beyond | anomaly |',
    '| --- | --- | --- | --- |',
    ...Object.entries<Limit>(LIMITS).map(
      ([name, { most, perMegabyte, least, of, dropped, anomaly }]) =>
        `| ${name} | ${most.toLocaleString('en')} ${of}${perMegabyte === undefined ? '' : ` (${perMegabyte} a megabyte${least === undefined ? '' : `, ${least.toLocaleString('en')} at least`})`} | ${dropped} | ${anomaly.layer}: ${anomaly.reason} |`,
    ),
    '',
  ].join('\n')
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(LIMITS_PAGE, limitsPage())
