import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CaptureKeeper, type KeeperOptions } from '../../../src/capture/live/capture-keeper.ts'
import { RecordBoundaries } from '../../../src/capture/live/record-boundaries.ts'
import { scan } from '../../../src/scan/scan.ts'
import { readPcap } from './pcap-records.ts'

const sample = (name: string) => readFileSync(fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url)))
const CALL = sample('call.pcap')
const INCIDENT = sample('incident.pcapng')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'srtp-scan-keep-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Keeps octets that come in pieces of `step`; returns the files, by name. */
async function keep(octets: Buffer, step: number, options: Partial<KeeperOptions> = {}) {
  const troubles: string[] = []
  const path = join(folder, 'kept.pcap')
  const keeper = await CaptureKeeper.open({ path, onTrouble: (line) => troubles.push(line), ...options })
  const pieces = Array.from({ length: Math.ceil(octets.length / step) }, (_, n) =>
    octets.subarray(n * step, (n + 1) * step),
  )
  const passed: Buffer[] = []
  for await (const chunk of keeper.keep(Readable.from(pieces))) passed.push(chunk as Buffer)
  expect(Buffer.concat(passed).equals(octets)).toBe(true)
  const names = readdirSync(folder).sort()
  return { names, files: names.map((name) => readFileSync(join(folder, name))), troubles, keeper }
}

describe('what is captured is kept', () => {
  test('octet for octet, for its owner only, though the file was there before', async () => {
    writeFileSync(join(folder, 'kept.pcap'), 'an older one, longer than nothing', { mode: 0o644 })
    const { names, files } = await keep(CALL, 1000)
    expect(names).toEqual(['kept.pcap'])
    expect(files[0].equals(CALL)).toBe(true)
    expect(statSync(join(folder, 'kept.pcap')).mode & 0o777).toBe(0o600)
  })

  test('in files that are whole captures of whole records, by size', async () => {
    const { names, files } = await keep(CALL, 4096, { rotateBytes: 20_000, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) })
    expect(names.length).toBeGreaterThan(3)
    expect(names[1]).toBe('kept-00002-20260102T030405Z.pcap')
    for (const file of files) expect(file.length).toBeLessThan(20_000 + 16 + 1600)
    const records = files.flatMap((file) => readPcap(file).records)
    expect(records.map(({ bytes }) => bytes.toString('hex'))).toEqual(
      readPcap(CALL).records.map(({ bytes }) => bytes.toString('hex')),
    )
  })

  test('by time: a new file begins with the first record after it', async () => {
    let now = 0
    const { files } = await keep(CALL, 10_000, { rotateMs: 5000, now: () => (now += 1000) })
    expect(files.length).toBeGreaterThan(2)
    expect(files.flatMap((file) => readPcap(file).records)).toHaveLength(readPcap(CALL).records.length)
  })

  test('with a limit that every record passes: one record a file', async () => {
    const { files } = await keep(CALL.subarray(0, 3000), 700, { rotateBytes: 1 })
    for (const file of files.slice(0, -1)) expect(readPcap(file).records).toHaveLength(1)
  })

  test('pcapng: every file begins with the section and its interfaces, and all files together say the same', async () => {
    const { names, files } = await keep(INCIDENT, 5000, { path: join(folder, 'kept.pcapng'), rotateBytes: 100_000 })
    expect(files.length).toBeGreaterThan(2)
    const paths = names.map((name) => join(folder, name))
    const joined = await scan({ captures: paths, workers: 1 })
    const whole = await scan({
      captures: [fileURLToPath(new URL('../../../samples/incident.pcapng', import.meta.url))],
    })
    expect(joined.captures.map(({ lost }) => lost)).toEqual(paths.map(() => undefined))
    expect({ ...joined.totals }).toEqual({ ...whole.totals })
  })
})

test('whoever reads no further leaves a whole capture behind', async () => {
  const path = join(folder, 'kept.pcap')
  const keeper = await CaptureKeeper.open({ path, onTrouble: () => undefined })
  const octets = new PassThrough()
  const kept = keeper.keep(octets)
  octets.write(CALL.subarray(0, 50_000))
  await once(kept, 'readable')
  kept.destroy()
  await once(kept, 'close')
  const { length } = readFileSync(path)
  expect(length).toBeGreaterThan(49_000)
  expect(CALL.subarray(0, length).equals(readFileSync(path))).toBe(true)
  expect(readPcap(readFileSync(path)).records.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24)).toBe(length)
})

