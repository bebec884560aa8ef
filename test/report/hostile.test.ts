import { beforeAll, expect, test } from 'vitest'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { detailsOf, FORMATS, type FormatName } from '../../src/report/formats.ts'
import { scanLarge } from '../../src/scan/scan.ts'
import { hostileCapture, MARKUP } from './hostile-trace.ts'
import { junitErrors } from './junit-schema.ts'
import { validateSarif } from './sarif-schema.ts'

const NAMES = Object.keys(FORMATS) as FormatName[]
let report: LargeReport

beforeAll(async () => {
  report = await scanLarge({ captures: [hostileCapture()], workers: 1, ...detailsOf(NAMES, { verbose: true }) })
})

test('the trace carries what it is to carry', () => {
  const calls = [...report.calls]
  expect(calls).toHaveLength(2)
  expect(calls.every(({ callId }) => callId.includes('<script>'))).toBe(true)
  expect(calls.some(({ from }) => from.length >= 1000)).toBe(true)
  expect(calls.some(({ callId }) => callId.includes('\u202e'))).toBe(true)
})

test.each(NAMES)('%s: no control, no turn of direction, whatever the wire has', async (name) => {
  const formatted = await FORMATS[name].formatter()
  const options = { width: 80, color: false, quiet: false, verbose: true }
  const text = [...formatted(report, options)].join('')
  expect(text.length).toBeGreaterThan(100)
  // Tabulators and line ends of the script are the page's own.
  const raw = [...new Set(text.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu))].filter(
    (character) => !'\n\r\t'.includes(character),
  )
  expect(raw.map((character) => character.codePointAt(0)?.toString(16))).toEqual([])
  if (name === 'json') expect(JSON.parse(text).calls).toHaveLength(2)
  if (name === 'html') expect(text).not.toContain(MARKUP)
  if (name === 'sarif') {
    validateSarif(JSON.parse(text))
    expect(validateSarif.errors).toBeNull()
  }
  if (name === 'junit') expect(await junitErrors(text)).toEqual([])
})
