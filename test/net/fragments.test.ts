import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress } from '../../src/net/addresses.ts'
import { Decode, Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import * as build from './frame-builder.ts'

const { ethernet, fragmentIpv4, fragmentIpv6, ipv4, ipv6, udp, tcp } = build

class Receiver {
  readonly table: FragmentTable
  readonly decoder: FrameDecoder

  constructor(buffer = new SharedArrayBuffer(FragmentTable.byteLength + 16), byteOffset = 16) {
    this.table = new FragmentTable(buffer, byteOffset)
    this.decoder = new FrameDecoder(this.table)
  }

  take(frame: Uint8Array, seconds = 0, linkType = 1): Decode {
    return this.decoder.decode(frame, { dataOffset: 0, capturedLength: frame.length, linkType, seconds })
  }

  get text(): string {
    const { bytes, offset, length } = this.decoder.datagram
    return Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1')
  }

  get facts() {
    return this.table.readFragmentFacts()
  }
}

const undropped = { fragmentedDatagrams: 0, fragmentPieces: 0, piecesOfDatagram: 0, fragmentSeconds: 0 }
const none = { fragments: 0, reassembled: 0, repeated: 0, malformed: 0, pending: 0, dropped: undropped }

const frames4 = (text: string, size: number, settings: build.Ipv4Options = {}) =>
  fragmentIpv4(udp(text), size, settings).map((fragment) => ethernet(fragment))
const frames6 = (text: string, size: number, identification?: number) =>
  fragmentIpv6(udp(text), size, identification).map((fragment) => ethernet(fragment))
const raw = (inner: Buffer, offset: number, more: boolean, settings: build.Ipv4Options = {}) =>
  ethernet(ipv4({ bytes: inner, type: 17 }, { ...settings, fragmentOffset: offset, more }))

describe('IP fragments (RFC 791 §3.2, RFC 8200 §4.5)', () => {
  it('an empty table is zeros, and says so', () => {
    const buffer = new SharedArrayBuffer(FragmentTable.byteLength)
    expect(new Receiver(buffer, 0).facts).toEqual(none)
    expect(new Uint8Array(buffer).every((octet) => octet === 0)).toBe(true)
  })

  it.each([
    ['IPv4', frames4('INVITE sip:bob@example.org', 16), '203.0.113.1'],
    ['IPv6', frames6('INVITE sip:bob@example.org', 16), '2001:db8::1'],
  ])('%s: the last one makes the datagram whole', (_version, frames, source) => {
    const receiver = new Receiver()
    expect(frames).toHaveLength(3)
    expect(frames.map((frame) => receiver.take(frame))).toEqual([Decode.Fragment, Decode.Fragment, Decode.Ok])
    const d = receiver.decoder.datagram
    expect(d).toMatchObject({ payload: Payload.Udp, reassembled: true, sourcePort: 5060, announcedLength: 26 })
    expect(formatAddress(d.bytes, d.sourceAddressOffset, d.addressLength)).toBe(source)
    expect(receiver.text).toBe('INVITE sip:bob@example.org')
    expect(receiver.facts).toEqual({ ...none, fragments: 3, reassembled: 1 })
    receiver.take(ethernet(ipv4(udp('x'))))
    expect(d.reassembled).toBe(false)
  })

  it('TCP in fragments', () => {
    const receiver = new Receiver()
    for (const fragment of fragmentIpv4(tcp('REGISTER sip:example.org', { sequence: 77 }), 24)) {
      receiver.take(ethernet(fragment))
    }
    expect(receiver.decoder.datagram).toMatchObject({ payload: Payload.Tcp, tcpSequence: 77, ipIdentification: 0x1234 })
    expect(receiver.text).toBe('REGISTER sip:example.org')
  })

  it('any order, with repetitions and others in between, gives the same datagram', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 100, maxLength: 3000 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        fc.infiniteStream(fc.nat(1000)),
        (octets, eighths, six, random) => {
          const text = Buffer.from(octets).toString('latin1')
          const packet = udp(octets)
          const size = Math.min(Math.max(eighths * 8, 16), 48)
          const cut = (id: number) =>
            six ? fragmentIpv6(packet, size, id) : fragmentIpv4(packet, size, { identification: id })
          const others = frames4('another', 8, { identification: 9 }).slice(0, 1)
          const own = cut(5)
          const queue = [...own, ...own.slice(0, 3), ...cut(6)]
            .map((fragment) => ethernet(fragment))
            .concat(others)
            .map((frame) => ({ frame, rank: random.next().value }))
            .sort((a, b) => a.rank - b.rank)
          const receiver = new Receiver()
          let whole = 0
          for (const { frame } of queue) {
            if (receiver.take(frame) !== Decode.Ok) continue
            whole++
            expect(receiver.text).toBe(text)
          }
          expect(whole).toBeGreaterThanOrEqual(2)
          const { reassembled, dropped, malformed } = receiver.facts
          expect({ reassembled, dropped, malformed }).toEqual({ reassembled: whole, dropped: undropped, malformed: 0 })
        },
      ),
      { numRuns: 100 },
    )
  })

  it('where fragments overlap, the octets that came first count', () => {
    const packet = udp('0123456789abcdefghijklmnopqrstuv').bytes
    const forged = Buffer.alloc(32, 0x58)
    const receiver = new Receiver()
    receiver.take(raw(packet.subarray(8, 16), 8, true))
    receiver.take(raw(packet.subarray(24, 32), 24, true))
    expect(receiver.take(raw(forged, 8, true))).toBe(Decode.Fragment)
    expect(receiver.take(raw(forged, 8, true))).toBe(Decode.Fragment)
    receiver.take(raw(packet.subarray(32), 32, false))
    expect(receiver.take(raw(packet.subarray(0, 24), 0, true))).toBe(Decode.Ok)
    expect(receiver.text).toBe('01234567XXXXXXXXghijklmnXXXXXXXX')
    expect(receiver.facts).toEqual({ ...none, fragments: 6, reassembled: 1, repeated: 2 })
  })

  it('the same identification under other addresses, protocols, VLANs or interfaces is another datagram', () => {
    const packet = udp('0123456789abcdef')
    const [first, last] = fragmentIpv4(packet, 16)
    const receiver = new Receiver()
    receiver.take(ethernet(first))
    expect(receiver.take(ethernet(fragmentIpv4(packet, 16, { source: '203.0.113.9' })[1]))).toBe(Decode.Fragment)
    expect(receiver.take(ethernet(fragmentIpv4({ ...packet, type: 6 }, 16)[1]))).toBe(Decode.Fragment)
    expect(receiver.take(ethernet(build.vlan(last, 30)))).toBe(Decode.Fragment)
    expect(receiver.take(build.linuxCooked(last, 4), 0, 113)).toBe(Decode.Fragment)
    expect(receiver.take(build.linuxCooked2(last, 7), 0, 276)).toBe(Decode.Fragment)
    expect(receiver.facts.pending).toBe(6)
    expect(receiver.take(ethernet(last))).toBe(Decode.Ok)
  })

  it('the copies that a capture of all interfaces holds become whole one by one', () => {
    const receiver = new Receiver()
    const copies = fragmentIpv4(udp('0123456789abcdef'), 16).flatMap((fragment) =>
      [0, 4].map((packetType) => receiver.take(build.linuxCooked(fragment, packetType), 0, 113)),
    )
    expect(copies).toEqual([Decode.Fragment, Decode.Fragment, Decode.Ok, Decode.Ok])
  })

  it('fragments in a tunnel whose own datagrams are fragments', () => {
    const receiver = new Receiver()
    const outcomes: Decode[] = []
    fragmentIpv4(udp('The quick brown fox jumps over the lazy dog'), 16).forEach((inner, i) => {
      const tunnel = build.gre(inner, { key: 5 })
      for (const piece of fragmentIpv4(tunnel, 24, { source: '192.0.2.7', identification: 100 + i })) {
        outcomes.push(receiver.take(ethernet(piece)))
      }
    })
    expect(outcomes.filter((outcome) => outcome === Decode.Ok)).toHaveLength(1)
    expect(outcomes.at(-1)).toBe(Decode.Ok)
    const d = receiver.decoder.datagram
    expect(formatAddress(d.bytes, d.sourceAddressOffset, 4)).toBe('203.0.113.1')
    expect(receiver.text).toBe('The quick brown fox jumps over the lazy dog')
  })

  it('the largest datagram, and none that is larger', () => {
    const receiver = new Receiver()
    const largest = Buffer.alloc(65_515 - 8, 0x61)
    const outcomes = fragmentIpv4(udp(largest), 1480).map((fragment) => receiver.take(ethernet(fragment)))
    expect(outcomes.at(-1)).toBe(Decode.Ok)
    expect(receiver.text).toBe(largest.toString('latin1'))
    expect(receiver.take(raw(Buffer.alloc(48), 65_528, false))).toBe(Decode.Malformed)
    expect(receiver.facts.malformed).toBe(1)
  })

  it('jumbo fragments', () => {
    const receiver = new Receiver()
    const body = Buffer.from(Array.from({ length: 30_000 }, (_, i) => i % 251))
    const outcomes = fragmentIpv4(udp(body), 8952).map((fragment) => receiver.take(ethernet(fragment)))
    expect(outcomes).toEqual([Decode.Fragment, Decode.Fragment, Decode.Fragment, Decode.Ok])
    expect(receiver.text).toBe(body.toString('latin1'))
  })

  it('a fragment that contradicts the others is malformed', () => {
    const receiver = new Receiver()
    receiver.take(raw(Buffer.alloc(16), 32, false))
    expect(receiver.take(raw(Buffer.alloc(16), 48, true))).toBe(Decode.Malformed)
    expect(receiver.take(raw(Buffer.alloc(8), 32, false))).toBe(Decode.Malformed)
    expect(receiver.take(raw(Buffer.alloc(12), 0, true))).toBe(Decode.Malformed)
    expect(receiver.take(raw(Buffer.alloc(0), 0, true))).toBe(Decode.Malformed)
    receiver.take(raw(Buffer.alloc(16), 32, true, { identification: 1 }))
    expect(receiver.take(raw(Buffer.alloc(8), 8, false, { identification: 1 }))).toBe(Decode.Malformed)
    expect(receiver.facts).toMatchObject({ malformed: 5, pending: 2 })
  })

  it('cut by the snap length: the first one is read as a cut datagram, the others are cut', () => {
    const receiver = new Receiver()
    const frames = frames4('x'.repeat(100), 64)
    expect(receiver.take(frames[0].subarray(0, 60))).toBe(Decode.Ok)
    expect(receiver.decoder.datagram).toMatchObject({ length: 60 - 14 - 28, announcedLength: 100, reassembled: false })
    expect(receiver.take(frames[1].subarray(0, 50))).toBe(Decode.Cut)
    expect(receiver.facts).toEqual(none)
  })

  it('datagrams wait 30 s of capture time', () => {
    const receiver = new Receiver()
    const [first, last] = frames4('0123456789abcdef', 16)
    receiver.take(first, 1000)
    expect(receiver.take(last, 1030)).toBe(Decode.Ok)
    receiver.take(first, 0xffff_fff0)
    expect(receiver.take(last, 0xffff_fff0 + 31)).toBe(Decode.Fragment)
    expect(receiver.facts).toEqual({
      ...none,
      fragments: 4,
      reassembled: 1,
      dropped: { ...undropped, fragmentSeconds: 1 },
      pending: 1,
    })
  })

  it('beyond 1024 unfinished datagrams the oldest is given up', () => {
    const receiver = new Receiver()
    const settings = (identification: number) => ({ identification })
    for (let id = 0; id < 1025; id++) receiver.take(frames4('0123456789abcdef', 16, settings(id))[0])
    expect(receiver.facts).toMatchObject({ dropped: { fragmentedDatagrams: 1 }, pending: 1024 })
    expect(receiver.take(frames4('0123456789abcdef', 16, settings(1))[1])).toBe(Decode.Ok)
    expect(receiver.take(frames4('0123456789abcdef', 16, settings(0))[1])).toBe(Decode.Fragment)
  })

  it('beyond 8 MiB of octets the oldest is given up', () => {
    const receiver = new Receiver()
    const piece = Buffer.alloc(65_504)
    for (let id = 0; id < 200; id++) receiver.take(raw(piece, 8, true, { identification: id }))
    const { dropped, pending } = receiver.facts
    expect(pending).toBe(128)
    expect(dropped).toEqual({ ...undropped, fragmentPieces: 72 })
  })

  it('a datagram in more than 512 pieces is given up', () => {
    const receiver = new Receiver()
    for (let i = 0; i < 513; i++) receiver.take(raw(Buffer.alloc(8), i * 16, true))
    expect(receiver.facts).toMatchObject({ dropped: { piecesOfDatagram: 1 }, pending: 0 })
  })

  it('after every kind of end all room is free again', () => {
    const receiver = new Receiver()
    const piece = Buffer.alloc(2048)
    for (let round = 0; round < 20; round++) {
      for (let id = 0; id < 1500; id++) {
        for (let at = 0; at < 8192; at += 4096) {
          receiver.take(raw(piece, at, true, { identification: id + round }), round * 100)
        }
      }
      for (let i = 0; i < 600; i++) receiver.take(raw(Buffer.alloc(8), i * 16, true), round * 100)
    }
    const body = Buffer.alloc(60_000, 0x62)
    const outcomes = fragmentIpv4(udp(body), 1480).map((fragment) => receiver.take(ethernet(fragment), 3000))
    expect(outcomes.at(-1)).toBe(Decode.Ok)
    expect(receiver.text).toBe(body.toString('latin1'))
    expect(receiver.facts.pending).toBe(0)
  })

  it('decoders that take turns share one table', () => {
    const buffer = new SharedArrayBuffer(FragmentTable.byteLength)
    const threads = [new Receiver(buffer, 0), new Receiver(buffer, 0), new Receiver(buffer, 0)]
    const outcomes = frames4('0123456789abcdef'.repeat(4), 8).map((frame, i) => threads[i % 3].take(frame))
    expect(outcomes.at(-1)).toBe(Decode.Ok)
    expect(threads[(outcomes.length - 1) % 3].text).toBe('0123456789abcdef'.repeat(4))
    expect(threads[0].facts).toEqual({ ...none, fragments: 9, reassembled: 1 })
  })

  it('any fragments at all: never an exception, never more than the room', () => {
    const receiver = new Receiver()
    const anything = fc.record({
      id: fc.nat(40),
      offset: fc.nat(8191),
      length: fc.nat(3000),
      more: fc.boolean(),
      seconds: fc.nat(40),
    })
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 50 }), (fragments) => {
        for (const { id, offset, length, more, seconds } of fragments) {
          const frame = raw(Buffer.alloc(more ? length & ~7 : length), offset * 8, more, { identification: id })
          receiver.take(frame, seconds)
        }
        expect(receiver.facts.pending).toBeLessThanOrEqual(41)
      }),
      { numRuns: 500 },
    )
  })

  it('an IPv6 fragment behind other extension headers keeps the protocol of the first', () => {
    const receiver = new Receiver()
    const [first, last] = [udp('0123456789abcdef').bytes.subarray(0, 16), udp('0123456789abcdef').bytes.subarray(16)]
    const frame = (piece: Buffer, type: number, offset: number, more: boolean) =>
      ethernet(ipv6(build.extension(0, build.fragmentHeader({ bytes: piece, type }, offset, more, 3))))
    expect(receiver.take(frame(last, 59, 16, false))).toBe(Decode.Fragment)
    expect(receiver.take(frame(first, 17, 0, true))).toBe(Decode.Ok)
    expect(receiver.text).toBe('0123456789abcdef')
  })
})
