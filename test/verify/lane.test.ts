import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { MERGED_HEADER, MergedField } from '../../src/capture/merged-record.ts'
import { closeSpillFile, openSpillFile } from '../../src/capture/spill-file.ts'
import { createWalker, readCaptureFacts, type WalkedFormat } from '../../src/capture/walker.ts'
import { StreamTable } from '../../src/rtp/stream-table.ts'
import { CONTROL_BYTES } from '../../src/verify/control.ts'
import { SlabThread } from '../../src/verify/first-pass/slab-thread.ts'
import { compileKernel } from '../../src/verify/kernel.ts'
import { LaneAt, LaneFormat } from '../../src/verify/lane-layout.ts'
import { allocate, DESCRIPTOR_WORDS, layoutOf } from '../../src/verify/shared-memory.ts'
import { sharedWalkerState } from '../../src/verify/tasks.ts'
import { concat, type WrittenPacket, writePcap, writePcapng } from '../capture/capture-writer.ts'
import {
  ethernet,
  extension,
  ipv4,
  ipv6,
  linuxCooked,
  linuxCooked2,
  octets,
  type Packet,
  pppoe,
  u16,
  u32,
  udp,
  vlan,
  vxlan,
} from '../net/frame-builder.ts'

const kernel = compileKernel()
const spill = openSpillFile()
afterAll(() => closeSpillFile(spill))

const layout = layoutOf({
  threads: 1,
  slabBytes: 256 << 10,
  maxMemoryBytes: 4 << 20,
})

/** All that walking one slab leaves behind: with the lane, or with every record left to the walker and the decoder. */
function walked(format: WalkedFormat, capture: Uint8Array, isLaneOpen: boolean) {
  const memory = allocate(layout)
  const { buffer } = memory
  const state = sharedWalkerState(memory, layout)
  const thread = new SlabThread(
    {
      memory,
      layout,
      kernel,
      thread: 0,
      format,
      hashNine: false,
      deferredSpill: -1,
      reassembledSpill: spill,
      spillLimitBytes: 1 << 20,
    },
    createWalker(format, state),
    () => undefined,
  )
  const lane = new Uint32Array(buffer, layout.lanes, LaneAt.Identity / 4)
  if (!isLaneOpen) lane[LaneAt.Format / 4] = LaneFormat.Other
  thread.bytes.set(capture, thread.slabOffset(0))
  thread.filled(0, capture.length, 0, true)
  thread.walk(0)
  const streams = new StreamTable(buffer, layout.streams, layout.streamCapacity)
  const descriptors = new Int32Array(buffer, layout.descriptors, lane[LaneAt.Count / 4] * DESCRIPTOR_WORDS)
  return {
    facts: readCaptureFacts(state),
    state: [...state.subarray(0, 32)],
    control: [...new Float64Array(buffer, layout.control + 256, 64)],
    streams: [...streams.floats.subarray(0, streams.floatsAt(streams.count))].join(),
    records: [...streams.ints.subarray(0, streams.intsAt(streams.count))].join(),
    descriptors: [...descriptors].join(),
    signalling: thread.control.load(8),
    controlBytes: CONTROL_BYTES,
  }
}

const rtp = fc
  .record({
    first: fc.constantFrom(0x80, 0x80, 0x80, 0x81, 0x90, 0xa0, 0x8f, 0xbf, 0x40, 0x00, 0x16, 0xc0),
    second: fc.constantFrom(0, 8, 96, 0xe0, 101, 13, 10, 6, 192, 200, 201, 223, 224, 255),
    sequence: fc.oneof(fc.nat(40), fc.constantFrom(65_530, 65_535, 30_000), fc.nat(65_535)),
    timestamp: fc.nat(100_000),
    ssrc: fc.nat(2),
    payload: fc.uint8Array({ minLength: 0, maxLength: 40 }),
  })
  .map(({ first, second, sequence, timestamp, ssrc, payload }) =>
    octets([first, second], u16(sequence), u32(timestamp), u32(ssrc), payload),
  )

const datagram: fc.Arbitrary<Packet> = fc
  .record({
    payload: fc.oneof(
      { weight: 8, arbitrary: rtp },
      fc.constant(octets('OPTIONS sip:a SIP/2.0\r\n\r\n')),
      fc.constant(octets([])),
    ),
    sourcePort: fc.constantFrom(4000, 4002),
    destinationPort: fc.constantFrom(5000, 5000, 5000, 2152, 4789, 6081, 8472, 37008),
    checksum: fc.constantFrom(0, 0xbeef),
    length: fc.option(fc.nat(70), { nil: undefined, freq: 12 }),
  })
  .map(({ payload, length, ...ports }) => udp(payload, { ...ports, ...(length !== undefined && { length }) }))

const internet: fc.Arbitrary<Packet> = datagram.chain((inner) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, 0x77).map((identification) => ipv4(inner, { identification })) },
    fc.constant(ipv4(inner, { source: '10.0.0.9', options: [1, 1, 1, 1] })),
    fc.nat(90).map((totalLength) => ipv4(inner, { totalLength })),
    fc.constant(ipv4(inner, { more: true })),
    fc.constant(ipv4(inner, { fragmentOffset: 8 })),
    { weight: 3, arbitrary: fc.constant(ipv6(inner)) },
    fc.nat(70).map((payloadLength) => ipv6(inner, { payloadLength })),
    fc.constant(ipv6(extension(60, inner))),
  ),
)

