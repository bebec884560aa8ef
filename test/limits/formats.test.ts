import { beforeAll, describe, expect, test } from 'vitest'
import { summaryOfBatch } from '../../src/batch/batch-summary.ts'
import { summaryOf } from '../../src/batch/capture-summary.ts'
import { formatBatchHtml } from '../../src/batch/summary-html.ts'
import { formatBatchSummary } from '../../src/batch/summary-text.ts'
import { LiveLines } from '../../src/cli/live-lines.ts'
import { statusText } from '../../src/cli/live-status.ts'
import { headerLines } from '../../src/cli/screen/header-lines.ts'
import { unpainted } from '../../src/cli/screen/paint.ts'
import { step } from '../../src/cli/screen/reducer.ts'
import { firstState } from '../../src/cli/screen/state.ts'
import { openMetrics } from '../../src/live/metrics.ts'
import type { Report } from '../../src/model/report.ts'
import { FORMATS, type FormatName } from '../../src/report/formats.ts'
import type { BatchIndex } from '../../src/report/html/batch-index.ts'
import { snapshotOf } from '../cli/screen/snapshots.ts'
import { readBlocks, writtenDocument } from '../report/html/blocks.ts'
import { PLAIN_TEXT } from '../report/plain-text.ts'
import { captureOf, scanned } from './limited-scan.ts'
import { repeated, sipFrame } from './sip-frames.ts'

const SECTIONS = repeated(70, () => 'm=audio 4000 RTP/AVP 0')
const BODY = ['v=0', 'o=- 1 1 IN IP4 203.0.113.1', 's=-', 'c=IN IP4 203.0.113.1', 't=0 0', ...SECTIONS, ''].join('\r\n')
const TOLD = 'sdpMedia, 64 m= sections of a session description: 2 descriptions whose further sections were not read'

let report: Report
beforeAll(async () => {
  report = await scanned(captureOf(repeated(2, (n) => sipFrame({ start: 'INVITE', callId: `${n}`, body: BODY }))))
}, 60_000)

async function formatted(format: FormatName): Promise<string> {
  const write = await FORMATS[format].formatter()
  return [...write(report, PLAIN_TEXT)].join('')
}

describe('a limit that was reached is told', () => {
  test('in the text, in lines of 80 columns', async () => {
    const lines = (await formatted('text')).split('\n')
    const at = lines.indexOf('Limits reached')
    expect(`${lines[at + 1].trim()} ${lines[at + 2].trim()}`).toBe(TOLD)
  })

  test('in JSON and in NDJSON, as an anomaly that names it', async () => {
    const limit = { name: 'sdpMedia', most: 64, of: 'm= sections of a session description' }
    const { anomalies } = JSON.parse(await formatted('json')) as Report
    expect(anomalies).toContainEqual(expect.objectContaining({ count: 2, limit: expect.objectContaining(limit) }))
    const lines = (await formatted('ndjson')).trim().split('\n')
    const told = lines.map((line) => JSON.parse(line)).filter(({ type, limit: of }) => type === 'anomaly' && of)
    expect(told).toMatchObject([{ count: 2, frames: [1, 2], limit }])
  })

  test('in SARIF, as a warning', async () => {
    const { runs } = JSON.parse(await formatted('sarif'))
    const notifications = runs[0].invocations[0].toolExecutionNotifications
    expect(notifications).toContainEqual(
      expect.objectContaining({ level: 'warning', message: expect.objectContaining({ text: TOLD }) }),
    )
  })

  test('in JUnit, beside the capture', async () => {
    expect(await formatted('junit')).toContain(`limit reached: ${TOLD}`)
  })

  test('to the page', () => {
    const { index } = writtenDocument(report)
    expect(index.anomalies.map(({ limit }) => limit?.name)).toContain('sdpMedia')
  })

  test('in metrics, as a counter that grows by what is new', async () => {
    const metrics = await openMetrics({ host: '127.0.0.1', port: 0 })
    try {
      metrics.update(snapshotOf(report))
      metrics.update(snapshotOf(report))
      const text = await (await fetch(`http://${metrics.at}/metrics`)).text()
      expect(text).toContain('srtp_scan_limits_dropped_total{limit="sdpMedia"} 2\n')
    } finally {
      await metrics.close()
    }
  })

  test('by a live scan: once among its lines, in its status, on its screen', () => {
    const told: string[] = []
    const lines = new LiveLines((line) => void told.push(line))
    for (let n = 0; n < 2; n++) lines.show(snapshotOf(report))
    const limits = told.map((line) => JSON.parse(line)).filter(({ type }) => type === 'early-limit')
    expect(limits).toMatchObject([{ name: 'sdpMedia', times: 2 }])
    expect(statusText(snapshotOf(report))).toMatch(/, 1 limit reached$/)
    const first = firstState('eth0', { columns: 80, rows: 24 })
    const { state } = step(first, { type: 'snapshot', snapshot: snapshotOf(report), nowMs: 0 })
    expect(headerLines(state, unpainted)[1]).toContain('   1 limit reached   ')
  })

  test('in the summary of a batch, by capture', () => {
    const outcome = { status: 'reported' as const, name: 'a', capture: 'a.pcap', optionsDigest: '', seconds: 1 }
    const identity = { sizeBytes: 1, modifiedMs: 1, digest: '' }
    const reports = [{ name: 'a.json', bytes: 1 }]
    const summary = summaryOfBatch([{ ...outcome, identity, reports, summary: summaryOf(report) }], [], 0)
    expect(summary.captures[0].limits).toEqual([{ name: 'sdpMedia', count: 2 }])
    const text = formatBatchSummary(summary, { width: 80, color: false, folder: 'reports' })
    expect(text).toContain('limits reached: sdpMedia (2 dropped)')
    const index = readBlocks([...formatBatchHtml(summary)].join('')).get('batch') as BatchIndex
    expect(index.captures[0].limits).toBe('sdpMedia')
  })
})
