import { STATEMENT_PATHS, STATEMENTS } from '../policy/statements.ts'
import { wrap } from '../report/layout.ts'
import { RULES } from '../rules/catalogue.ts'
import type { RuleText } from '../rules/rule.ts'
import { noSuchRule } from './no-such-rule.ts'

/** The catalogue: a line a rule. */
export function listRules(): string {
  const width = Math.max(...RULES.map(({ text }) => text.id.length))
  return RULES.map(({ text }) => `${text.id.padEnd(width)}  ${text.severity.padEnd(7)}  ${text.title}\n`).join('')
}

/** What one rule means, how it shows, where it comes from and how to mend it. */
export function explainRule(id: string, width: number): string {
  const rule = RULES.find(({ text }) => text.id === id)
  if (rule === undefined) throw noSuchRule('rules', id)
  return `${ruleLines(rule.text, width).join('\n')}\n`
}

function ruleLines(text: RuleText, width: number): string[] {
  const asked = STATEMENT_PATHS.filter((path) => STATEMENTS[path].judgedBy.includes(text.id))
  return [
    `${text.id} (${text.severity})`,
    ...wrap(text.title, width, '  '),
    '',
    ...wrap(text.meaning, width, ''),
    '',
    ...wrap(text.shows, width, 'How it shows: ', 2),
    ...(text.kinds === undefined ? [] : wrap(text.kinds.join(', '), width, 'Kinds: ', 2)),
    ...(asked.length === 0 ? [] : wrap(asked.join(', '), width, 'Policies ask for it by: ', 2)),
    '',
    'Likely causes:',
    ...text.causes.flatMap((cause) => wrap(cause, width, '- ')),
    '',
    ...wrap(text.remedy, width, 'What to change: ', 2),
    ...wrap(text.references.join(', '), width, 'Source: ', 2),
  ]
}
