import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { ruleMarkdown } from '../src/report/rule-help.ts'
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

function ruleSection(text: RuleText): string[] {
  return [`## ${text.id}`, '', `**${text.title}** (${text.severity})`, '', ...ruleMarkdown(text)]
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(RULES_PAGE, rulesPage())
