import { fstatSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  closeSpillFile,
  compactSpill,
  emptySpilledPacket,
  openSpillFile,
  type SpilledPacket,
  SpillReader,
  SpillWriter,
} from '../../src/capture/spill-file.ts'

const HEADER = 48
const GIB = 2 ** 30

let file = -1
beforeEach(() => {
  file = openSpillFile()
})
afterEach(() => closeSpillFile(file))

/** Packet n: every field depends on n, and the octets stand at an offset in a larger buffer. */
function packet(n: number, length: number): SpilledPacket {
  const offset = n % 7
  const bytes = Uint8Array.from({ length: offset + length + 3 }, (_, at) => (at * 31 + n) & 0xff)
  const timeUs = 1.7e15 + n * 20_000.125
  return {
    ...{ position: 2 ** 33 + n, timeUs, frame: n + 1, capture: n % 3, stream: n % 11 },
    ...{ announcedLength: length + (n % 2), bytes, offset, length },
  }
}

const contentOf = ({ bytes, offset, length, ...rest }: SpilledPacket) => ({
  ...rest,
  length,
  octets: Buffer.from(bytes.subarray(offset, offset + length)).toString('base64'),
})

function readAll(end: number): object[] {
  const reader = new SpillReader(file, end)
  const found: object[] = []
  while (reader.next()) found.push(contentOf(reader.packet))
  expect(reader.next()).toBe(false)
  return found
}

describe('packets that wait for their judgement', () => {
  it('are let go of in their place: those whose streams stay get the new numbers and keep their order', () => {
    const streams = fc.array(fc.integer({ min: -1, max: 30 }), { minLength: 11, maxLength: 11 })
    const lengths = fc.array(fc.oneof(fc.nat(200), fc.nat(65_535)), { maxLength: 60 })
    fc.assert(
      fc.property(lengths, streams, (all, moved) => {
        const writer = new SpillWriter(file, GIB)
        writer.begin(0)
        const packets = all.map((length, n) => packet(n, length))
        for (const one of packets) writer.append(one)
        const kept = packets.map((one) => ({ ...one, stream: moved[one.stream] })).filter(({ stream }) => stream >= 0)
        const end = compactSpill(file, writer.flush(), Int32Array.from(moved))
        expect(end).toBe(kept.reduce((sum, { length }) => sum + HEADER + length, 0))
        expect(fstatSync(file).size).toBe(end)
        expect(readAll(end)).toEqual(kept.map(contentOf))
        // What comes later stands behind what was kept.
        writer.begin(end)
        writer.append(packet(7, 100))
        expect(readAll(writer.flush())).toEqual([...kept, packet(7, 100)].map(contentOf))
      }),
      { numRuns: 40 },
    )
  })

  it('come back equal and in order, whatever their lengths', () => {
    const lengths = fc.array(fc.oneof(fc.nat(200), fc.nat(65_535)), { maxLength: 60 })
    let end = 0
    fc.assert(
      fc.property(lengths, (all) => {
        const writer = new SpillWriter(file, GIB)
        writer.begin(0)
        const packets = all.map((length, n) => packet(n, length))
        for (const one of packets) expect(writer.append(one)).toBe(true)
        end = writer.flush()
        expect(end).toBe(all.reduce((sum, length) => sum + HEADER + length, 0))
        expect(readAll(end)).toEqual(packets.map(contentOf))
      }),
      { seed: 3711, numRuns: 40 },
    )
  })

  it('may be written by several writers in turn, each going on where the last one ended', () => {
    const writers = [new SpillWriter(file, GIB), new SpillWriter(file, GIB), new SpillWriter(file, GIB)]
    const packets = Array.from({ length: 90 }, (_, n) => packet(n, (n * 977) % 9000))
    let end = 0
    for (let turn = 0; turn < 30; turn++) {
      const writer = writers[(turn * 2) % 3]
      writer.begin(end)
      for (const one of packets.slice(turn * 3, turn * 3 + 3)) expect(writer.append(one)).toBe(true)
      end = writer.flush()
    }
    expect(readAll(end)).toEqual(packets.map(contentOf))
  })

  it('do not change when the buffer that they came from is used again', () => {
    const writer = new SpillWriter(file, GIB)
    writer.begin(0)
    const one = packet(1, 500)
    const before = contentOf(one)
    writer.append(one)
    one.bytes.fill(0)
    expect(readAll(writer.flush())).toEqual([before])
  })

  it('are refused above the limit, to the octet, buffered ones counted; smaller ones still fit', () => {
    const writer = new SpillWriter(file, 3 * (HEADER + 100))
    writer.begin(0)
    expect(writer.append(packet(0, 100))).toBe(true)
    expect(writer.append(packet(1, 100))).toBe(true)
    expect(writer.append(packet(2, 101))).toBe(false)
    expect(writer.append(packet(3, 100))).toBe(true)
    expect(writer.append(packet(4, 0))).toBe(false)
    const end = writer.flush()
    expect(fstatSync(file).size).toBe(end)
    expect(readAll(end)).toEqual([0, 1, 3].map((n) => contentOf(packet(n, 100))))
    writer.begin(end)
    expect(writer.append(packet(5, 0))).toBe(false)
  })

  it('are read up to a cut and no further', () => {
    const writer = new SpillWriter(file, GIB)
    writer.begin(0)
    for (let n = 0; n < 3; n++) writer.append(packet(n, 100))
    const end = writer.flush()
    expect(readAll(end - 1)).toHaveLength(2)
    expect(readAll(2 * (HEADER + 100) + HEADER - 1)).toHaveLength(2)
    expect(readAll(0)).toHaveLength(0)
    // A file that is shorter than it was said to be.
    expect(readAll(end + 1000)).toHaveLength(3)
  })

  it('lie in a file that has no name and that nobody else may read', () => {
    const { mode, nlink } = fstatSync(file)
    expect(mode & 0o777).toBe(0o600)
    expect(nlink).toBe(0)
  })

  it('a disk that refuses to write refuses the packet, and nothing of it is read', () => {
    const writer = new SpillWriter(-1, GIB)
    writer.begin(0)
    const results = Array.from({ length: 5 }, (_, n) => writer.append(packet(n, 65_535)))
    expect(results).toEqual([true, true, true, false, true])
    expect(writer.flush()).toBe(0)
    // The one that was refused, and those that had been taken.
    expect(writer.lost).toBe(5)
    writer.begin(0)
    expect(writer.lost).toBe(0)
  })

  it('an empty packet is all zeros', () => {
    expect(contentOf(emptySpilledPacket())).toMatchObject({ position: 0, length: 0, octets: '' })
  })
})
