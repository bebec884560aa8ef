import { expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { FindingPlaces } from '../../src/report/finding-places.ts'
import { WHOLE_REPORT } from './sample-report.ts'

const REPORT: Report = WHOLE_REPORT
const { callId, streamId, ...OF_NOBODY } = REPORT.findings[0]
const timeOf = (finding: Report['findings'][number]) => {
  const report = { ...REPORT, findings: [finding] }
  const places = new FindingPlaces(report)
  for (const _ of places.calls());
  return places.of(finding).time
}

test('what is about no call and no stream has a time of its own, which is not that of the capture', () => {
  const time = '2026-01-15T12:00:00.000000Z'
  expect(timeOf({ ...OF_NOBODY, time })).toBe(time)
  expect(timeOf({ ...OF_NOBODY, time: undefined })).toBeUndefined()
})

test('what is about a stream or a call has theirs', () => {
  expect(timeOf({ ...OF_NOBODY, streamId, time: undefined })).toBe(REPORT.streams[0].firstTime)
  expect(timeOf({ ...OF_NOBODY, callId, time: undefined })).toBe(REPORT.calls[0].startTime)
})
