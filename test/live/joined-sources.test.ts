import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { joinSources } from '../../src/live/joined-sources.ts'
import type { LiveSource, SourceCounts } from '../../src/live/live-source.ts'
import { scan } from '../../src/scan/scan.ts'
import {
  type WrittenPacket,
  writeBlock,
  writePcap,
  writePcapHeader,
  writePcapng,
  writePcapRecord,
} from '../capture/capture-writer.ts'
import { walk } from '../capture/walk.ts'

const place = mkdtempSync(join(tmpdir(), 'srtp-scan-joined-'))
afterAll(() => rmSync(place, { recursive: true }))

class Source implements LiveSource {
  readonly name: string
  readonly octets = new PassThrough()
  readonly #counts: SourceCounts
  stops = 0

  constructor(name: string, counts: SourceCounts = {}) {
    this.name = name
    this.#counts = counts
  }

  counts(): SourceCounts {
    return this.#counts
  }

  async stop(): Promise<void> {
    this.stops++
    this.octets.end()
  }
}

async function collect({ octets }: LiveSource): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of octets) parts.push(part)
  return Buffer.concat(parts)
}

/** Turns enough for what was written to come out, so that what is written next arrives after it. */
async function settled(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await nextTurn()
}

const packet = (seconds: number, text: string): WrittenPacket => ({
  seconds,
  nanoseconds: seconds + 1,
  data: Buffer.from(text),
})

test('one source is itself', () => {
  const alone = new Source('eth0')
  expect(joinSources([alone])).toBe(alone)
})

test('packets come in the order of arrival, whole, with their times and link types, from pcap and pcapng', async () => {
  const nanoseconds = { variant: 'nanoseconds', linkType: 1 } as const
  const [a, b] = [new Source('eth0'), new Source('hep:127.0.0.1:9060')]
  const joined = joinSources([a, b])
  const heard = collect(joined)
  a.octets.write(writePcapHeader(nanoseconds))
  const body = writePcapng([
    {
      littleEndian: false,
      blocks: [
        { kind: 'interface', description: { linkType: 101, resolution: 9 } },
        { kind: 'interface', description: { linkType: 252, resolution: 9 } },
        { kind: 'enhanced', interface: 1, ticks: 7_000_000_008n, data: Buffer.from('seven') },
        { kind: 'enhanced', interface: 0, ticks: 2_000_000_003n, data: Buffer.from('two'), original: 4 },
      ],
    },
  ])
  a.octets.write(writePcapRecord(packet(5, 'five'), nanoseconds))
  await settled()
  b.octets.write(body)
  await settled()
  // A record in two halves: nothing of it comes out before the second.
  const halves = writePcapRecord(packet(1, 'one'), nanoseconds)
  a.octets.write(halves.subarray(0, 18))
  await settled()
  b.octets.end()
  await settled()
  a.octets.write(halves.subarray(18))
  a.octets.end()
  const { records, facts } = walk('pcapng', await heard)
  expect(records.map((r) => [r.linkType, r.seconds, r.nanoseconds, r.captured, r.original])).toEqual([
    [1, 5, 6, 4, 4],
    [252, 7, 8, 5, 5],
    [101, 2, 3, 3, 4],
    [1, 1, 2, 3, 3],
  ])
  expect(records.map(({ data }) => Buffer.from(data, 'hex').toString())).toEqual(['five', 'seven', 'two', 'one'])
  expect(facts.lost).toBeUndefined()
})

