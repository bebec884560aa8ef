import type { RuleText } from '../rules/rule.ts'

/** A rule's text in parts, each with its heading; one of several items is a list. */
interface HelpPart {
  readonly heading: string
  readonly text?: string
  readonly items?: readonly string[]
}

function helpParts({ shows, causes, remedy, references }: RuleText, kinds: string): HelpPart[] {
  return [
    { heading: 'How it shows', text: shows },
    ...(kinds === '' ? [] : [{ heading: 'Kinds', text: kinds }]),
    { heading: 'Likely causes', items: causes },
    { heading: 'What to change', text: remedy },
    { heading: 'Source', text: references.join(', ') },
  ]
}

/** What a rule means and how to mend what it finds, as Markdown: paragraphs and lists, an empty line between them. */
export function ruleMarkdown(text: RuleText): string[] {
  const kinds = (text.kinds ?? []).map((kind) => `\`${kind}\``).join(', ')
  const parts = helpParts(text, kinds).flatMap(({ heading, text = '', items = [] }) =>
    items.length === 0
      ? [`**${heading}.** ${text}`, '']
      : [`**${heading}.**`, '', ...items.map((item) => `- ${item}`), ''],
  )
  return [text.meaning, '', ...parts]
}

/** The same as plain text. */
export function rulePlainText(text: RuleText): string {
  const parts = helpParts(text, (text.kinds ?? []).join(', ')).map(({ heading, text = '', items = [] }) =>
    items.length === 0 ? `${heading}: ${text}` : [`${heading}:`, ...items.map((item) => `- ${item}`)].join('\n'),
  )
  return [text.meaning, ...parts].join('\n\n')
}
