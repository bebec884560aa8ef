import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { formatAddress } from '../../src/net/addresses.ts'
import { Decode, Payload } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { readIcmpError } from '../../src/net/icmp-error.ts'
import * as build from './frame-builder.ts'

const { ethernet, icmp, icmpv6, ipv4, ipv6, udp, tcp, u16, u32 } = build

const RTP = { sourcePort: 30_000, destinationPort: 40_000 }
/** The first 28 octets are what RFC 792 asks for: the IP header and eight octets behind it. */
const LOST = ipv4(udp(Buffer.alloc(172, 0x80), RTP), { source: '192.0.2.1', destination: '198.51.100.2' }).bytes
const LOST6 = ipv6(udp(Buffer.alloc(172, 0x80), RTP)).bytes
const ENDS = {
  transport: 'udp',
  source: { address: '192.0.2.1', port: 30_000 },
  destination: { address: '198.51.100.2', port: 40_000 },
}
const ENDS6 = {
  transport: 'udp',
  source: { address: '2001:db8::1', port: 30_000 },
  destination: { address: '2001:db8::2', port: 40_000 },
}
const MALFORMED = { kind: 'malformed', reason: 'icmp-error-without-datagram' }

function decode(frame: Uint8Array) {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  const outcome = decoder.decode(frame, { dataOffset: 0, capturedLength: frame.length, linkType: 1, seconds: 0 })
  const d = decoder.datagram
  if (outcome !== Decode.Ok) return { outcome, payload: d.payload }
  const from = formatAddress(d.bytes, d.sourceAddressOffset, d.addressLength)
  const to = formatAddress(d.bytes, d.destinationAddressOffset, d.addressLength)
  const octets = d.bytes.slice(d.offset, d.offset + d.length)
  return { payload: d.payload, from, to, error: readIcmpError(octets, d.addressLength === 16, false) }
}

const read = (message: build.Packet, isCut = false) => readIcmpError(message.bytes, message.type === 58, isCut)

describe('ICMP errors in frames', () => {
  const unreachable = ipv4(icmp(3, 3, LOST.subarray(0, 28)), { source: '198.51.100.2', destination: '192.0.2.1' })
  const found = {
    payload: Payload.Icmp,
    from: '198.51.100.2',
    to: '192.0.2.1',
    error: { type: 3, code: 3, kind: 'port-unreachable', ...ENDS },
  }

  it('is an error, and what it quotes is no datagram of its own', () => {
    expect(decode(ethernet(unreachable))).toEqual(found)
    const quotesSip = ipv4(udp('INVITE sip:bob@example.com SIP/2.0\r\n')).bytes
    expect(decode(ethernet(ipv4(icmp(3, 3, quotesSip))))).toMatchObject({ payload: Payload.Icmp })
  })

  it('of ICMPv6 within IPv6 (RFC 4443 §3.1), extension headers before it', () => {
    const error = icmpv6(1, 4, LOST6)
    const found6 = { payload: Payload.Icmp, error: { type: 1, code: 4, kind: 'port-unreachable', ...ENDS6 } }
    expect(decode(ethernet(ipv6(error)))).toMatchObject(found6)
    expect(decode(ethernet(ipv6(build.extension(0, error))))).toMatchObject(found6)
  })

  it.each([
    ['a VLAN', ethernet(build.vlan(unreachable))],
    ['GRE', ethernet(ipv4(build.gre(unreachable)))],
    ['VXLAN', ethernet(ipv4(build.vxlan(ethernet(unreachable))))],
    ['GTP-U', ethernet(ipv4(build.gtpUser(unreachable)))],
  ])('within %s', (_name, frame) => {
    expect(decode(frame)).toEqual(found)
  })

  it('put together from fragments', () => {
    const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
    const frames = build.fragmentIpv4(icmp(3, 3, LOST), 104).map((packet) => ethernet(packet))
    const outcomes = frames.map((frame) =>
      decoder.decode(frame, { dataOffset: 0, capturedLength: frame.length, linkType: 1, seconds: 0 }),
    )
    expect(outcomes).toEqual([Decode.Fragment, Decode.Ok])
    expect(decoder.datagram).toMatchObject({ payload: Payload.Icmp, length: 8 + LOST.length })
  })

  it.each([
    ['an echo', ipv4(icmp(8, 0, LOST))],
    ['a redirect', ipv4(icmp(5, 1, LOST))],
    ['ICMPv6 within IPv4', ipv4(icmpv6(1, 4, LOST6))],
    ['ICMP within IPv6', ipv6(icmp(3, 3, LOST))],
    ['a neighbour solicitation', ipv6(icmpv6(135, 0, LOST6))],
    ['an echo of ICMPv6', ipv6(icmpv6(128, 0, LOST6))],
  ])('%s says nothing of a datagram', (_name, packet) => {
    expect(decode(ethernet(packet))).toEqual({ outcome: Decode.Other, payload: Payload.None })
  })

  it('a message that ends in its header is malformed, or cut where the snap length took the rest', () => {
    const short = ipv4({ bytes: Buffer.from([3, 3, 0, 0]), type: 1 })
    expect(decode(build.octets([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], u16(short.type), short.bytes))).toEqual({
      outcome: Decode.Malformed,
      payload: Payload.None,
    })
    expect(decode(ethernet(unreachable).subarray(0, 14 + 20 + 4)).outcome).toBe(Decode.Cut)
  })
})

