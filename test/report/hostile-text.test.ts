import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveLines } from '../../src/cli/live-lines.ts'
import { frameLines } from '../../src/cli/screen/frame.ts'
import { unpainted } from '../../src/cli/screen/paint.ts'
import { step } from '../../src/cli/screen/reducer.ts'
import { firstState } from '../../src/cli/screen/state.ts'
import { openMetrics } from '../../src/live/metrics.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { Anonymizer } from '../../src/report/anonymize/anonymizer.ts'
import { columnsOf } from '../../src/report/cells.ts'
import { scanLarge } from '../../src/scan/scan.ts'
import { runHere } from '../cli/batch-runs.ts'
import { snapshotOf } from '../cli/screen/snapshots.ts'
import { inEveryFormat } from './anonymize/originals.ts'
import { hostileCapture } from './hostile-trace.ts'

const capture = hostileCapture()
const place = dirname(capture)
let report: LargeReport
beforeAll(async () => {
  report = await scanLarge({
    captures: [capture],
    ladders: true,
    descriptions: true,
    workers: 1,
    policies: ['zero-trust'],
  })
})
afterAll(() => rmSync(place, { recursive: true }))

/** What acts on a terminal, turns the direction of writing or is not seen. */
function hiddenIn(text: string): string[] {
  const hidden = text.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu) ?? []
  return [...new Set(hidden)]
    .filter((character) => character !== '\n')
    .map((character) => character.codePointAt(0)?.toString(16) ?? '')
}

describe('what the wire has of controls and markup, and a megabyte of text', () => {
  test('is harmless on the screen, in every list and on every page, and no wider than it', () => {
    for (const columns of [40, 80, 200]) {
      for (const list of [[], ['tab'], ['tab', 'tab']]) {
        for (const keys of [[], ['enter'], ['enter', 'end'], ['down', 'enter'], ['/', '<', 'enter']]) {
          const heard = { type: 'snapshot', snapshot: snapshotOf(report), nowMs: 0 } as const
          const actions = [heard, ...[...list, ...keys].map((key) => ({ type: 'key', key }) as const)]
          const state = actions.reduce(
            (before, action) => step(before, action).state,
            firstState('eth0\u001b[2J', { columns, rows: 50 }),
          )
          const lines = frameLines(state, unpainted)
          expect(hiddenIn(lines.join('\n'))).toEqual([])
          expect(lines.filter((line) => columnsOf(line) > columns)).toEqual([])
          expect(lines.length).toBeLessThanOrEqual(50)
        }
      }
    }
  })

  test('is harmless in the reports and the summary of a batch, and in the names of its files', async () => {
    const out = `${place}/out`
    const { out: shown, status } = await runHere([capture], { out, format: ['text', 'json'] })
    expect(status).toBe(1)
    expect(hiddenIn(shown)).toEqual([])
    expect(shown.length).toBeLessThan(100_000)
  })

  test('is harmless line by line while a scan goes on', () => {
    const written: string[] = []
    const lines = new LiveLines((line) => void written.push(line))
    lines.show(snapshotOf(report))
    lines.finish(report)
    expect(written.filter((line) => line.includes('"type":"early-finding"')).length).toBeGreaterThan(0)
    expect(hiddenIn(written.join(''))).toEqual([])
    for (const line of written) expect(JSON.parse(line).type).toBeTypeOf('string')
  })

  test('is in no metrics', async () => {
    const metrics = await openMetrics({ host: '127.0.0.1', port: 0 })
    try {
      metrics.update({
        ...snapshotOf(report),
        ended: [...report.calls].map((call) => ({ call, streams: [], findings: [...report.findings] })),
      })
      const text = await (await fetch(`http://${metrics.at}/metrics`)).text()
      expect(text).toContain('srtp_scan_calls_total 2')
      expect(hiddenIn(text)).toEqual([])
      expect(text).not.toMatch(/hacked|owned|AAAA|203\.0\.113/)
      expect(text.length).toBeLessThan(100_000)
    } finally {
      await metrics.close()
    }
  })

  test('is not there at all where a report is anonymised', async () => {
    for await (const [format, text] of inEveryFormat(new Anonymizer(Buffer.from('a key of tests')).report(report))) {
      // The page's own script is no text of the report.
      const told = format === 'html' ? text.replace(/<script>.*?<\/script>/gs, '') : text
      for (const original of ['hacked', 'owned', 'onerror', 'AAAAAAAA', '203.0.113.66', 'exe.wav']) {
        expect([format, told.includes(original)]).toEqual([format, false])
      }
    }
  })
})
