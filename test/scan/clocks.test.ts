import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { formatText } from '../../src/report/text.ts'
import type { ClearFrame } from '../../src/scan/clear-frame.ts'
import { decryptCaptures } from '../../src/scan/decrypt.ts'
import { scan } from '../../src/scan/scan.ts'
import { cutInto, piecesOf } from './parts-of-captures.ts'

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))
const CALL = piecesOf(readFileSync(join(SAMPLES, 'call.pcap')))
const FOLDER = mkdtempSync(join(tmpdir(), 'clocks-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

/** The same packets, as a host of which the clock is ahead has them. */
function ahead(octets: Buffer, seconds: number): Buffer {
  const { header, records } = piecesOf(octets)
  const shifted = records.map((record) => {
    const copy = Buffer.from(record)
    const us = copy.readUInt32LE(0) * 1e6 + copy.readUInt32LE(4) + Math.round(seconds * 1e6)
    copy.writeUInt32LE(Math.floor(us / 1e6), 0)
    copy.writeUInt32LE(us % 1e6, 4)
    return copy
  })
  return Buffer.concat([header, ...shifted])
}

function written(name: string, octets: Buffer): string {
  const path = join(FOLDER, name)
  writeFileSync(path, octets)
  return path
}

const WHOLE = Buffer.concat([CALL.header, ...CALL.records])
const NEAR = written('near.pcap', WHOLE)

/** All but what two captures have in another way than one. */
const gist = ({ calls, streams, findings }: Report) => ({
  calls: calls.map(({ state, startTime, answerTime, endTime }) => [state, startTime, answerTime, endTime]),
  streams: streams.map(
    ({ src, dst, packets, verified, duplicates, reordered, captureDuplicates, firstTime, lastTime }) => [
      src,
      dst,
      packets,
      verified,
      duplicates,
      reordered,
      captureDuplicates,
      firstTime,
      lastTime,
    ],
  ),
  findings: findings.map(({ rule, kind, frames }) => [rule, kind, frames]),
})

test.each([3.25, -2.5, 3600, 0.4])(
  'a second point of capture whose clock is %d s ahead is set right',
  async (seconds) => {
    const far = written(`far${seconds}.pcap`, ahead(WHOLE, seconds))
    const same = written('same.pcap', WHOLE)
    const truth = await scan({ captures: [NEAR, same] })
    const report = await scan({ captures: [NEAR, far] })
    expect(report.captures[1].clock).toEqual({ aheadSeconds: seconds, of: 0 })
    expect(report.captures[0].clock).toBeUndefined()
    expect(gist(report)).toEqual(gist(truth))
    expect(report.captures[1].firstTime).toBe(truth.captures[1].firstTime)

    const parts = await scan({ captures: [NEAR, far], parts: { folder: join(FOLDER, 'parts') } })
    expect(parts).toEqual(report)
  },
)

test('the files of a ring that hold no signalling go with those that do', async () => {
  const files = cutInto(piecesOf(ahead(WHOLE, -3)), 3).map((octets, n) => written(`edge_0000${n}.pcap`, octets))
  const report = await scan({ captures: [NEAR, ...files] })
  expect(report.captures.map(({ clock }) => clock?.aheadSeconds)).toEqual([undefined, -3, -3, -3])
  expect(formatText(report, { width: 200, color: false, verbose: false, quiet: false })).toContain(
    `edge_00000.pcap and 2 more: its clock is 3 s behind that of ${NEAR}; its times are shown 3 s later`,
  )
  expect(gist(report)).toEqual(gist(await scan({ captures: [NEAR, written('same.pcap', WHOLE)] })))
})

test('files that follow one another by one clock stay as they are', async () => {
  const files = cutInto(CALL, 4).map((octets, n) => written(`ring_${n}.pcap`, octets))
  expect((await scan({ captures: files })).captures.filter(({ clock }) => clock !== undefined)).toEqual([])
})

test('of a pipe, which is not set right, no time is held against another clock', async () => {
  const stdin = Readable.from([ahead(WHOLE, 3600)])
  const report = await scan({ captures: [NEAR, '-'], stdin })
  expect(report.findings.map(({ rule }) => rule)).not.toContain('media-after-bye')
})

test('decrypt sets them right as well', async () => {
  const far = written('decrypt.pcap', ahead(WHOLE, 7))
  const times: number[] = []
  const onFrame = ({ seconds, nanoseconds }: ClearFrame) => void times.push(seconds * 1e6 + nanoseconds / 1e3)
  const { messages, clocks } = await decryptCaptures({ captures: [NEAR, far], sinks: [{ onFrame }] })
  expect(messages).toBe(14)
  expect(clocks).toEqual([`${far}: its clock is 7 s ahead of that of ${NEAR}; its times are shown 7 s earlier`])
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect((times.at(-1) as number) - times[0]).toBeLessThan(10e6)
})