describe('what an ICMP error says', () => {
  test.each([
    [0, 'network-unreachable'],
    [1, 'host-unreachable'],
    [2, 'protocol-unreachable'],
    [3, 'port-unreachable'],
    [4, 'too-big'],
    [5, 'source-route-failed'],
    [6, 'network-unreachable'],
    [7, 'host-unreachable'],
    [8, 'unreachable'],
    [9, 'prohibited'],
    [10, 'prohibited'],
    [13, 'prohibited'],
    [15, 'prohibited'],
    [16, 'unreachable'],
    [255, 'unreachable'],
  ])('destination unreachable, code %i: %s (RFC 792, RFC 1812 §5.2.7.1)', (code, kind) => {
    expect(read(icmp(3, code, LOST))).toEqual({ type: 3, code, kind, ...ENDS })
  })

  test.each([
    [0, 'network-unreachable'],
    [1, 'prohibited'],
    [2, 'unreachable'],
    [3, 'host-unreachable'],
    [4, 'port-unreachable'],
    [5, 'prohibited'],
    [6, 'prohibited'],
    [7, 'source-route-failed'],
    [8, 'unreachable'],
  ])('of ICMPv6, code %i: %s (RFC 4443 §3.1)', (code, kind) => {
    expect(read(icmpv6(1, code, LOST6))).toEqual({ type: 1, code, kind, ...ENDS6 })
  })

  test.each([
    ['too big (RFC 1191 §4)', icmp(3, 4, LOST, [0, 0, ...u16(1400)]), { kind: 'too-big', mtu: 1400, ...ENDS }],
    ['too big, by a router that says no MTU', icmp(3, 4, LOST), { kind: 'too-big', ...ENDS }],
    ['packet too big (RFC 4443 §3.2)', icmpv6(2, 0, LOST6, u32(1280)), { kind: 'too-big', mtu: 1280, ...ENDS6 }],
    ['time exceeded (RFC 792)', icmp(11, 0, LOST), { kind: 'ttl-exceeded', ...ENDS }],
    ['reassembly time exceeded', icmp(11, 1, LOST), { kind: 'fragments-missing', ...ENDS }],
    ['time exceeded of ICMPv6 (RFC 4443 §3.3)', icmpv6(3, 0, LOST6), { kind: 'ttl-exceeded', ...ENDS6 }],
    ['reassembly time exceeded of ICMPv6', icmpv6(3, 1, LOST6), { kind: 'fragments-missing', ...ENDS6 }],
  ])('%s', (_name, message, error) => {
    expect(read(message)).toEqual({ type: message.bytes[0], code: message.bytes[1], ...error })
  })

  test('of TCP, of IPv4 with options, of the first of several fragments', () => {
    const ports = { sourcePort: 30_000, destinationPort: 40_000 }
    const ends = { source: '192.0.2.1', destination: '198.51.100.2' }
    expect(read(icmp(3, 1, ipv4(tcp('', ports), ends).bytes))).toMatchObject({ ...ENDS, transport: 'tcp' })
    expect(read(icmp(3, 3, ipv4(udp('', ports), { ...ends, options: [1, 1, 1, 0] }).bytes))).toMatchObject(ENDS)
    const [first, second] = build.fragmentIpv4(udp(Buffer.alloc(200), RTP), 104, ends)
    expect(read(icmp(11, 1, first.bytes))).toMatchObject(ENDS)
    expect(read(icmp(3, 3, second.bytes))).toBeUndefined()
  })

  test('behind extension headers of IPv6 (RFC 8200 §4), and nothing of a later fragment', () => {
    const behind = (inner: build.Packet) => icmpv6(1, 4, ipv6(inner).bytes)
    const inner = udp('', RTP)
    for (const type of [0, 43, 60]) expect(read(behind(build.extension(type, inner, 1)))).toMatchObject(ENDS6)
    expect(read(behind(build.authenticationHeader(inner)))).toMatchObject(ENDS6)
    expect(read(behind(build.fragmentHeader(inner, 0, true, 7)))).toMatchObject(ENDS6)
    expect(read(behind(build.fragmentHeader(inner, 1232, false, 7)))).toBeUndefined()
  })

  test('extensions are no part of what is quoted (RFC 4884 §4.1)', () => {
    const padded = Buffer.concat([LOST6.subarray(0, 40), Buffer.alloc(88)])
    const extensionHeaders = build.octets(padded, [0x20, 0, 0, 0], Buffer.alloc(8))
    expect(read(icmpv6(1, 4, extensionHeaders, [16, 0, 0, 0]))).toMatchObject({ kind: 'port-unreachable' })
    const [hop] = [ipv6(build.extension(60, udp('', RTP), 10)).bytes]
    // The datagram's ports would stand in the extensions.
    expect(read(icmpv6(1, 4, build.octets(hop.subarray(0, 128), Buffer.alloc(40, 1)), [16, 0, 0, 0]))).toEqual(
      MALFORMED,
    )
    expect(read(icmpv6(1, 4, hop))).toMatchObject(ENDS6)
    const before = icmp(3, 3, build.octets(LOST.subarray(0, 28), Buffer.alloc(100), [0x20, 0, 0, 0]), [0, 32, 0, 0])
    expect(read(before)).toMatchObject(ENDS)
  })

  test.each([
    ['an echo', ipv4(icmp(8, 0, [])).bytes],
    ['ESP', ipv4({ bytes: Buffer.alloc(40), type: 50 }).bytes],
  ])('nothing where it quotes %s', (_name, quoted) => {
    expect(read(icmp(3, 1, quoted))).toBeUndefined()
  })

  test.each([
    ['nothing', icmp(3, 3, [])],
    ['another version of IP', icmp(3, 3, LOST6)],
    ['a header too short', icmp(3, 3, [0x44, ...LOST.subarray(1, 28)])],
    ['a part of the header', icmp(3, 3, LOST.subarray(0, 19))],
    ['no ports', icmp(3, 3, LOST.subarray(0, 23))],
    ['a part of the header of IPv6', icmpv6(1, 4, LOST6.subarray(0, 39))],
    ['a part of an extension header', icmpv6(1, 4, ipv6(build.extension(0, udp('', RTP))).bytes.subarray(0, 44))],
  ])('malformed where it quotes %s', (_name, message) => {
    expect(read(message)).toEqual(MALFORMED)
  })

  test('nothing of what the snap length cut off', () => {
    expect(read(icmp(3, 3, LOST.subarray(0, 20)), true)).toBeUndefined()
    expect(read(icmp(3, 3, [0x64, ...LOST.subarray(1, 20)]), true)).toEqual(MALFORMED)
  })

  test('whatever the octets, it reads and never throws', () => {
    const types = fc.constantFrom(1, 2, 3, 11)
    const quotes = fc.oneof(
      fc.uint8Array({ maxLength: 200, size: 'max' }),
      fc
        .tuple(fc.constantFrom(LOST, LOST6), fc.nat({ max: 90 }), fc.nat({ max: 255 }), fc.nat({ max: 212 }))
        .map(([datagram, at, octet, length]) => {
          const changed = Uint8Array.from(datagram)
          changed[at] = octet
          return changed.subarray(0, length)
        }),
    )
    fc.assert(
      fc.property(types, fc.nat({ max: 255 }), quotes, fc.boolean(), fc.boolean(), (type, code, quoted, six, isCut) => {
        const message = icmp(type, code, quoted)
        const found = readIcmpError(message.bytes, six, isCut)
        if (found === undefined || found.kind === 'malformed') return
        for (const { address, port } of [found.source, found.destination]) {
          expect(address.includes(':')).toBe(six)
          expect(port).toBeLessThan(65_536)
        }
      }),
    )
  })
})

