import { afterEach, expect, test, vi } from 'vitest'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { Archive, OBJECTS_LOST } from '../../src/scan/archive.ts'
import { sampleReport } from '../cli/screen/snapshots.ts'

const sample: LargeReport = sampleReport('call')

afterEach(() => vi.unstubAllEnvs())

test('what was let go stands before the rest, and is in the sums', () => {
  const archive = new Archive()
  archive.add(sample)
  const { totals, calls, anomalies } = archive.completed(sample)
  expect([...calls]).toEqual([...sample.calls, ...sample.calls])
  expect(totals.rtp).toBe(2 * sample.totals.rtp)
  expect(anomalies).toEqual(sample.anomalies)
})

test('what the disk has no room for is counted, and the sums have it', () => {
  vi.stubEnv('TMPDIR', '/nonexistent')
  const archive = new Archive()
  archive.add(sample)
  const { totals, calls, anomalies } = archive.completed(sample)
  expect([...calls]).toEqual([...sample.calls])
  expect(totals.rtp).toBe(2 * sample.totals.rtp)
  const count = sample.calls.length + sample.streams.length + sample.findings.length
  expect(anomalies).toContainEqual({ layer: 'capture', reason: OBJECTS_LOST, count, frames: [] })
})

test('legs and what a policy could not be shown are those of the whole', () => {
  const archive = new Archive()
  const group = (name: string) => ({ callIds: [name, `${name}-2`], by: ['media'], certainty: 'certain' }) as const
  const not = (...statements: string[]) => statements.map((statement) => ({ statement, reason: 'nothing was seen' }))
  archive.add({ ...sample, joined: [group('a')], policyNotShown: not('sip', 'media', 'suite') })
  archive.add({ ...sample, joined: [group('b')], policyNotShown: not('media', 'sip') })
  const { joined, policyNotShown } = archive.completed({
    ...sample,
    ...{ joined: [group('c')], policies: ['mine'], policyNotShown: not('suite', 'media', 'invite') },
  })
  expect(joined).toEqual([group('a'), group('b'), group('c')])
  expect(policyNotShown).toEqual(not('media'))
})
