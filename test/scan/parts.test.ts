import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Analysis } from '../../src/model/analysis.ts'
import { reportedStream } from '../../src/model/timeline.ts'
import { type AnalyseOptions, analyseCaptures } from '../../src/scan/analyse-captures.ts'
import { analyseInParts, type PartsOptions, type PartsRunner } from '../../src/scan/analyse-parts.ts'
import { readKeyFiles } from '../../src/scan/key-files.ts'
import { readTlsSecrets } from '../../src/scan/tls-secrets.ts'
import { PartPool } from '../../src/verify/parts/part-pool.ts'
import { type PartOutcome, type PartTask, runPartTask } from '../../src/verify/parts/part-task.ts'
import type { PartFindings } from '../../src/verify/parts/part-verdicts.ts'
import { handshakeOf, identity, keyLogOf, materialOf } from '../dtls/flight.ts'
import { captureOf as dtlsCaptureOf, mastersOf, mediaUnder } from '../dtls/media-capture.ts'
import { callOf, captureOf, keysOf, line, type Media, SHORT, type Talk, under } from './faulty-call.ts'
import { cutAt, cutInto, dealOut, fragmentsOf, piecesOf, snapped, withKeyLog } from './parts-of-captures.ts'

const SHARED = fileURLToPath(new URL('../../../shared/captures/', import.meta.url))
const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'srtp-scan-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let sets = 0
/** Writes the files of a set and returns their paths. */
function written(files: readonly Buffer[], name = (n: number) => `${String(n).padStart(3, '0')}.pcap`): string[] {
  const set = join(folder, String(sets++))
  mkdirSync(set)
  return files.map((octets, n) => {
    const path = join(set, name(n))
    writeFileSync(path, path.endsWith('.gz') ? gzipSync(octets) : octets)
    return path
  })
}

const textOf = (analysis: Analysis): string =>
  JSON.stringify({ ...analysis, calls: [...analysis.calls], reported: analysis.streams.map(reportedStream) })

type Keys = () => Promise<Pick<AnalyseOptions, 'keyEntries' | 'tlsSecrets'>>
type Options = Pick<AnalyseOptions, 'workers' | 'slabBytes'> & Pick<PartsOptions, 'run'>
const NO_KEYS: Keys = async () => ({})

/** The facts of a set that one pass reads, and those that a job for each file reads. */
async function bothWays(paths: readonly string[], keys = NO_KEYS, options: Options = {}) {
  const { run, ...more } = options
  const common = { captures: paths, workers: 1, timelines: true }
  const joined = await analyseCaptures({ ...common, ...(await keys()) })
  const parts = { folder: join(folder, 'parts'), ...(run !== undefined && { run }) }
  const parted = await analyseInParts({ ...common, ...(await keys()), ...more }, parts)
  return { joined: textOf(joined), parted: textOf(parted) }
}

async function expectEqual(paths: readonly string[], keys = NO_KEYS, options: Options = {}) {
  const { joined, parted } = await bothWays(paths, keys, options)
  expect(parted).toBe(joined)
}

const talk = (name: string, more: readonly Talk[] = []): Talk[] => [
  { at: 0, offer: [line(1, name)], answer: [line(1, `${name} b`)] },
  ...more,
]

/** A call of which the caller does what is given, and the callee nothing remarkable. */
function call(name: string, ports: number, media: Partial<Media>, talks = talk(name)) {
  const caller: Media = { from: 'caller', at: 0.2, count: 150, ssrc: 100 + ports, ...media }
  const callee: Media = { from: 'callee', at: 0.2, count: 150, ssrc: 900 + ports, protect: under(keysOf(`${name} b`)) }
  return callOf(talks, [caller, callee], `${name}@203.0.113.10`, ports)
}

const isMedia = ({ payload }: { payload: Uint8Array }) => payload.length > 100 && payload.length < 200
const again = call('again', 48, { protect: under(keysOf('again')) })
const swapped = call('swapped', 56, { protect: under(keysOf('swapped')) }).map((datagram, n) =>
  isMedia(datagram) && n % 7 === 0 ? { ...datagram, timeNs: datagram.timeNs + 50e6 } : datagram,
)
const moves = [{ at: 1.5, offer: [line(1, 'moves on')], answer: [line(1, 'moves b')] }]

