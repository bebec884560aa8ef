import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { expectedReportName, reportOnSample, sampleCaptures } from '../../samples/expected-reports.ts'
import { composeSamples } from '../../samples/generate.ts'

const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url))

describe('the sample captures', () => {
  const composed = composeSamples()

  test('are all made by the generator', () => {
    expect([...composed.keys()].sort()).toEqual([...sampleCaptures(), 'keys.json'].sort())
  })

  test.each([...composed.keys()])('%s follows from its scenario, octet for octet', (name) => {
    expect(readFileSync(sample(name)).equals(composed.get(name) as Buffer)).toBe(true)
  })

  test.each(sampleCaptures())('%s: the whole report is the expected one', (name) => {
    expect(reportOnSample(name)).toEqual(JSON.parse(readFileSync(sample(expectedReportName(name)), 'utf8')))
  })
})
