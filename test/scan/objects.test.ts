import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type ReportObject, reportObjects } from '../../src/model/report-objects.ts'
import { scanObjects } from '../../src/scan/objects.ts'
import { scan } from '../../src/scan/scan.ts'
import { longTrace } from './long-trace.ts'

const sample = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../../samples/${name}`, import.meta.url)))

/** The records of a classic little-endian capture, moved in time. */
function later(capture: Buffer, seconds: number): Buffer {
  const records = Buffer.from(capture.subarray(24))
  for (let at = 0; at < records.length; at += 16 + records.readUInt32LE(at + 8)) {
    records.writeUInt32LE(records.readUInt32LE(at) + seconds, at)
  }
  return records
}

const first = sample('call.pcap')
const second = later(sample('leak.pcap'), 100)

test('from a pipe a call and its streams are told of while the trace goes on, and are the same as in the report', async () => {
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  async function* pipe(): AsyncGenerator<Buffer> {
    yield first
    yield second
    // The pipe ends only when the first call was told of: what waits for the end would wait for ever.
    await released
  }
  const objects: ReportObject[] = []
  for await (const object of scanObjects({ captures: ['-'], stdin: Readable.from(pipe()), workers: 2 })) {
    objects.push(object)
    if (object.type === 'stream') release()
  }
  expect(objects.slice(0, 5).map(({ type }) => type)).toEqual(['call', 'stream', 'stream', 'stream', 'stream'])

  const folder = await mkdtemp(join(tmpdir(), 'srtp-scan-test-'))
  try {
    const path = join(folder, 'both.pcap')
    await writeFile(path, Buffer.concat([first, second]))
    const report = await scan({ captures: [path], workers: 1 })
    const lines = (all: Iterable<ReportObject>) =>
      [...all]
        .filter(({ type }) => type !== 'capture')
        .map((object) => JSON.stringify(object))
        .sort()
    expect(lines(objects)).toEqual(lines(reportObjects(report)))
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('from a pipe that goes on each is told of once, early or when it is let go, and never with the report again', async () => {
  const trace = longTrace(40, 5)
  const stdin = new PassThrough()
  const objects: ReportObject[] = []
  let released = 0
  // The next piece comes when the one before was looked at; after the last the pipe ends.
  const pieces = Array.from({ length: 10 }, (_, n) =>
    trace.subarray((n * trace.length) / 10, ((n + 1) * trace.length) / 10),
  )
  stdin.write(pieces.shift())
  const report = await scan({
    ...{ captures: ['-'], stdin, workers: 1, snapshotMs: 1 },
    onObject: (object) => objects.push(object),
    onSnapshot: ({ ended }) => {
      released += ended.length
      const piece = pieces.shift()
      if (piece === undefined) stdin.end()
      else stdin.write(piece)
    },
  })
  const named = (type: ReportObject['type']) =>
    objects.filter((object) => object.type === type).map((object) => JSON.stringify(object))
  const listed = (type: ReportObject['type'], list: Iterable<object>) =>
    [...list].map((object) => JSON.stringify({ type, ...object }))
  expect(released).toBeGreaterThan(20)
  expect(named('call').sort()).toEqual(listed('call', report.calls).sort())
  expect(named('stream').sort()).toEqual(listed('stream', report.streams).sort())
  expect(named('totals')).toHaveLength(1)
})

test('a pipe that fails is reported on as far as it came, with what was lost', async () => {
  async function* pipe(): AsyncGenerator<Buffer> {
    yield first
    throw Object.assign(new Error('read EIO'), { code: 'EIO' })
  }
  const { totals, captures } = await scan({ captures: ['-'], stdin: Readable.from(pipe()), workers: 1 })
  expect(totals).toMatchObject({ calls: 1, streams: 4 })
  expect(captures[0].lost).toEqual({ reason: 'the input broke off (EIO)', atByte: first.length })
})
