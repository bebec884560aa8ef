import { expect, test } from 'vitest'
import { mediaWithoutSignalling } from '../../../src/rules/media/media-without-signalling.ts'
import { callOf, streamBack, streamOf, traceOf } from '../media-trace.ts'

const orphan = { call: undefined }

test('media-without-signalling: a pair of endpoints is told once, both ways (RFC 3264 §5)', () => {
  const streams = [streamOf(orphan), streamBack(orphan), streamOf({ ...orphan, from: 10, until: 12 })]
  const [one, ...rest] = mediaWithoutSignalling.find(traceOf({ streams }))
  expect(rest).toEqual([])
  expect(one).toMatchObject({
    severity: 'warning',
    streamId: streams[0].report.id,
    frames: [10],
    evidence: { packets: 1100, streams: streams.map(({ report }) => report.id) },
  })
  expect(one.detail).toContain('and back')
})

test('media-without-signalling: is silent where a call owns the stream, and for RTCP alone', () => {
  const streams = [streamOf(), streamBack({ ...orphan, report: { kind: 'rtcp' } })]
  expect(mediaWithoutSignalling.find(traceOf({ calls: [callOf()], streams }))).toEqual([])
})

test('media-without-signalling: beyond 50 pairs the rest is counted', () => {
  const streams = Array.from({ length: 53 }, (_, n) =>
    streamOf({ ...orphan, source: { address: '203.0.113.10', port: 30000 + 2 * n } }),
  )
  const found = mediaWithoutSignalling.find(traceOf({ streams }))
  expect(found).toHaveLength(51)
  expect(found[50].evidence).toEqual({ pairs: 3 })
})

test.each([
  [{ verified: 0, failed: 0, protection: 'unknown' }, /or give the keys of the media with --keys/],
  [{ verified: 500, failed: 0, protection: 'srtp' }, /^Capture the signalling too: (?!.*--keys)/],
  [{ verified: 0, failed: 0, protection: 'plain' }, /^Capture the signalling too: (?!.*--keys)/],
  [{ verified: 0, failed: 500, protection: 'unknown' }, /it does not verify under those that are given/],
] as const)('media-without-signalling: keys are asked for where they are missing: %j', (report, remedy) => {
  const [one] = mediaWithoutSignalling.find(traceOf({ streams: [streamOf({ ...orphan, report })] }))
  expect(one.remedy).toMatch(remedy)
})

test('media-without-signalling: where frames were cut, whole ones are asked for', () => {
  const capture = { path: 'a.pcap', format: 'pcap', linkTypes: ['ETHERNET'], frames: 9, bytes: 900 } as const
  const remedy = (truncatedFrames: number) => {
    const captures = [{ ...capture, truncatedFrames, malformedFrames: 0, undecodedFrames: 0 }]
    return mediaWithoutSignalling.find(traceOf({ captures, streams: [streamOf(orphan)] }))[0].remedy
  }
  expect(remedy(9)).toMatch(/^Capture whole packets \(tcpdump -s 0\)/)
  expect(remedy(0)).toMatch(/^Capture the signalling too/)
})
