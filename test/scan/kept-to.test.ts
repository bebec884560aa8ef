import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { reportObjects } from '../../src/model/report-objects.ts'
import { Anonymizer } from '../../src/report/anonymize/anonymizer.ts'
import { formatHtml } from '../../src/report/html/html.ts'
import { formatJunit } from '../../src/report/junit/junit.ts'
import { formatSarif } from '../../src/report/sarif/sarif.ts'
import { formatText } from '../../src/report/text.ts'
import { scanLarge } from '../../src/scan/scan.ts'
import { PLAIN_TEXT } from '../report/plain-text.ts'

const CALL = fileURLToPath(new URL('../../samples/call.pcap', import.meta.url))

test('a report that leaves something out says so in every format, and names nobody', async () => {
  const filters = { call: 'call-23482849@203.0.113.11', since: '2026-01-15T09:30:00Z' }
  const findings = { ignore: ['sip-cleartext'], minSeverity: 'error' as const }
  const report = await scanLarge({ captures: [CALL], filters, findings, workers: 1 })
  const keptTo = ['--call', '--since 2026-01-15T09:30:00Z', '--ignore sip-cleartext', '--min-severity error']
  expect(report.keptTo).toEqual(keptTo)
  expect([...reportObjects(report)].at(-1)).toMatchObject({ type: 'totals', keptTo })
  const said = `Some is left out, by ${keptTo.join(', ')}`
  expect(formatText(report, { ...PLAIN_TEXT, width: 200 })).toContain(`\n${said}\n`)
  expect([...formatJunit(report, PLAIN_TEXT)].join('')).toContain(said)
  expect([...formatHtml(report)].join('')).toContain(said)
  expect(JSON.parse([...formatSarif(report, PLAIN_TEXT)].join('')).runs[0].properties.keptTo).toEqual(keptTo)
  expect(new Anonymizer(new Uint8Array(32)).report(report).keptTo).toEqual(keptTo)
})

test('a report on all says nothing of it', async () => {
  const options = { filters: {}, findings: { ignore: [], only: [], minSeverity: 'info' as const } }
  expect(await scanLarge({ captures: [CALL], ...options, workers: 1 })).not.toHaveProperty('keptTo')
})