test('a TLS key log that a source brings goes along', async () => {
  const [a, b] = [new Source('a'), new Source('b')]
  const joined = collect(joinSources([a, b]))
  // Longer than what is read at a time.
  const text = Buffer.from('CLIENT_RANDOM 00 11\n'.repeat(30_000))
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x544c534b, 0)
  head.writeUInt32LE(text.length, 4)
  a.octets.write(writePcapng([{ blocks: [] }]))
  a.octets.end(writeBlock(10, Buffer.concat([head, text])))
  b.octets.end(writePcap([]))
  const secrets = walk('pcapng', await joined).secrets
  expect(secrets.every(({ type }) => type === 0x544c534b)).toBe(true)
  expect(secrets.length).toBeGreaterThan(1)
  expect(secrets.filter(({ left }) => left === 0)).toHaveLength(1)
  expect(secrets.map((part) => part.text).join('')).toBe(text.toString())
})

test('a reader that lags stops the sources, and loses nothing', async () => {
  const [a, b] = [new Source('a'), new Source('b')]
  const joined = joinSources([a, b])
  const record = writePcapRecord({ seconds: 1, nanoseconds: 0, data: Buffer.alloc(100_000) })
  const sent = 400
  const feeding = [a, b].map(async ({ octets }) => {
    octets.write(writePcapHeader())
    for (let n = 0; n < sent / 2; n++) {
      if (!octets.write(record)) await new Promise((resolve) => octets.once('drain', resolve))
    }
    octets.end()
  })
  let isFed = false
  void Promise.all(feeding).then(() => {
    isFed = true
  })
  for (let turn = 0; turn < 2000; turn++) await nextTurn()
  expect(isFed).toBe(false)
  const { records } = walk('pcapng', await collect(joined))
  expect(records).toHaveLength(sent)
})

test('counts are summed, and unknown where one is; names are joined; all are stopped', async () => {
  const [a, b] = [new Source('eth0', { received: 5, dropped: 1 }), new Source('hep:127.0.0.1:9060', { received: 7 })]
  const joined = joinSources([a, b])
  expect(joined.name).toBe('eth0 + hep:127.0.0.1:9060')
  expect(joined.counts()).toEqual({ received: 12 })
  for (const { octets } of [a, b]) octets.write(writePcapHeader())
  const heard = collect(joined)
  await joined.stop()
  expect([a.stops, b.stops]).toEqual([1, 1])
  expect(walk('pcapng', await heard).records).toEqual([])
})

test('what each of them knows, the sum knows', async () => {
  const known = [new Source('a', { received: 5, dropped: 1 }), new Source('b', { received: 1, dropped: 0 })]
  const joined = joinSources(known)
  expect(joined.counts()).toEqual({ received: 6, dropped: 1 })
  for (const { octets } of known) octets.end(writePcap([]))
  await collect(joined)
})

test('a source that breaks off breaks off the whole', async () => {
  const [a, b] = [new Source('a'), new Source('b')]
  const heard = collect(joinSources([a, b]))
  a.octets.write(writePcapHeader())
  b.octets.destroy(new Error('the interface went away'))
  await expect(heard).rejects.toThrow('the interface went away')
  expect(a.octets.destroyed).toBe(true)
})

test('two halves of a call from two sources are judged as the whole', async () => {
  const whole = 'samples/call.pcap'
  const bytes = readFileSync(whole)
  const [a, b] = [new Source('a'), new Source('b')]
  const heard = collect(joinSources([a, b]))
  for (const { octets } of [a, b]) octets.write(bytes.subarray(0, 24))
  // Signalling and the caller's media here, the rest there: by turns, so that the order of arrival is that of the file.
  for (let at = 24, frame = 0; at < bytes.length; frame++) {
    const next = at + 16 + bytes.readUInt32LE(at + 8)
    ;(frame % 3 === 0 ? a : b).octets.write(bytes.subarray(at, next))
    at = next
    await settled(8)
  }
  for (const { octets } of [a, b]) octets.end()
  const path = join(place, 'joined.pcapng')
  writeFileSync(path, await heard)
  const { captures: heardAs, ...joined } = await scan({ captures: [path] })
  const { captures: read, ...expected } = await scan({ captures: [whole] })
  expect(joined).toEqual(expected)
  expect(heardAs[0].frames).toBe(read[0].frames)
})
