import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { Anonymizer } from '../../../src/report/anonymize/anonymizer.ts'
import { type ScanOptions, scanLarge } from '../../../src/scan/scan.ts'
import { inEveryFormat, originalsOf, survivorsIn } from './originals.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SHARED = fileURLToPath(new URL('../../../../shared/captures/', import.meta.url))
const CAPTURE = /\.(pcap|pcapng)(\.gz)?$/
const validate = new Ajv2020({ strict: true }).compile(
  JSON.parse(readFileSync(`${ROOT}schemas/report.schema.json`, 'utf8')),
)
const anonymizer = new Anonymizer(Buffer.from('a key of tests, and of no one else'))

function captures(): [string, ScanOptions][] {
  const samples = readdirSync(`${ROOT}samples`)
    .filter((name) => CAPTURE.test(name))
    .map((name): [string, ScanOptions] => [
      name,
      { captures: [`${ROOT}samples/${name}`], keyFiles: [`${ROOT}samples/keys.json`] },
    ])
  const shared = existsSync(SHARED) ? readdirSync(SHARED).filter((name) => CAPTURE.test(name)) : []
  return [...samples, ...shared.map((name): [string, ScanOptions] => [name, sharedOptions(name)])]
}

function sharedOptions(name: string): ScanOptions {
  const base = `${SHARED}${name.replace(CAPTURE, '')}`
  return {
    captures: [`${SHARED}${name}`],
    keyFiles: [`${base}.keys.json`].filter((path) => existsSync(path)),
    tlsKeyLogs: [`${base}.keylog.txt`].filter((path) => existsSync(path)),
    policies: ['zero-trust'],
  }
}

describe('an anonymised report', () => {
  test.each(captures())('holds no original, and all else: %s', async (_, options) => {
    const report = await scanLarge({ ...options, ladders: true, descriptions: true, timelines: true, workers: 1 })
    const plain = JSON.parse(JSON.stringify({ ...report, calls: [...report.calls], streams: [...report.streams] }))
    const originals = originalsOf(plain)
    expect(originals.words.size + originals.addresses.size).toBeGreaterThan(0)
    const anonymised = anonymizer.report(report)
    for await (const [format, text] of inEveryFormat(anonymised)) {
      expect([format, ...survivorsIn(text, originals)]).toEqual([format])
      if (format === 'json') {
        validate(JSON.parse(text))
        expect(validate.errors).toBeNull()
      }
    }
    expect(anonymised.totals).toEqual(report.totals)
    expect([...anonymised.findings].map(({ rule, frames }) => [rule, frames])).toEqual(
      [...report.findings].map(({ rule, frames }) => [rule, frames]),
    )
  })
})
