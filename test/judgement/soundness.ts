import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Report } from '../../src/model/report.ts'
import { formatText } from '../../src/report/text.ts'
import { RULES } from '../../src/rules/catalogue.ts'

const schema = JSON.parse(readFileSync(new URL('../../schemas/report.schema.json', import.meta.url), 'utf8'))
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

/** A finding names the first of its frames (rules.md). */
const MOST_FRAMES = 20

/**
 * What is wrong with a report whatever it is of: against the schema, findings without frames, remedy or source, kinds that
 * their rule does not list, keys in it. Empty where nothing is.
 */
export function unsound(report: Report, secrets: Iterable<string>): string[] {
  const json = JSON.stringify(report)
  const wrong: string[] = []
  if (!validate(JSON.parse(json)))
    wrong.push(...(validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`))
  for (const { rule, kind, frames, remedy, references, detail } of report.findings) {
    const text = RULES.find(({ text: { id } }) => id === rule)?.text
    if (text === undefined) wrong.push(`${rule} is not in the catalogue`)
    if (kind !== undefined && !text?.kinds?.includes(kind)) wrong.push(`${rule} does not list its kind ${kind}`)
    if (frames.length === 0 || frames.length > MOST_FRAMES)
      wrong.push(`${rule} with ${frames.length} frames: ${detail}`)
    if (remedy === '' || references.length === 0) wrong.push(`${rule} without remedy or source`)
  }
  const text = formatText(report, { color: false, width: 120, verbose: true, quiet: false })
  for (const secret of secrets) {
    const spellings = [secret, Buffer.from(secret, 'base64').toString('hex')]
    if (spellings.some((spelling) => json.includes(spelling) || text.includes(spelling)))
      wrong.push('a key is in the report')
  }
  return wrong
}
