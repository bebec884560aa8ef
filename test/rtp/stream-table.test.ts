import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/limits/limits.ts'
import { flowOf } from '../../src/media/observed-stream.ts'
import { FIRST_CHANNEL } from '../../src/net/turn.ts'
import { JITTER_SLOTS } from '../../src/rtp/clock-rates.ts'
import { MediaKind } from '../../src/rtp/media-kind.ts'
import { SRTCP_INDEX_WORDS } from '../../src/rtp/srtcp-indexes.ts'
import {
  F,
  FRAMES_KEPT,
  I,
  JITTER_STRIDE,
  PROBE_WORDS,
  PROBES,
  SETTLED_PACKETS,
  STREAM_RECORD_BYTES,
} from '../../src/rtp/stream-record.ts'
import { StreamTable } from '../../src/rtp/stream-table.ts'
import { type FlowKey, flowKey, newTable } from './rtp-packets.ts'

const address = fc.oneof(
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
  fc.array(fc.nat(3), { minLength: 16, maxLength: 16 }),
)
/** Small domains, so that keys differ in one field only. */
const anyKey: fc.Arbitrary<FlowKey> = address.chain((source) =>
  fc
    .record({
      ssrc: fc.oneof(fc.nat(2), fc.constantFrom(-1, 0x80000000)),
      destination: fc.oneof(
        fc.constant(source),
        fc.array(fc.nat(1), { minLength: source.length, maxLength: source.length }),
      ),
      ports: fc.tuple(fc.constantFrom(1, 2, 65535), fc.constantFrom(1, 2, 65535)),
      kind: fc.constantFrom(...Object.values(MediaKind)),
    })
    .map(({ ssrc, destination, ports, kind }) => flowKey(ssrc, source, destination, ports, kind)),
)

/** Kinds without an SSRC are told apart by the flow alone. */
const textOf = ({ kind, ssrc, ...flow }: FlowKey) =>
  JSON.stringify([kind, kind === MediaKind.Rtp || kind === MediaKind.Rtcp ? ssrc | 0 : 0, flow])

