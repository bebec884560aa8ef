import { readJson } from '../bytes/json-text.ts'
import { nearest } from '../bytes/nearest.ts'
import type { Policy } from './policy.ts'
import { PolicyError, ValueProblem } from './policy-error.ts'
import { isObject, shown } from './readers.ts'
import type { Statement, StatementPath } from './statement.ts'
import { STATEMENT_PATHS, STATEMENTS } from './statements.ts'

/** A pack or a policy file, read: its statements one by one, so that a later one can replace each. */
export interface PolicyDocument {
  /** As the user named it. */
  readonly name: string
  readonly description?: string
  /** Values by path; null takes back what an earlier policy asked for. */
  readonly statements: ReadonlyMap<StatementPath, unknown>
  /** What the user has to add, by path, with a word on what to give. */
  readonly userGives: ReadonlyMap<StatementPath, string>
}

const GROUPS = [...new Set(STATEMENT_PATHS.flatMap((path) => (path.includes('.') ? [path.split('.')[0]] : [])))]
const OTHERS = ['$schema', 'description', 'userGives']
const TOP = [...GROUPS, ...STATEMENT_PATHS.filter((path) => !path.includes('.')), ...OTHERS]

/**
 * Reads the text of a policy file (schemas/policy.schema.json). All of it or nothing.
 *
 * @param name the file as the user named it, for the report and for messages
 * @throws PolicyError for the first thing that is wrong
 */
export function parsePolicy(text: string, name: string): PolicyDocument {
  const json = readJson(text.startsWith('\ufeff') ? text.slice(1) : text)
  if ('problem' in json) throw new PolicyError(name, json.place, json.problem)
  return readPolicy(json.value, name)
}

/** The same for what JSON.parse gave. @throws PolicyError */
export function readPolicy(document: unknown, name: string): PolicyDocument {
  if (!isObject(document)) throw new PolicyError(name, '', `${shown(document)} is no policy; an object is one`)
  const statements = new Map<StatementPath, unknown>()
  const folder = /[\\/]/.test(name) ? name.replace(/[\\/][^\\/]*$/, '') : ''
  for (const [member, value] of Object.entries(document)) {
    if (OTHERS.includes(member)) continue
    if (GROUPS.includes(member)) readGroup(member, value, name, folder, statements)
    else if (TOP.includes(member)) readStatement(member as StatementPath, value, name, folder, statements)
    else throw unknownStatement(name, member, '')
  }
  const { description } = document
  if (description !== undefined && typeof description !== 'string')
    throw new PolicyError(name, 'description', `${shown(description)}; a text is wanted`)
  return {
    name,
    ...(description !== undefined && { description }),
    statements,
    userGives: readUserGives(document.userGives, name),
  }
}

type Read = Map<StatementPath, unknown>

function readGroup(group: string, value: unknown, name: string, folder: string, into: Read): void {
  if (!isObject(value))
    throw new PolicyError(name, group, `${shown(value)}; an object is wanted: {"${membersOf(group)[0]}": …}`)
  for (const [member, inner] of Object.entries(value)) {
    const path = `${group}.${member}`
    if (!isStatement(path)) throw unknownStatement(name, member, group)
    readStatement(path, inner, name, folder, into)
  }
}

function readStatement(path: StatementPath, value: unknown, name: string, folder: string, into: Read): void {
  try {
    into.set(path, value === null ? null : (STATEMENTS[path] as Statement<unknown>).read(value, folder))
  } catch (problem) {
    if (!(problem instanceof ValueProblem)) throw problem
    throw new PolicyError(name, path + problem.place, problem.message)
  }
}

function readUserGives(value: unknown, name: string): Map<StatementPath, string> {
  if (value === undefined) return new Map()
  if (!isObject(value)) throw new PolicyError(name, 'userGives', `${shown(value)}; an object is wanted`)
  return new Map(
    Object.entries(value).map(([path, hint]) => {
      if (!isStatement(path)) throw unknownStatement(name, path, 'userGives')
      if (typeof hint === 'string') return [path, hint]
      throw new PolicyError(name, `userGives["${path}"]`, `${shown(hint)}; a text is wanted`)
    }),
  )
}

function isStatement(path: string): path is StatementPath {
  return Object.hasOwn(STATEMENTS, path)
}

function membersOf(group: string): string[] {
  return STATEMENT_PATHS.flatMap((path) => (path.startsWith(`${group}.`) ? [path.slice(group.length + 1)] : []))
}

/** The nearest of the same group, else of all: a statement in the wrong place is found by its last name. */
function unknownStatement(file: string, member: string, group: string): PolicyError {
  const inGroup = group === '' ? TOP : group === 'userGives' ? STATEMENT_PATHS : membersOf(group)
  const near = nearest(member, inGroup)
  const elsewhere = STATEMENT_PATHS.find((path) => path.split('.').at(-1)?.toLowerCase() === member.toLowerCase())
  const prefix = group === '' || group === 'userGives' ? '' : `${group}.`
  const right =
    elsewhere ?? (near === undefined ? undefined : `${prefix}${near}`) ?? nearest(member, [...STATEMENT_PATHS])
  // What is no name may be a value, or even a key, in the wrong place.
  const place = /^[A-Za-z$][A-Za-z_.-]{0,40}$/.test(member) ? (group === '' ? member : `${group}.${member}`) : group
  const hint = right === undefined ? `${inGroup.slice(0, 12).join(', ')} are known` : `${right} is the nearest`
  return new PolicyError(file, place, `unknown statement; ${hint}`)
}

/** Several policies as one: of each statement the last word holds. */
export function mergePolicies(documents: readonly PolicyDocument[]): Policy {
  const policy: Record<string, unknown> = { names: documents.map(({ name }) => name) }
  const values = new Map(documents.flatMap(({ statements }) => [...statements]))
  for (const [path, value] of values) {
    if (value === null) continue
    const [group, member] = path.split('.')
    policy[group] = member === undefined ? value : { ...(policy[group] as object | undefined), [member]: value }
  }
  const userGives = documents.flatMap((one) => [...one.userGives])
  // One that was taken back is not wanted any more.
  const wanted = userGives.filter(([path]) => values.get(path) !== null)
  if (wanted.length > 0) policy.userGives = Object.fromEntries(wanted)
  return policy as unknown as Policy
}
