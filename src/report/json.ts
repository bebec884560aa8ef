import type { LargeReport } from '../model/report-objects.ts'
import type { Sequence } from '../model/sequence.ts'
import { factsOf } from './facts.ts'
import { harmlessJson } from './harmless-json.ts'

/** Elements of a long list that become text at a time: the text of a large report need not fit into memory. */
const AT_ONCE = 24

/** The report as one JSON document, in pieces. */
export function* formatJson(report: LargeReport): Generator<string> {
  let before = '{\n'
  for (const [name, value] of Object.entries(factsOf(report))) {
    if (value === undefined) continue
    yield before
    if (isSequence(value)) yield* formatList(name, value)
    else yield formatMember(name, value)
    before = ',\n'
  }
  yield '\n}\n'
}

/** A member of the outermost object, indented as it stands there. */
function formatMember(name: string, value: unknown): string {
  return harmlessJson(JSON.stringify({ [name]: value }, null, 2)).slice('{\n'.length, -'\n}'.length)
}

function isSequence(value: unknown): value is Sequence<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

function* formatList(name: string, values: Sequence<unknown>): Generator<string> {
  if (values.length <= AT_ONCE) {
    yield formatMember(name, [...values])
    return
  }
  const opening = `  ${JSON.stringify(name)}: [`
  const closing = '\n  ]'
  let before = opening
  for (const some of inGroups(values)) {
    yield before
    yield formatMember(name, some).slice(opening.length, -closing.length)
    before = ','
  }
  yield closing
}

function* inGroups<T>(values: Iterable<T>): Generator<T[]> {
  let group: T[] = []
  for (const value of values) {
    group.push(value)
    if (group.length < AT_ONCE) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