/** Wraps, a re-keying, copies, late packets, wrong keys and counters, a stream that breaks off, media before its key. */
const FAULTS = captureOf([
  ...call('wraps', 0, { protect: under(keysOf('wraps')), firstSequence: 65_450 }),
  ...call('tag', 8, { protect: under(keysOf('tag', SHORT)) }),
  ...call('offset', 16, { protect: under(keysOf('offset'), 5) }),
  ...call('still', 24, { protect: (rtp) => under(keysOf('still'))(rtp, 0), firstSequence: 65_450 }),
  ...call('nobody', 32, { protect: under(keysOf('nobody knows')) }),
  ...call('breaks', 40, { protect: (rtp, n) => under(keysOf(n < 80 || n > 100 ? 'breaks' : 'unknown'))(rtp, 0) }),
  ...again,
  ...again
    .filter(isMedia)
    .slice(60, 90)
    .map((datagram) => ({ ...datagram, timeNs: datagram.timeNs + 4e8 })),
  ...swapped,
  ...call(
    'moves',
    64,
    { protect: (rtp, n) => under(keysOf(n < 75 ? 'moves' : 'moves on'))(rtp, 0) },
    talk('moves', moves),
  ),
  ...call('early', 72, { at: 0, protect: under(keysOf('early')) }),
  ...call('late', 80, { protect: under(keysOf('late')) }, [
    { at: 2, offer: [line(1, 'late')], answer: [line(1, 'late b')] },
  ]),
  ...call('plain', 88, {}),
  ...call('reports', 96, { protect: under(keysOf('reports')), isRtcp: true, count: 8 }),
])

/** The same with every signalling message, and every seventh packet of a stream, in fragments. */
const FRAGMENTS = (() => {
  const { header, records } = piecesOf(FAULTS)
  return Buffer.concat([
    header,
    ...records.flatMap((record, n) => (record.length > 300 || n % 97 === 0 ? fragmentsOf(record, 64) : [record])),
  ])
})()

/** The same with every ninth packet of a stream cut by the snap length. */
const SNAPPED = (() => {
  const { header, records } = piecesOf(FAULTS)
  const ofSnapLength = Buffer.from(header)
  ofSnapLength.writeUInt32LE(120, 16)
  const cut = records.map((record, n) =>
    record.length > 200 && record.length < 300 && n % 9 === 0 ? snapped(record, 120) : record,
  )
  return Buffer.concat([ofSnapLength, ...cut])
})()

describe('a set of captures that a job for each reads gives the facts that one pass gives', () => {
  test('cut by time, over threads, whatever the slab size', async () => {
    for (const capture of [FAULTS, FRAGMENTS, SNAPPED]) {
      const pieces = piecesOf(capture)
      await expectEqual(written(cutInto(pieces, 20)))
      await expectEqual(written(cutInto(pieces, 3)), NO_KEYS, { workers: 2, slabBytes: 64 << 10 })
    }
  })

  test.each([
    ['the faults', FAULTS],
    ['fragments', FRAGMENTS],
    ['cut packets', SNAPPED],
  ])('%s, cut anywhere, whatever the order of the files', async (_, capture) => {
    const pieces = piecesOf(capture)
    const place = fc.nat(pieces.records.length)
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        async (places, shuffle) => {
          const paths = written(cutAt(pieces, places))
          await expectEqual(
            paths
              .map((path) => [shuffle.next().value, path] as const)
              .sort(([a], [b]) => a - b)
              .map(([, path]) => path),
          )
        },
      ),
      { numRuns: 12 },
    )
  })

  test('files that overlap in time, as of two points or two interfaces', async () => {
    const pieces = piecesOf(FAULTS)
    await expectEqual(written(dealOut(pieces, 2, (n) => n % 2)))
    await expectEqual(written(dealOut(pieces, 3, (n) => (n * n) % 3)))
    await expectEqual(written([FAULTS, ...dealOut(pieces, 2, (n) => (n < 900 ? 0 : 1))]))
    await expectEqual(written(dealOut(pieces, 4, (n) => (n >> 3) % 4)))
  })

  test('captures of several formats, one of them alone, and none of a trace', async () => {
    const samples = readdirSync(SAMPLES).filter((name) => /\.pcap(ng)?$/.test(name))
    expect(samples.some((name) => name.endsWith('.pcapng'))).toBe(true)
    const paths = samples.map((name) => `${SAMPLES}${name}`)
    await expectEqual(paths, async () => ({ keyEntries: await readKeyFiles([`${SAMPLES}keys.json`]) }))
    await expectEqual(paths.slice(0, 1))
    await expectEqual(written(cutInto({ ...piecesOf(FAULTS), records: [] }, 3)))
  })

  test('packets that were captured twice, the copy in another file', async () => {
    const pieces = piecesOf(captureOf(again, true))
    await expectEqual(written(dealOut(pieces, 2, (n) => n % 2)))
    await expectEqual(written(cutInto(pieces, 5)))
  })

  test('a file is missing, one is empty, one is damaged, one is cut off, some are compressed', async () => {
    const files = cutInto(piecesOf(FAULTS), 9)
    await expectEqual(written(files.filter((_, n) => n !== 4)))
    const [header] = cutInto({ ...piecesOf(FAULTS), records: [] }, 1)
    const damaged = Buffer.from(files[2] as Buffer).fill(0xee, 3000, 3500)
    const cut = (files[5] as Buffer).subarray(0, -40)
    const odd = files.map((file, n) => (n === 0 ? header : n === 2 ? damaged : n === 5 ? cut : file) as Buffer)
    await expectEqual(written(odd, (n) => (n % 2 === 0 ? `${n}.pcap` : `${n}.pcap.gz`)))
  })

  test('keys come from a file, and from a call of another file', async () => {
    const keys = ['nobody knows', 'wraps'].map((name) => {
      const [, suite, inline] = line(1, name).split(' ') as [string, string, string]
      return { suite, key: inline.slice('inline:'.length) }
    })
    const path = join(folder, 'keys.json')
    writeFileSync(path, JSON.stringify({ keys }))
    const read: Keys = async () => ({ keyEntries: await readKeyFiles([path]) })
    await expectEqual(written(cutInto(piecesOf(FAULTS), 7)), read)
    // Media alone: all signalling is missing.
    const { header, records } = piecesOf(FAULTS)
    await expectEqual(written(cutInto({ header, records: records.filter(({ length }) => length < 300) }, 7)), read)
  })
})

