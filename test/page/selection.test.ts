import { expect, test } from 'vitest'
import { columnsOf } from '../../src/page/calls/columns.ts'
import { ALL_CALLS, CallFinder, type Selection } from '../../src/page/calls/selection.ts'
import { writtenDocument } from '../report/html/blocks.ts'
import { CALL, FINDING, ordinaryReport, STREAM } from '../report/sample-report.ts'

const CALLS = [
  { ...CALL, callId: 'b', from: 'sip:Bob@192.0.2.1', state: 'failed' as const, finalStatus: 488 },
  { ...CALL, callId: 'a', from: 'sip:alice@192.0.2.2', startTime: '2026-01-15T09:29:00.000000Z' },
  { ...CALL, callId: 'c', from: 'sip:carol@192.0.2.3', startTime: '2026-01-15T09:31:00.000000Z' },
]
const { index } = writtenDocument(
  ordinaryReport({
    calls: CALLS,
    streams: [{ ...STREAM, callId: 'c', lost: 12 }],
    findings: [{ ...FINDING, callId: 'b', severity: 'error' }],
  }),
)
const finder = new CallFinder(index.rows, columnsOf(index))

function found(selection: Partial<Selection>): string {
  return finder
    .find({ ...ALL_CALLS, ...selection })
    .map((row) => index.rows.callId[row])
    .join('')
}

test('calls stand in the order of their time, or of any column, either way', () => {
  expect(found({})).toBe('abc')
  expect(found({ sort: { column: 'from', descending: false } })).toBe('bac')
  expect(found({ sort: { column: 'lost', descending: true } })).toMatch(/^c/)
  expect(found({ sort: { column: 'worst', descending: false } })).toMatch(/^b/)
})

test.each([
  ['alice', 'a'],
  ['ALICE', 'a'],
  ['192.0.2', 'abc'],
  ['192.0.2 carol', 'c'],
  ['rtcp-in-clear', 'b'],
  [STREAM.ssrc, 'c'],
  ['nobody', ''],
])('all words of a search are found anywhere in a call, whatever their case: %s', (text, calls) => {
  expect(found({ text })).toBe(calls)
})

test.each([
  [{ lost: '>10' }, 'c'],
  [{ lost: '0' }, 'ab'],
  [{ lost: '<=0' }, 'ab'],
  [{ jitterMs: '<1000' }, 'c'],
  [{ jitterMs: '–' }, 'ab'],
  [{ from: 'bob' }, 'b'],
  [{ from: '!bob' }, 'ac'],
  [{ state: 'failed (488)' }, 'b'],
  [{ state: 'failed (488)', from: 'alice' }, ''],
])('filters by column: %o', (filters, calls) => {
  expect(found({ filters: filters as unknown as Selection['filters'] })).toBe(calls)
})

test('only calls of a group of findings', () => {
  expect(found({ group: 0 })).toBe('b')
})
