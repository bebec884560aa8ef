import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flowOf } from '../../src/media/observed-stream.ts'
import { emptyDatagram } from '../../src/net/datagram.ts'
import { MediaKind } from '../../src/rtp/media-kind.ts'
import { F, I, type StreamKey, StreamTable, streamKey } from '../../src/rtp/stream-table.ts'
import { flowKey, newTable } from './rtp-packets.ts'

const address = fc.oneof(
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
  fc.array(fc.nat(3), { minLength: 16, maxLength: 16 }),
)
/** Small domains, so that keys differ in one field only. */
const anyKey: fc.Arbitrary<StreamKey> = address.chain((source) =>
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

const textOf = (key: StreamKey) =>
  JSON.stringify([key.kind, key.ssrc, [...key.bytes], key.addressLength, key.sourcePort, key.destinationPort])

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
      expect(table.findOrAdd(flowKey(n, [10, 0, n >> 8, n & 255], [10, 1, 0, 1], [1024 + (n % 9), 4000]))).toBe(n)
    }
    for (let n = capacity - 1; n >= 0; n--) {
      expect(table.find(flowKey(n, [10, 0, n >> 8, n & 255], [10, 1, 0, 1], [1024 + (n % 9), 4000]))).toBe(n)
    }
  })

  it('counts the packets that find no room, and goes on finding what it has', () => {
    const table = newTable(3)
    for (let n = 0; n < 3; n++) expect(table.findOrAdd(flowKey(n))).toBe(n)
    for (let n = 0; n < 5; n++) expect(table.findOrAdd(flowKey(99))).toBe(-1)
    expect(table.findOrAdd(flowKey(1))).toBe(1)
    expect(table.find(flowKey(99))).toBe(-1)
    expect(table).toMatchObject({ count: 3, refused: 5 })
  })

  it('is seen alike through two views of one shared memory', () => {
    const buffer = new SharedArrayBuffer(128 + StreamTable.byteLength(16))
    const one = new StreamTable(buffer, 128, 16)
    const other = new StreamTable(buffer, 128, 16)
    expect(one.findOrAdd(flowKey(5))).toBe(0)
    expect(other.find(flowKey(5))).toBe(0)
    expect(other.findOrAdd(flowKey(6))).toBe(1)
    expect(one.count).toBe(2)
    other.floats[other.floatsAt(1) + F.Bytes] = 1234.5
    other.ints[other.intsAt(1) + I.PlainFrames + 19] = -7
    expect(one.floats[one.floatsAt(1) + F.Bytes]).toBe(1234.5)
    expect(one.ints[one.intsAt(1) + I.PlainFrames + 19]).toBe(-7)
  })

  it('has records whose float and integer fields do not overlap', () => {
    const table = newTable(2)
    for (let id = 0; id < 2; id++) table.findOrAdd(flowKey(id))
    const floats = table.floats.subarray(0, table.floatsAt(1))
    const before = [...table.ints.subarray(table.intsAt(1))]
    floats.fill(-1.5, 0, F.MaxJitter + (F.MaxJitter - F.Jitter))
    expect(table.ints[I.Ssrc]).toBe(0)
    expect(table.ints[I.Kind]).toBe(MediaKind.Rtp)
    table.ints.fill(-1, I.Kind, table.intsAt(1))
    expect(floats[F.FirstPosition]).toBe(-1.5)
    expect(floats[F.MaxJitter + (F.MaxJitter - F.Jitter) - 1]).toBe(-1.5)
    expect([...table.ints.subarray(table.intsAt(1))]).toEqual(before)
  })
})

describe('the key of a datagram', () => {
  it('takes the SSRC from octet 8 of RTP (RFC 3550 §5.1), from octet 4 of RTCP (§6.4.1), and none else', () => {
    const bytes = Uint8Array.from([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const datagram = { ...emptyDatagram(), bytes, offset: 2, length: 12, sourcePort: 9, destinationPort: 10 }
    const ssrc = (kind: MediaKind) => streamKey(flowKey(0), kind, datagram).ssrc >>> 0
    expect(ssrc(MediaKind.Rtp)).toBe(0x090a0b0c)
    expect(ssrc(MediaKind.Rtcp)).toBe(0x05060708)
    expect(ssrc(MediaKind.Stun)).toBe(0)
  })
})