describe('a capture that cannot be kept', () => {
  test('is refused before anything is captured', async () => {
    await expect(CaptureKeeper.open({ path: join(folder, 'no/where.pcap'), onTrouble: () => {} })).rejects.toThrow(
      /no\/where\.pcap: cannot be written \(ENOENT\)/,
    )
  })

  test('for want of room is told once, what comes is passed on and counted', async () => {
    const { troubles, keeper } = await keep(CALL, 8192, { path: '/dev/full' })
    expect(troubles).toEqual(['/dev/full: cannot be written any more (ENOSPC); the scan goes on without it'])
    expect(keeper.missedBytes).toBe(CALL.length)
  })

  test('from the second file on leaves the first as a whole capture', async () => {
    const path = join(folder, 'kept.pcap')
    // What the second file would be called is a folder already.
    mkdirSync(join(folder, 'kept-00002-19700101T000000Z.pcap'))
    const troubles: string[] = []
    const keeper = await CaptureKeeper.open({
      ...{ path, rotateBytes: 20_000, now: () => 0 },
      onTrouble: (line) => troubles.push(line),
    })
    for (let at = 0; at < CALL.length; at += 8192) await keeper.write(CALL.subarray(at, at + 8192))
    await keeper.close()
    expect(troubles).toHaveLength(1)
    expect(troubles[0]).toMatch(/kept-00002-.*: cannot be written any more \(EISDIR\)/)
    const first = readFileSync(join(folder, 'kept-00001-19700101T000000Z.pcap'))
    expect(readPcap(first).records.length).toBeGreaterThan(10)
    expect(first.length + keeper.missedBytes).toBe(CALL.length)
  })
})

describe('a disk that is full for a while', () => {
  const nameOf = (n: number) => `kept-${String(n).padStart(5, '0')}-19700101T000000Z.pcap`
  const recordsIn = (name: string) =>
    readPcap(readFileSync(join(folder, name))).records.map(({ bytes }) => bytes.toString('hex'))

  test.each([1, 2, 3])(
    'from file %i on: it is told once, no half a file is left, and the next file that is due is kept again',
    async (full) => {
      // Its writer removes what it cannot fill: the next one of that name is a file.
      symlinkSync('/dev/full', join(folder, nameOf(full)))
      const { names, troubles, keeper } = await keep(CALL, 4096, { rotateBytes: 20_000, now: () => 0 })
      expect(troubles).toEqual([
        `${join(folder, nameOf(full))}: cannot be written any more (ENOSPC); the scan goes on without it until the next file is due`,
      ])
      expect(names).toEqual(names.map((_, n) => nameOf(n + 1)))
      expect(names.length).toBeGreaterThan(3)
      const all = readPcap(CALL).records.map(({ bytes }) => bytes.toString('hex'))
      const kept = names.flatMap(recordsIn)
      const gap = all.length - kept.length
      expect(gap).toBeGreaterThan(10)
      const before = names.slice(0, full - 1).flatMap(recordsIn).length
      expect(kept).toEqual([...all.slice(0, before), ...all.slice(before + gap)])
      const missed = all.slice(before, before + gap).reduce((sum, bytes) => sum + 16 + bytes.length / 2, 0)
      expect(keeper.missedBytes).toBe(missed + (full === 1 ? 24 : 0))
    },
  )

  test('and again when a whole file was kept in between: it is told again', async () => {
    for (const full of [2, 4]) symlinkSync('/dev/full', join(folder, nameOf(full)))
    const { troubles, names } = await keep(CALL, 4096, { rotateBytes: 20_000, now: () => 0 })
    expect(troubles.map((line) => line.slice(folder.length + 1, folder.length + 11))).toEqual([
      'kept-00002',
      'kept-00004',
    ])
    expect(names).toEqual(names.map((_, n) => nameOf(n + 1)))
  })

  test('by time: it is tried again when the next file is due', async () => {
    let now = 0
    symlinkSync('/dev/full', join(folder, nameOf(1)))
    const { troubles, keeper, files } = await keep(CALL, 10_000, { rotateMs: 500, now: () => (now += 10) })
    expect(troubles).toHaveLength(1)
    expect(keeper.missedBytes).toBeGreaterThan(0)
    expect(files.map((file) => readPcap(file).records.length > 0)).toEqual(files.map(() => true))
  })
})

describe('the boundaries of records', () => {
  test('are the same however the octets come', () => {
    const bounds = (octets: Buffer, sizes: readonly number[]) => {
      const boundaries = new RecordBoundaries()
      const found = new Set<number>()
      for (let at = 0, n = 0; at < octets.length; n++) {
        const piece = octets.subarray(at, at + (sizes[n % sizes.length] ?? 1))
        for (let from = 0; ; ) {
          const end = boundaries.next(piece, from, from + 1)
          if (end === undefined) break
          found.add(at + end)
          from = end
        }
        at += piece.length
      }
      return { found: [...found], head: boundaries.head() }
    }
    for (const octets of [CALL.subarray(0, 5000), INCIDENT.subarray(0, 5000)]) {
      const { found, head } = bounds(octets, [octets.length])
      expect(found.length).toBeGreaterThan(5)
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sizes) => {
          expect(bounds(octets, sizes)).toEqual({ found, head })
        }),
        { numRuns: 50 },
      )
    }
  })

  test('are none in what is no capture, and octets are passed on', async () => {
    const { files } = await keep(Buffer.alloc(5000, 7), 100, { rotateBytes: 1000 })
    expect(files.map(({ length }) => length)).toEqual([5000])
  })
})
