import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { RULES } from '../src/rules/catalogue.ts'
import type { RuleText } from '../src/rules/rule.ts'

/** docs/rules.md: the same texts as `srtp-scan rules ID` shows. */
export const RULES_PAGE = fileURLToPath(new URL('../docs/rules.md', import.meta.url))

export function rulesPage(): string {
  const texts = RULES.map(({ text }) => text)
  return [
    '# Rules',
    '',
    'What srtp-scan finds, in the words of `srtp-scan rules ID`. This page is written by `npm run rules-page`.',
    '',
    '| rule | severity | what it says |',
    '| --- | --- | --- |',
    ...texts.map(({ id, severity, title }) => `| [${id}](#${id}) | ${severity} | ${title} |`),
    '',
    ...texts.flatMap(ruleSection),
  ].join('\n')
}

function ruleSection({ id, severity, title, meaning, shows, kinds, causes, remedy, references }: RuleText): string[] {
  return [
    `## ${id}`,
    '',
    `**${title}** (${severity})`,
    '',
    meaning,
    '',
    `**How it shows.** ${shows}`,
    '',
    ...(kinds === undefined ? [] : [`**Kinds.** ${kinds.map((kind) => `\`${kind}\``).join(', ')}`, '']),
    '**Likely causes.**',
    '',
    ...causes.map((cause) => `- ${cause}`),
    '',
    `**What to change.** ${remedy}`,
    '',
    `**Source.** ${references.join(', ')}`,
    '',
  ]
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(RULES_PAGE, rulesPage())