const ONE = identity('one')

test.each([
  ['in front of all records', 0],
  ['between records', 3],
  ['behind them', 99],
])('a key log inside one of the files, %s: keys of a handshake in another file', async (_, at) => {
  const sent = [...handshakeOf(ONE), ...mediaUnder(mastersOf('AES_CM_128_HMAC_SHA1_80', materialOf(ONE)), 1000, 60)]
  const pieces = piecesOf(readFileSync(dtlsCaptureOf(sent)))
  const files = cutInto(pieces, 4)
  for (const n of [0, 2, 3]) {
    const set = files.map((file, k) => (k === n ? withKeyLog(piecesOf(file), keyLogOf(ONE), at) : file))
    const { joined, parted } = await bothWays(written(set))
    expect(parted).toBe(joined)
    expect(joined).toContain('"keySource":"dtls"')
  }
})

/** Does the jobs here, and keeps what came and went. */
function recorder() {
  const tasks: PartTask[] = []
  const outcomes: PartOutcome[] = []
  const run: PartsRunner = async (asked, within, onEnded) => {
    for (const task of asked) {
      await runPartTask(task, within)
      tasks.push(task)
      outcomes.push(JSON.parse(readFileSync(join(within, task.outcome), 'utf8')) as PartOutcome)
      onEnded(task)
    }
  }
  return { tasks, outcomes, run }
}

test('calls in order are verified by the jobs: across cuts, wraps and reordering nothing is left', async () => {
  const wraps = call('wraps', 0, { protect: under(keysOf('wraps')), firstSequence: 65_450 })
  const { tasks, outcomes, run } = recorder()
  await expectEqual(written(cutInto(piecesOf(captureOf([...wraps, ...swapped])), 10)), NO_KEYS, { run })
  expect(tasks.filter(({ kind }) => kind === 'verify')).toHaveLength(10)
  const verdicts = (outcomes.slice(10) as PartFindings[]).flatMap((found) => found.verdicts)
  expect(verdicts.every(({ deferFrom }) => deferFrom < 0)).toBe(true)
  expect(verdicts.reduce((sum, { verified }) => sum + verified, 0)).toBe(4 * 150)
  expect(new Set(verdicts.map(({ lastRoc }) => lastRoc))).toEqual(new Set([0, 1]))
})

test('payload that was left out and is looked at after all: the set is extracted whole', async () => {
  const caller = { from: 'caller', protect: under(keysOf('odd')) } as const
  const odd = callOf(talk('odd'), [
    { ...caller, at: 0.2, count: 1, firstSequence: 2999 },
    { ...caller, at: 0.25, count: 1, firstSequence: 5000 },
    // Late for who knows the first packets, in order for who does not.
    { ...caller, at: 0.3, count: 200, firstSequence: 3000 },
    { ...caller, at: 4.5, count: 100, firstSequence: 5001 },
  ])
  const { tasks, run } = recorder()
  await expectEqual(written(cutAt(piecesOf(captureOf(odd)), [5])), NO_KEYS, { run })
  expect(tasks.map((task) => task.kind === 'lean' && task.whole)).toContain(true)
})

