import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { reportObjects } from '../../src/model/report-objects.ts'
import { formatJson } from '../../src/report/json.ts'
import { formatJunit } from '../../src/report/junit/junit.ts'
import { formatSarif } from '../../src/report/sarif/sarif.ts'
import { scan } from '../../src/scan/scan.ts'
import { PLAIN_TEXT } from '../report/plain-text.ts'
import { validateSarif } from '../report/sarif-schema.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SHARED = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))

const schema = JSON.parse(readFileSync(`${ROOT}schemas/report.schema.json`, 'utf8'))
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

function captures(): { path: string; keys?: string }[] {
  const samples = readdirSync(`${ROOT}samples`)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => ({ path: `${ROOT}samples/${name}`, keys: `${ROOT}samples/keys.json` }))
  const shared = existsSync(SHARED) ? readdirSync(SHARED).filter((name) => /\.(pcap|pcapng)(\.gz)?$/.test(name)) : []
  return [
    ...samples,
    ...shared.map((name) => {
      const keys = `${SHARED}${name.replace(/\.(pcap|pcapng)(\.gz)?$/, '')}.keys.json`
      return { path: `${SHARED}${name}`, ...(existsSync(keys) && { keys }) }
    }),
  ]
}

/** Key material that the signalling of the samples and the key files hold, as it would look in any output. */
function secretsOf(keys: string | undefined): string[] {
  if (keys === undefined) return []
  const { keys: entries } = JSON.parse(readFileSync(keys, 'utf8')) as { keys: { key?: string }[] }
  return entries.flatMap(({ key }) => (key === undefined ? [] : [key, Buffer.from(key, 'base64').toString('hex')]))
}

describe('every report', () => {
  test.each(captures())('is valid by its schema, adds up, and holds no key: $path', async ({ path, keys }) => {
    const report: Report = await scan({ captures: [path], workers: 1, ...(keys !== undefined && { keyFiles: [keys] }) })
    const text = [...formatJson(report)].join('')
    validate(JSON.parse(text))
    expect(validate.errors).toBeNull()
    for (const stream of report.streams) {
      expect(stream.verified + stream.failed + stream.unverified + stream.plain).toBe(stream.packets)
    }
    const log = [...formatSarif(report, PLAIN_TEXT)].join('')
    validateSarif(JSON.parse(log))
    expect(validateSarif.errors).toBeNull()
    const tests = [...formatJunit(report, PLAIN_TEXT)].join('')
    for (const secret of secretsOf(keys))
      for (const written of [text, log, tests]) expect(written).not.toContain(secret)
    expect([...reportObjects(report)].filter(({ type }) => type === 'stream')).toHaveLength(report.totals.streams)
  })
})
