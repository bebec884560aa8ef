import { expect, test } from 'vitest'
import { type BatchSummary, summaryOfBatch } from '../../src/batch/batch-summary.ts'
import { summaryOf } from '../../src/batch/capture-summary.ts'
import type { JobOutcome } from '../../src/batch/job-outcome.ts'
import { formatBatchHtml } from '../../src/batch/summary-html.ts'
import type { BatchIndex } from '../../src/report/html/batch-index.ts'
import { readBlocks, writtenDocument } from '../report/html/blocks.ts'
import { CALL, FINDING, ordinaryReport } from '../report/sample-report.ts'

/** A batch of one capture, reported on in these files. */
function batchOf(capture: string, reports: readonly string[], report = ordinaryReport()): BatchSummary {
  const outcome: JobOutcome = {
    status: 'reported',
    name: capture,
    capture,
    identity: { sizeBytes: 1, modifiedMs: 1, digest: '' },
    optionsDigest: '',
    reports: reports.map((name) => ({ name, bytes: 1 })),
    seconds: 1,
    summary: summaryOf(report),
  }
  return summaryOfBatch([outcome], [], 0)
}

const indexOf = (summary: BatchSummary) => readBlocks([...formatBatchHtml(summary)].join('')).get('batch') as BatchIndex

test('leads to the report of each capture, and to the call where a rule shows first', () => {
  const { captures, rules } = indexOf(batchOf('a b/c#d.pcap', ['a b/c#d.pcap.json', 'a b/c#d.pcap.html']))
  expect(captures[0].report).toBe('a%20b/c%23d.pcap.html')
  expect(rules[0]).toMatchObject({ rule: FINDING.rule, count: 1, captures: 1 })
  expect(rules[0].first.report).toBe(`a%20b/c%23d.pcap.html#call/${encodeURIComponent(FINDING.callId)}`)
})

test('names a call as the table of its report does, however long its Call-ID is', () => {
  const callId = 'x'.repeat(600)
  const report = ordinaryReport({ calls: [{ ...CALL, callId }], findings: [{ ...FINDING, callId }] })
  const { rules } = indexOf(batchOf('a.pcap', ['a.html'], report))
  const { index } = writtenDocument(report)
  expect(rules[0].first.report).toBe(`a.html#call/${encodeURIComponent(index.rows.callId[0])}`)
})

test('leads nowhere where there is no page, and shows names of captures as text', () => {
  const { captures } = indexOf(batchOf('\u202e<script>.pcap', ['x.json']))
  expect(captures[0]).toMatchObject({ path: '\\u{202e}<script>.pcap' })
  expect(captures[0].report).toBeUndefined()
})

test('tells captures that were not read to their end from those that could not be read, and says that some share calls', () => {
  const summary: BatchSummary = {
    ...batchOf('a.pcap', []),
    failed: [{ capture: 'b.pcap', error: 'b.pcap: no capture' }],
    brokenOff: [{ capture: 'a.pcap', error: 'a.pcap: the scan broke off' }],
    sharedCalls: { calls: 3, captures: 2, example: ['a\u202e.pcap', 'c.pcap'] },
  }
  const { failed, brokenOff, sharedCalls } = indexOf(summary)
  expect([failed, brokenOff]).toEqual([['b.pcap: no capture'], ['a.pcap: the scan broke off']])
  expect(sharedCalls).toMatch(/^2 captures share 3 calls or more \(a\\u\{202e\}\.pcap, c\.pcap\): batch --as-one /)
  expect(indexOf(batchOf('a.pcap', []))).not.toHaveProperty('sharedCalls')
})

test('says that it is anonymised, to those who cannot run it too', () => {
  const summary = batchOf('a.pcap', [])
  const anonymised = { ...summary, anonymized: true } as const
  expect(indexOf(anonymised).anonymized).toBe(true)
  expect([...formatBatchHtml(anonymised)].join('')).toMatch(/<noscript>\s*<p>Anonymised: /)
  expect(indexOf(summary)).not.toHaveProperty('anonymized')
  expect([...formatBatchHtml(summary)].join('')).not.toContain('Anonymised')
})