describe('streams by kind, addresses, ports and SSRC', () => {
  it('gives one number to one key, in the order of first appearance, as a map does', () => {
    fc.assert(
      fc.property(fc.array(anyKey, { maxLength: 60 }), (keys) => {
        const table = newTable(64)
        const known = new Map<string, number>()
        for (const key of keys) {
          const expected = known.get(textOf(key))
          expect(table.find(key)).toBe(expected ?? -1)
          if (expected === undefined) known.set(textOf(key), known.size)
          expect(table.findOrAdd(key)).toBe(known.get(textOf(key)))
        }
        expect(table.count).toBe(known.size)
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('lets go of streams: those that stay keep their order, their records and their serial numbers', () => {
    const steps = fc.array(fc.record({ keys: fc.array(anyKey, { maxLength: 20 }), keeps: fc.nat(0xffff) }), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(steps, (all) => {
        const table = newTable(256)
        let serials = 0
        let known: { key: string; serial: number; mark: number }[] = []
        for (const { keys, keeps } of all) {
          for (const key of keys) {
            const at = table.findOrAdd(key)
            if (at < known.length) expect(known[at].key).toBe(textOf(key))
            else {
              known.push({ key: textOf(key), serial: serials++, mark: keeps + at })
              // A record that was let go leaves nothing behind.
              expect(table.ints[table.intsAt(at) + I.Packets]).toBe(0)
              table.ints[table.intsAt(at) + I.Packets] = keeps + at
            }
          }
          const stays = (id: number) => ((keeps >> (id & 15)) & 1) === 1
          const moved = table.keepOnly(stays)
          expect([...moved].filter((id) => id >= 0)).toEqual(known.filter((_, id) => stays(id)).map((_, id) => id))
          known = known.filter((_, id) => stays(id))
          expect(table.count).toBe(known.length)
          for (const [id, { serial, mark }] of known.entries()) {
            expect(table.ints[table.intsAt(id) + I.Serial]).toBe(serial)
            expect(table.ints[table.intsAt(id) + I.Packets]).toBe(mark)
          }
        }
      }),
      { seed: 2, numRuns: 100 },
    )
  })

  it('tells an IPv4 address from an IPv6 address with the same first word', () => {
    const table = newTable()
    const v4 = table.findOrAdd(flowKey(1, [32, 1, 13, 184], [32, 1, 13, 184]))
    const zeros = new Array<number>(12).fill(0)
    const v6 = table.findOrAdd(flowKey(1, [32, 1, 13, 184, ...zeros], [32, 1, 13, 184, ...zeros]))
    expect(v6).not.toBe(v4)
    expect(flowOf(table, v4).source).toBe('32.1.13.184:4000')
    expect(flowOf(table, v6).source).toBe('[2001:db8::]:4000')
  })

  it('keeps many streams apart and finds each again', () => {
    const capacity = 20_000
    const table = newTable(capacity)
    for (let n = 0; n < capacity; n++) {
      expect(table.findOrAdd(flowKey(n, [10, 0, n >> 8, n & 255], [10, 1, 0, n & 7], [1024 + (n % 9), 4000]))).toBe(n)
    }
    for (let n = capacity - 1; n >= 0; n--) {
      expect(table.find(flowKey(n, [10, 0, n >> 8, n & 255], [10, 1, 0, n & 7], [1024 + (n % 9), 4000]))).toBe(n)
    }
  })

  it('finds streams in a steady order, and when that order changes, while its index grows', () => {
    const table = newTable(4096)
    const ids = (count: number) => Array.from({ length: count }, (_, n) => n)
    const find = (n: number) => table.findOrAdd(flowKey(n, [10, 0, n >> 8, n & 255], [10, 1, 0, n & 3]))
    for (const count of [400, 900, 1700, 3300]) {
      const steady = ids(count)
      const reversed = [...steady].reverse()
      const gone = steady.filter((n) => n % 3 !== 0)
      const twice = steady.flatMap((n) => [n, n])
      for (const order of [steady, steady, reversed, reversed, gone, twice, steady])
        expect(order.map(find)).toEqual(order)
      expect(table.count).toBe(count)
      expect(table.longestProbe).toBeLessThan(100)
    }
    const kept = table.keepOnly((id) => id % 2 === 1)
    const left = ids(3300).filter((n) => n % 2 === 1)
    expect(left.map(find)).toEqual(left.map((n) => kept[n]))
  })

  it('counts the packets that find no room, and goes on finding what it has', () => {
    const table = newTable(3)
    for (let n = 0; n < 3; n++) expect(table.findOrAdd(flowKey(n))).toBe(n)
    for (let n = 0; n < 5; n++) expect(table.findOrAdd(flowKey(99))).toBe(-1)
    expect(table.findOrAdd(flowKey(1))).toBe(1)
    expect(table.find(flowKey(99))).toBe(-1)
    expect(table).toMatchObject({ count: 3, refused: 5 })
  })

  it('has no more than so many young streams of one kind to one address and port, before and after some were let go', () => {
    const most: number = LIMITS.streamsToOnePort.most
    const table = newTable(most * 4)
    const to = (n: number, port: number, kind: MediaKind = MediaKind.Rtp) =>
      table.findOrAdd(flowKey(n, [10, 0, n >> 8, n & 255], [10, 1, 0, 1], [1024 + (n % 9), port], kind))
    for (let n = 0; n < most; n++) expect(to(n, 4000)).toBe(n)
    for (let n = most; n < most + 5; n++) expect(to(n, 4000)).toBe(-1)
    expect(to(7, 4000)).toBe(7)
    expect(to(0, 4002)).toBe(most)
    expect(to(0, 4000, MediaKind.Rtcp)).toBe(most + 1)
    expect(table).toMatchObject({ refused: 0, crowded: 5 })
    table.keepOnly((id) => id % 2 === 0)
    for (let n = 0; n < most / 2; n++) expect(to(n + 2 * most, 4000)).toBeGreaterThanOrEqual(0)
    expect(to(0xffffff, 4000)).toBe(-1)
  })

  it('counts what goes to the one port of a TURN server by the client that sends it', () => {
    const most: number = LIMITS.streamsToOnePort.most
    const table = newTable(most * 4)
    const by = (n: number, client: number) =>
      table.findOrAdd(
        flowKey(n, [10, 0, client >> 8, client & 255], [10, 1, 0, 1], [50_000, 3478], MediaKind.Rtp, FIRST_CHANNEL),
      )
    for (let n = 0; n < most + 5; n++) expect(by(0, n)).toBe(n)
    for (let n = 1; n < most; n++) expect(by(n, 7)).toBe(most + 4 + n)
    expect(by(most, 7)).toBe(-1)
    expect(by(0, 7)).toBe(7)
    expect(table.crowded).toBe(1)
  })

  it('does not count streams of some packets to those that are too many: calls that share a port one after another', () => {
    expect(LIMITS.streamsToOnePort.of).toContain(`fewer than ${SETTLED_PACKETS} packets`)
    const most: number = LIMITS.streamsToOnePort.most
    const table = newTable(most * 4)
    const packets = (ssrc: number, count: number) => {
      let id = -1
      for (let n = 0; n < count; n++) {
        id = table.findOrAdd(flowKey(ssrc))
        if (id >= 0) table.ints[table.intsAt(id) + I.Packets]++
      }
      return id
    }
    for (let n = 0; n < most + 100; n++) expect(packets(n, SETTLED_PACKETS)).toBe(n)
    for (let n = 0; n < most; n++) expect(packets(most + 100 + n, 1)).toBe(most + 100 + n)
    expect(packets(3 * most, 1)).toBe(-1)
    expect(table.crowded).toBe(1)
    // Of those that stay all keep their places, however many they are, and the young ones count as before.
    const last = table.count - 1
    table.keepOnly((id) => id !== last)
    expect(table.count).toBe(2 * most + 99)
    for (let n = 0; n < 2 * most + 99; n++) expect(table.find(flowKey(n))).toBe(n)
    expect(packets(3 * most, 1)).toBe(2 * most + 99)
    expect(packets(3 * most + 1, 1)).toBe(-1)
  })

  it('keeps streams apart in its index that were chosen to meet in it whatever its seed', () => {
    // What the ports do to a hash that begins with seed XOR SSRC is undone by the SSRC.
    const scrambled = (value: number) => {
      const product = Math.imul(value, 0xcc9e2d51)
      return Math.imul((product << 15) | (product >>> 17), 0x1b873593)
    }
    const capacity = 1 << 12
    for (const seed of [1, 0x12345678]) {
      const table = newTable(capacity, seed)
      for (let n = 0; n < capacity; n++) {
        const ports = [1024 + n, 4000] as const
        table.findOrAdd(flowKey(scrambled((ports[0] << 16) | ports[1]), [10, 0, 0, 1], [10, 1, 0, 1], ports))
      }
      expect(table.count).toBe(capacity)
      expect(table.longestProbe).toBeLessThan(100)
    }
  })

  it('is seen alike through two views of one shared memory', () => {
    const one = newTable(16)
    expect(one.findOrAdd(flowKey(5))).toBe(0)
    const other = new StreamTable(
      one.buffer,
      one.ints.byteOffset - StreamTable.byteLength(16) + 16 * STREAM_RECORD_BYTES,
      16,
    )
    expect(other.count).toBe(1)
    other.floats[other.floatsAt(1) + F.Bytes] = 1234.5
    other.ints[other.intsAt(1) + I.PlainFrames + 19] = -7
    expect(one.floats[one.floatsAt(1) + F.Bytes]).toBe(1234.5)
    expect(one.ints[one.intsAt(1) + I.PlainFrames + 19]).toBe(-7)
  })

  it('numbers streams alike whatever the seed of its index', () => {
    const keys = Array.from({ length: 500 }, (_, n) => flowKey(n % 7, [10, 0, n >> 4, n & 15], [10, 0, 0, n % 3]))
    const numbers = (seed: number) => {
      const table = newTable(512, seed)
      return keys.map((key) => table.findOrAdd(key))
    }
    expect(numbers(0x9e3779b9)).toEqual(numbers(0))
    expect(numbers(0xffffffff)).toEqual(numbers(0))
  })
})

describe('the record', () => {
  /** Words of the fields that have more than one. */
  const WORDS: Readonly<Record<string, number>> = {
    SourceAddress: 4,
    DestinationAddress: 4,
    SeenWindow: 4,
    PayloadTypes: 4,
    Recent: 32,
    Histogram: 16,
    PlainFrames: FRAMES_KEPT,
    Probes: PROBES * PROBE_WORDS,
    RewrittenFrames: 2,
  }

  it('has fields that do not overlap and end with it', () => {
    const taken = new Map<number, string>()
    const take = (name: string, at: number, words: number) => {
      for (let word = at; word < at + words; word++) {
        expect(taken.get(word), `${name} at ${word}`).toBeUndefined()
        expect(word).toBeLessThan(STREAM_RECORD_BYTES / 4)
        taken.set(word, name)
      }
    }
    for (const [name, at] of Object.entries(I)) take(name, at, WORDS[name] ?? 1)
    for (const [name, at] of Object.entries(F)) {
      const slots = name === 'Jitter' || name === 'MaxJitter' ? JITTER_SLOTS : 1
      for (let slot = 0; slot < slots; slot++) take(name, (at + slot * JITTER_STRIDE) * 2, 2)
    }
  })

  it('has room for the indexes of SRTCP where RTP has its recent packets', () => {
    expect(SRTCP_INDEX_WORDS).toBeLessThanOrEqual(WORDS.Recent)
  })

  it('is a whole number of cache lines, the identity first', () => {
    expect(STREAM_RECORD_BYTES % 64).toBe(0)
    expect([I.Ssrc, I.Ports, I.Kind, I.AddressLength, I.SourceAddress, I.DestinationAddress, I.Key]).toEqual([
      0, 1, 2, 3, 4, 8, 12,
    ])
  })
})

describe('the SSRC of a datagram', () => {
  it('is at octet 8 of RTP (RFC 3550 §5.1), at octet 4 of RTCP (§6.4.1), and in none else', () => {
    const ssrcOf = (kind: MediaKind) => {
      const table = newTable(1)
      table.findOrAdd(flowKey(0x090a0b0c, [1, 2, 3, 4], [5, 6, 7, 8], [9, 10], kind))
      return table.ints[I.Ssrc]
    }
    expect(ssrcOf(MediaKind.Rtp)).toBe(0x090a0b0c)
    expect(ssrcOf(MediaKind.Rtcp)).toBe(0x090a0b0c)
    expect(ssrcOf(MediaKind.Stun)).toBe(0)
  })
})
