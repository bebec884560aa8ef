import { MEDIA_STATEMENTS } from './media-statements.ts'
import type { Policy } from './policy.ts'
import { SIP_STATEMENTS } from './sip-statements.ts'
import type { Statement, StatementPath, Statements } from './statement.ts'
import { TLS_STATEMENTS } from './tls-statements.ts'

/** Everything that a policy can ask for, in the order in which it is told. */
export const STATEMENTS: Statements = { ...MEDIA_STATEMENTS, ...SIP_STATEMENTS, ...TLS_STATEMENTS }

export const STATEMENT_PATHS = Object.keys(STATEMENTS) as readonly StatementPath[]

/** Something that a policy asks for, in words. */
export interface Asked {
  readonly path: StatementPath
  readonly words: string
  readonly statement: Pick<Statement<unknown>, 'judgedBy' | 'shownBy'>
}

/** What a policy asks for, in the order of the table. */
export function askedBy(policy: Policy): Asked[] {
  return STATEMENT_PATHS.flatMap((path): Asked[] => {
    const statement = STATEMENTS[path] as Statement<unknown>
    const value = valueAt(policy, path)
    const words = value === undefined ? undefined : statement.words(value)
    return words === undefined ? [] : [{ path, words, statement }]
  })
}

/** What a policy says at a path; undefined where it says nothing. */
export function valueAt(policy: Policy, path: StatementPath): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], policy)
}