/** What Linux 6 sends, up to the ports of what it quotes. */
const OF_LINUX: readonly (readonly [what: string, frame: string, says: string])[] = [
  [
    'a closed port',
    '6e5d299cce09ee81dc838dd0080045c000e436e7000040015620c000020ac63364140303659400000000450000c8f71a4000' +
      '3f1157b8c6336414c000020a9c42753000b4ed17',
    'port-unreachable 198.51.100.20:40002 > 192.0.2.10:30000 by 192.0.2.10',
  ],
  [
    'a closed port, IPv6',
    'ee81dc838dd06e5d299cce0986dd600e3cda00e43a3f20010db8000b0000000000000000002020010db8000a000000000000' +
      '000000100104a9f800000000600e23ab00b4113f20010db8000a0000000000000000001020010db8000b0000000000000000002075309c4000b45c7c',
    'port-unreachable 2001:db8:a::10:30000 > 2001:db8:b::20:40000 by 2001:db8:b::20',
  ],
  [
    'a host that is gone',
    'ee81dc838dd06e5d299cce09080045c001d09828000040015c39c0000201c000020a0301d8d400000000450001b43fa84000' +
      '3f110e3fc000020ac633641413c413c401a0ee03',
    'host-unreachable 192.0.2.10:5060 > 198.51.100.20:5060 by 192.0.2.1',
  ],
  [
    'a TTL that ran out',
    'ee81dc838dd06e5d299cce09080045c001d0f91900004001fb47c0000201c000020a0b00d0d500000000450001b410724000' +
      '01117b75c000020ac633641413c413c401a0ee03',
    'ttl-exceeded 192.0.2.10:5060 > 198.51.100.20:5060 by 192.0.2.1',
  ],
  [
    'a link of 1,300 octets',
    'ee81dc838dd06e5d299cce09080045c00240faa100004001f94fc0000201c000020a03043e66000005144500059e00004000' +
      '401148fdc000020ac633641413c413c4058af1ed',
    'too-big 192.0.2.10:5060 > 198.51.100.20:5060 by 192.0.2.1, 1300',
  ],
  [
    'the same, IPv6',
    'ee81dc838dd06e5d299cce0986dd600e73f904d83a4020010db8000a0000000000000000000120010db8000a000000000000' +
      '000000100200bad000000514600d582a05aa114020010db8000a0000000000000000001020010db8000b0000000000000000002013c413c405aa6172',
    'too-big 2001:db8:a::10:5060 > 2001:db8:b::20:5060 by 2001:db8:a::1, 1300',
  ],
  [
    'a fragment that never came',
    'ee81dc838dd06e5d299cce09080045c00240ee5700003f019e53c6336414c000020a0b014ba900000000450005dc1a942000' +
      '3f114f2bc000020ac633641413c413c40756dff5',
    'fragments-missing 192.0.2.10:5060 > 198.51.100.20:5060 by 198.51.100.20',
  ],
]

test.each(OF_LINUX)('%s, as Linux tells of it', (_what, frame, says) => {
  const { from, error } = decode(Buffer.from(frame, 'hex'))
  if (error === undefined || error.kind === 'malformed') throw new Error('nothing was read')
  const [source, destination] = [error.source, error.destination].map(({ address, port }) => `${address}:${port}`)
  const mtu = error.mtu === undefined ? '' : `, ${error.mtu}`
  expect(`${error.kind} ${source} > ${destination} by ${from}${mtu}`).toBe(says)
})