test('a file that changes between its two jobs is said to have changed', async () => {
  const paths = written(cutInto(piecesOf(captureOf(swapped)), 3))
  const { run } = recorder()
  const changing: PartsRunner = async (...all) => {
    await run(...all)
    writeFileSync(paths[1] as string, cutInto(piecesOf(captureOf(swapped)), 2)[0] as Buffer)
  }
  const parts = { folder: join(folder, 'changing'), run: changing }
  await expect(analyseInParts({ captures: paths }, parts)).rejects.toThrow(/001\.pcap.*changed/)
})

test('a part that cannot be read is named, by a thread too; what has been done stays for another run', async () => {
  const pool = new PartPool(2)
  const limits = { slabBytes: 1 << 20, maxMemoryBytes: 1 << 26 }
  const [sound] = written(cutInto(piecesOf(captureOf(swapped)), 1)) as [string]
  const tasks = [sound, join(folder, 'gone.pcap')].map((place, n): PartTask => {
    const file = { path: `part ${n}`, place, sizeBytes: statSync(sound).size }
    return { kind: 'lean', file, limits, lean: `${n}.lean`, part: n, whole: false, outcome: `${n}.json` }
  })
  const ended: PartTask[] = []
  await expect(pool.run(tasks, folder, (task) => ended.push(task))).rejects.toMatchObject({
    code: 'SRTP_SCAN_PART',
    message: expect.stringContaining('gone.pcap: no such file'),
  })
  await pool.close()
  expect(ended).toEqual([tasks[0]])
  expect(JSON.parse(readFileSync(join(folder, '0.json'), 'utf8'))).toMatchObject({ facts: { truncatedFrames: 0 } })
})

test('a file that grows is read up to where it ended', async () => {
  const paths = written(cutInto(piecesOf(captureOf(swapped)), 3))
  const joined = textOf(await analyseCaptures({ captures: paths, workers: 1 }))
  const { run } = recorder()
  const growing: PartsRunner = async (...all) => {
    const [, , ...records] = piecesOf(readFileSync(paths[2] as string)).records
    appendFileSync(paths[2] as string, Buffer.concat(records))
    await run(...all)
  }
  const parts = { folder: join(folder, 'growing'), run: growing }
  expect(textOf(await analyseInParts({ captures: paths, workers: 1 }, parts))).toBe(joined)
})

test('what an interrupted run has done is not done again', async () => {
  const paths = written(cutInto(piecesOf(FAULTS), 6))
  const parts = { folder: join(folder, 'interrupted') }
  const interruption = new AbortController()
  const stopped = analyseInParts(
    {
      captures: paths,
      workers: 1,
      onProgress: ({ bytesDone }) => bytesDone > FAULTS.length * 0.6 && interruption.abort(),
    },
    { ...parts, signal: interruption.signal },
  )
  await expect(stopped).rejects.toThrow('interrupted')
  expect(readdirSync(parts.folder).filter((name) => name.endsWith('.lean.json'))).toHaveLength(6)
  const done = readdirSync(parts.folder).filter((name) => /^[^.]*\.json$/.test(name)).length
  expect(done).toBeGreaterThan(0)
  expect(done).toBeLessThan(6)
  const { tasks, run } = recorder()
  const again = await analyseInParts({ captures: paths, workers: 1 }, { ...parts, run })
  expect(textOf(again)).toBe(textOf(await analyseCaptures({ captures: paths, workers: 1 })))
  expect(tasks.filter(({ kind }) => kind === 'lean')).toEqual([])
  expect(existsSync(parts.folder)).toBe(false)
})

const CAPTURES = [SAMPLES, SHARED]
  .filter((path) => existsSync(path))
  .flatMap((path) => readdirSync(path).map((name) => `${path}${name}`))
  .filter((path) => path.endsWith('.pcap'))

test.each(CAPTURES)('%s, cut into 20 files by time', async (path) => {
  const beside = path.startsWith(SAMPLES) ? `${SAMPLES}keys.json` : path.replace(/\.pcap$/, '.keys.json')
  const keyLog = path.replace(/\.pcap$/, '.keylog.txt')
  const keys: Keys = async () => ({
    ...(existsSync(beside) && !/\/dtls-/.test(path) && { keyEntries: await readKeyFiles([beside]) }),
    ...(existsSync(keyLog) && { tlsSecrets: await readTlsSecrets({ tlsKeyLogs: [keyLog] }) }),
  })
  await expectEqual(written(cutInto(piecesOf(readFileSync(path)), 20)), keys)
})