const LINKS: readonly (readonly [number, (inner: Packet) => Uint8Array])[] = [
  [1, (inner) => ethernet(inner, [0, 0, 0])],
  [1, (inner) => ethernet(vlan(inner))],
  [1, (inner) => ethernet(vlan(vlan(inner, 5), 6, 0x88a8))],
  [1, (inner) => ethernet([9, 8, 7, 6, 5, 4].reduce((tagged, id) => vlan(tagged, id), inner))],
  [1, (inner) => ethernet(pppoe(inner))],
  [1, (inner) => ethernet(ipv4(vxlan(ethernet(inner))))],
  [113, (inner) => linuxCooked(inner)],
  [276, (inner) => linuxCooked2(inner)],
  [101, (inner) => inner.bytes],
  [12, (inner) => inner.bytes],
  [147, (inner) => inner.bytes],
  [0, (inner) => octets([2, 0, 0, 0], inner.bytes)],
]

/** Frames of one link type, mostly whole, some with an octet changed. */
const frames = (linkType: number): fc.Arbitrary<readonly WrittenPacket[]> =>
  fc.array(
    fc
      .record({
        inner: internet,
        link: fc.constantFrom(...LINKS.filter(([type]) => type === linkType)),
        cut: fc.option(fc.nat(80), { nil: undefined, freq: 10 }),
        flip: fc.option(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 255 })), { nil: undefined, freq: 8 }),
        millisecond: fc.nat(3000),
      })
      .map(({ inner, link, cut, flip, millisecond }) => {
        const whole = Buffer.from(link[1](inner))
        if (flip !== undefined && flip[0] < whole.length) whole[flip[0]] ^= flip[1]
        const data = whole.subarray(0, cut ?? whole.length)
        return {
          seconds: 1_700_000_000 + Math.floor(millisecond / 1000),
          nanoseconds: (millisecond % 1000) * 1_000_000 + 1_000,
          data,
          original: whole.length,
        }
      }),
    { minLength: 1, maxLength: 60, size: 'max' },
  )

const linkTypes = fc.constantFrom(...new Set(LINKS.map(([type]) => type)))

const pcap = linkTypes.chain((linkType) =>
  fc
    .record({
      packets: frames(linkType),
      littleEndian: fc.boolean(),
      variant: fc.constantFrom('microseconds', 'nanoseconds', 'modified'),
      snapLength: fc.constantFrom(262_144, 60),
    })
    .map(({ packets, ...options }) => writePcap(packets, { ...options, linkType })),
)

const pcapng = linkTypes.chain((linkType) =>
  fc
    .record({
      packets: frames(linkType),
      littleEndian: fc.boolean(),
      resolution: fc.constantFrom(undefined, 6, 9, 3, 0x8a),
      offset: fc.constantFrom(undefined, undefined, 3600),
      isSimple: fc.constantFrom(false, false, false, true),
    })
    .map(({ packets, littleEndian, resolution, offset, isSimple }) =>
      writePcapng([
        {
          littleEndian,
          blocks: [
            { kind: 'interface', description: { linkType, resolution, offset } },
            ...packets.map(({ seconds, nanoseconds, data, original }, n) =>
              isSimple && n % 5 === 0
                ? ({ kind: 'simple', data, original: data.length } as const)
                : ({
                    kind: 'enhanced',
                    interface: n % 17 === 16 ? 1 : 0,
                    ticks: BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanoseconds / 1000)),
                    data,
                    original: original ?? data.length,
                    ...(n % 7 === 0 && { comment: 'seen' }),
                  } as const),
            ),
          ],
        },
      ]),
    ),
)

const merged = linkTypes.chain((linkType) =>
  frames(linkType).map((packets) =>
    concat(
      packets.map(({ seconds, nanoseconds, data, original }, n) => {
        const header = Buffer.alloc(MERGED_HEADER)
        header.writeUInt32LE(n % 3, MergedField.Capture)
        header.writeUInt32LE(n + 1, MergedField.Frame)
        header.writeDoubleLE(seconds, MergedField.Seconds)
        header.writeUInt32LE(nanoseconds, MergedField.Nanoseconds)
        header.writeUInt32LE(linkType, MergedField.LinkType)
        header.writeUInt32LE(data.length, MergedField.Captured)
        header.writeUInt32LE(original ?? data.length, MergedField.Original)
        header.writeUInt32LE(data.length, MergedField.Kept)
        return octets(header, data)
      }),
    ),
  ),
)

describe('the lane leaves behind what the walker and the decoder would have', () => {
  it.each<[WalkedFormat, fc.Arbitrary<Uint8Array>]>([
    ['pcap', pcap],
    ['pcapng', pcapng],
    ['merged', merged],
  ])('%s', (format, captures) => {
    let taken = 0
    fc.assert(
      fc.property(captures, (capture) => {
        const slow = walked(format, capture, false)
        expect(walked(format, capture, true)).toEqual(slow)
        if (slow.descriptors !== '') taken++
      }),
      { seed: 3, numRuns: 150 },
    )
    expect(taken).toBeGreaterThan(75)
  })
})
