import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Stream } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { callOf, captureOf, keysOf, line, type Media, type Talk, under } from './faulty-call.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const SHARED = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))

/** Every capture, without and with its keys. */
function captures(): { readonly path: string; readonly keyFiles: readonly string[] }[] {
  return [SAMPLES, SHARED].filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.pcap(ng)?$/.test(name))
      .flatMap((name) => {
        const path = `${folder}${name}`
        const keys = folder === SAMPLES ? `${SAMPLES}keys.json` : path.replace(/\.pcap(ng)?$/, '.keys.json')
        return [{ path, keyFiles: [] }, ...(existsSync(keys) ? [{ path, keyFiles: [keys] }] : [])]
      }),
  )
}

const sum = (counts: readonly number[] = []): number => counts.reduce((all, count) => all + count, 0)

function expectSums(stream: Stream): void {
  const { timeline, packets, lost = 0, failed, plain, unverified, maxJitterMs = 0 } = stream
  expect(timeline, stream.id).toBeDefined()
  if (timeline === undefined) return
  const lists = [timeline.packets, timeline.lost, timeline.failed, timeline.plain, timeline.unverified]
  expect(lists.map(sum), stream.id).toEqual([packets, lost, failed, plain, unverified])
  for (const list of [...lists, timeline.jitterMs]) {
    if (list === undefined) continue
    expect(list).toHaveLength(timeline.packets.length)
    expect(Math.min(...list)).toBeGreaterThanOrEqual(0)
  }
  for (const list of [timeline.failed, timeline.plain, timeline.unverified]) {
    for (const [n, count] of (list ?? []).entries()) expect(count).toBeLessThanOrEqual(timeline.packets[n])
  }
  expect(Math.abs(Math.max(0, ...(timeline.jitterMs ?? [])) - maxJitterMs)).toBeLessThanOrEqual(0.02)
}

test.each(captures())('the steps of streams add up to their counts: $path $keyFiles', async ({ path, keyFiles }) => {
  const report = await scan({ captures: [path], keyFiles, timelines: true, workers: 1 })
  for (const stream of report.streams) expectSums(stream)
  const { streams } = await scan({ captures: [path], keyFiles, workers: 1 })
  expect(report.streams.map(({ timeline: _, ...stream }) => stream)).toEqual(streams)
})

test('they say when something broke', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-test-'))
  const path = join(folder, 'breaks.pcap')
  const talk: Talk = { at: 0, offer: [line(1, 'offered')], answer: [line(1, 'answered')] }
  // 50 packets a second: from the end of the third second on another key, in the fifth nothing at all.
  const protect: Media['protect'] = (rtp, n) => under(keysOf(n < 145 ? 'offered' : 'another'))(rtp, 0)
  const before: Media = { from: 'caller', at: 0.2, count: 200, ssrc: 1, firstSequence: 1, protect }
  const behind: Media = { ...before, at: 5.2, count: 50, firstSequence: 251, protect: under(keysOf('another')) }
  try {
    writeFileSync(path, captureOf(callOf([talk], [before, behind], 'breaks@203.0.113.10', 0)))
    const { streams } = await scan({ captures: [path], timelines: true })
    const { firstTime, timeline } = streams[0]
    expect(timeline).toMatchObject({
      start: firstTime,
      stepSeconds: 1,
      packets: [50, 50, 50, 50, 0, 50],
      failed: [0, 0, 5, 50, 0, 50],
      lost: [0, 0, 0, 0, 0, 50],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
