import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { MAX_CAPTURES } from '../../src/verify/control.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = mkdtempSync(join(tmpdir(), 'many-captures-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const CAPTURES = MAX_CAPTURES + 6
/** Descriptors that a process may have open: fewer than captures. */
const MOST_OPEN = 300
const PCAP_HEADER_BYTES = 24
const RECORDS = 5

/** The first records of a sample: all captures begin at the same time, and go on side by side. */
function beginning(): Buffer {
  const call = readFileSync(join(ROOT, 'samples/call.pcap'))
  let end = PCAP_HEADER_BYTES
  for (let n = 0; n < RECORDS; n++) end += 16 + call.readUInt32LE(end + 8)
  return call.subarray(0, end)
}

/** A record whose IPv4 header is shorter than any (RFC 791 §3.1). */
function malformed(capture: Buffer): Buffer {
  const length = 40
  const record = Buffer.alloc(16 + length)
  capture.copy(record, 0, PCAP_HEADER_BYTES, PCAP_HEADER_BYTES + 8)
  record.writeUInt32LE(length, 8)
  record.writeUInt32LE(length, 12)
  record.writeUInt16BE(0x0800, 16 + 12)
  record[16 + 14] = 0x42
  return record
}

test('more small captures side by side than files may be open, and than are counted apart', () => {
  const captures = join(FOLDER, 'set')
  mkdirSync(captures)
  const octets = beginning()
  for (let n = 0; n < CAPTURES; n++) {
    const parts = n === CAPTURES - 2 ? [octets, malformed(octets)] : [octets]
    writeFileSync(join(captures, `${String(n).padStart(5, '0')}.pcap`), Buffer.concat(parts))
  }
  const command = `ulimit -n ${MOST_OPEN}; exec "$0" --import tsx src/cli/main.ts "$1" --format json`
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command, process.execPath, captures], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  expect([status, stderr]).toEqual([1, ''])
  const report = JSON.parse(stdout) as Report
  expect(report.captures).toHaveLength(CAPTURES)
  expect(report.totals.frames).toBe(CAPTURES * RECORDS + 1)
  // One frame is malformed, and is not said of every capture that is counted with it.
  expect(report.captures.filter(({ malformedFrames }) => malformedFrames > 0)).toEqual([])
  expect(report.anomalies.filter(({ reason }) => reason.includes('frames'))).toMatchObject([
    { reason: 'damaged-frames-of-further-captures', count: 1 },
  ])
}, 120_000)
