import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { reportedStream } from '../../src/model/timeline.ts'
import { type AnalyseOptions, analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { callOf, captureOf, keysOf, line, type Media, SHORT, under } from './faulty-call.ts'

const talk = (name: string) => [{ at: 0, offer: [line(1, name), line(2, `${name} 2`)], answer: [line(1, `${name} b`)] }]

/** A call of which both sides send as they should, from its own ports; then what the caller does wrong. */
function faulty(name: string, ports: number, protect: NonNullable<Media['protect']>, more: Partial<Media> = {}) {
  return callOf(
    talk(name),
    [
      { from: 'caller', at: 0.2, count: 150, ssrc: 100 + ports, protect, ...more },
      { from: 'callee', at: 0.2, count: 150, ssrc: 900 + ports, protect: under(keysOf(`${name} b`)) },
    ],
    `${name}@203.0.113.10`,
    ports,
  )
}

const standsStill: NonNullable<Media['protect']> = (rtp) => under(keysOf('still'))(rtp, 0)
const breaksOff: NonNullable<Media['protect']> = (rtp, n) => under(keysOf(n < 80 ? 'breaks' : 'unknown'))(rtp, 0)
const sound = faulty('again', 48, under(keysOf('again')))
const again = sound
  .filter(({ payload }) => payload.length > 100 && payload.length < 200)
  .slice(60, 90)
  .map((datagram) => ({ ...datagram, timeNs: datagram.timeNs + 4e8 }))

const TRACE = captureOf([
  ...faulty('other key', 0, under(keysOf('other key 2'))),
  ...faulty('tag', 8, under(keysOf('tag', SHORT))),
  ...faulty('offset', 16, under(keysOf('offset'), 5)),
  ...faulty('still', 24, standsStill, { firstSequence: 65_450 }),
  ...faulty('unknown key', 32, under(keysOf('nobody knows'))),
  ...faulty('breaks', 40, breaksOff),
  ...sound,
  ...again,
])

test('what is said of faults is the same for any number of threads, any slab size, file and pipe', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-test-'))
  const path = join(folder, 'faults.pcap')
  writeFileSync(path, TRACE)
  const analysisOf = async (options: AnalyseOptions): Promise<string> => {
    const analysis = await analyseCaptures({ ...options, timelines: true })
    return JSON.stringify({ ...analysis, captures: [], reported: analysis.streams.map(reportedStream) })
  }
  try {
    const reference = await analysisOf({ captures: [path], workers: 1 })
    for (const said of [
      'wire-other-key',
      'wire-other-tag-length',
      '"offset"',
      '"not-advanced"',
      'failingEnd',
      'replaysAt',
    ]) {
      expect(reference).toContain(said)
    }
    for (const options of [
      { workers: 1, slabBytes: 64 << 10 },
      { workers: 2, slabBytes: 64 << 10 },
      { workers: 4, slabBytes: 96 << 10 },
    ]) {
      expect(await analysisOf({ captures: [path], ...options })).toBe(reference)
      const pieces = Array.from({ length: Math.ceil(TRACE.length / 40_000) }, (_, n) =>
        TRACE.subarray(n * 40_000, (n + 1) * 40_000),
      )
      expect(await analysisOf({ captures: ['-'], stdin: Readable.from(pieces), ...options })).toBe(reference)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
