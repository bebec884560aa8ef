import { isPackName } from '../policy/pack-names.ts'
import { mergePolicies, type PolicyDocument } from '../policy/policy-document.ts'
import type { StatementPath } from '../policy/statement.ts'
import { type Asked, askedBy, valueAt } from '../policy/statements.ts'
import { escapeText } from '../report/escape.ts'
import { wrap } from '../report/layout.ts'
import { RULES } from '../rules/catalogue.ts'
import { readPolicies } from '../scan/policies.ts'

/**
 * What policies ask for together, in words, and which rule judges each statement.
 *
 * @throws UsageError, PolicyError, TextFileError
 */
export async function explainPolicies(named: readonly string[], width: number): Promise<string> {
  const documents = await readPolicies(named)
  const policy = mergePolicies(documents)
  const asked = askedBy(policy)
  const several = documents.length > 1
  const missing = Object.entries(policy.userGives ?? {}).filter(
    ([path]) => valueAt(policy, path as StatementPath) === undefined,
  )
  const lines = [
    ...documents.flatMap(({ name, description }) => [
      ...wrap(escapeText(name), width, ''),
      ...wrap(escapeText(description ?? ''), width, '  '),
    ]),
    ...(several ? ['', ...wrap('Of each statement the last word holds.', width, '')] : []),
    ...asked.flatMap((one) => ['', ...statementLines(one, several ? originOf(one, documents) : undefined, width)]),
    ...(asked.length > 0
      ? []
      : ['', ...wrap('Nothing is asked for: only the rules that need no policy speak.', width, '')]),
    ...(missing.length > 0 ? ['', 'Left to you, in a policy file of your own:'] : []),
    ...missing.flatMap(([path, hint]) => wrap(escapeText(`${path}: ${hint}`), width, '- ')),
    ...(asked.length > 0 ? ['', ...wrap(WHERE, width, '')] : []),
  ]
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

const WHERE = 'A scan with this policy says which of these statements its capture cannot show.'

const KNOWN = new Set(RULES.map(({ text }) => text.id))

function statementLines({ path, words, statement }: Asked, origin: string | undefined, width: number): string[] {
  const rules = statement.judgedBy.filter((id) => KNOWN.has(id))
  const judged =
    rules.length > 0 ? `judged by ${rules.join(', ')}` : `not judged yet (${statement.judgedBy.join(', ')})`
  const from = origin === undefined ? '' : `, from ${origin}`
  return [...wrap(escapeText(words), width, '- '), ...wrap(escapeText(`${path}${from}; ${judged}`), width, '  ')]
}

/** The last policy that has the statement. */
function originOf({ path }: Asked, documents: readonly PolicyDocument[]): string | undefined {
  const last = documents.findLast(({ statements }) => statements.has(path))
  return last === undefined ? undefined : isPackName(last.name) ? last.name : last.name.replace(/^.*[\\/]/, '')
}
