import type { Report } from '../model/report.ts'

/** Elements of a long list that become text at a time: the text of a large report need not fit into memory. */
const AT_ONCE = 256

/** The report as one JSON document, in pieces. */
export function* formatJson(report: Report): Generator<string> {
  let before = '{\n'
  for (const [name, value] of Object.entries(report)) {
    if (value === undefined) continue
    yield before
    if (Array.isArray(value)) yield* formatList(name, value)
    else yield formatMember(name, value)
    before = ',\n'
  }
  yield '\n}\n'
}

/** A member of the outermost object, indented as it stands there. */
function formatMember(name: string, value: unknown): string {
  return JSON.stringify({ [name]: value }, null, 2).slice('{\n'.length, -'\n}'.length)
}

function* formatList(name: string, values: readonly unknown[]): Generator<string> {
  if (values.length <= AT_ONCE) {
    yield formatMember(name, values)
    return
  }
  const opening = `  ${JSON.stringify(name)}: [`
  const closing = '\n  ]'
  yield opening
  for (let from = 0; from < values.length; from += AT_ONCE) {
    const text = formatMember(name, values.slice(from, from + AT_ONCE))
    yield `${from > 0 ? ',' : ''}${text.slice(opening.length, -closing.length)}`
  }
  yield closing
}
