import type { ReportingConfiguration, ReportingDescriptor, ToolComponent } from 'sarif'
import type { Report, Severity } from '../../model/report.ts'
import { RULES } from '../../rules/catalogue.ts'
import type { RuleText } from '../../rules/rule.ts'
import { ruleMarkdown, rulePlainText } from '../rule-help.ts'
import { messageText } from './message.ts'
import { NOTIFICATIONS } from './notifications.ts'

export const LEVELS: Readonly<Record<Severity, NonNullable<ReportingConfiguration['level']>>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
}

/** The tool with all of its rules, whether they found something or not, and with what else it may say. */
export function driverOf({ name, version }: Report['tool']): ToolComponent {
  return {
    name,
    version,
    semanticVersion: version,
    rules: RULES.map(({ text }) => descriptorOf(text)),
    notifications: NOTIFICATIONS.map(([id, text]) => ({ id, shortDescription: { text } })),
  }
}

/** Where a rule stands among those of the tool. */
export const RULE_INDEX: ReadonlyMap<string, number> = new Map(RULES.map(({ text }, index) => [text.id, index]))

function descriptorOf(text: RuleText): ReportingDescriptor {
  const { id, severity, title, meaning, references, kinds } = text
  return {
    id,
    name: id.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: messageText(title) },
    fullDescription: { text: messageText(meaning) },
    help: { text: messageText(rulePlainText(text)), markdown: ruleMarkdown(text).join('\n').trimEnd() },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { references, ...(kinds !== undefined && { kinds }) },
  }
}
