import { Decode, Payload } from '../../src/net/datagram.ts'
import * as build from './frame-builder.ts'

const { ethernet, ipv4, ipv6, udp } = build

/** The datagram in every sample: SIP/2.0 from port 5060 to 5062. */
export const inner4 = ipv4(udp('SIP/2.0'))
export const inner6 = ipv6(udp('SIP/2.0'))
export const found4 = {
  outcome: Decode.Ok,
  payload: Payload.Udp,
  source: '203.0.113.1 5060',
  destination: '198.51.100.2 5062',
  text: 'SIP/2.0',
  announcedLength: 7,
}
export const found6 = { ...found4, source: '2001:db8::1 5060', destination: '2001:db8::2 5062' }
/** An IPv4 datagram in a tunnel between other addresses. */
const outer = (packet: build.Packet) => ethernet(ipv4(packet, { source: '192.0.2.8', destination: '192.0.2.9' }))
/** An address family as a little-endian machine writes it. */
export const little = (family: number) => [family, 0, 0, 0]

/** One frame for every link type, tag, extension header and tunnel that is read, with what is to be found in it. */
export const FRAMES: [name: string, frame: Buffer, linkType: number, found: typeof found4][] = [
  ['Ethernet II, IPv4 (RFC 894)', ethernet(inner4), 1, found4],
  ['Ethernet II, IPv6 (RFC 2464)', ethernet(inner6), 1, found6],
  ['Ethernet padding behind the IP total length', ethernet(inner4, Buffer.alloc(11, 0x20)), 1, found4],
  ['802.1Q', ethernet(build.vlan(inner4)), 1, found4],
  ['802.1ad with 802.1Q', ethernet(build.vlan(build.vlan(inner6), 20, 0x88a8)), 1, found6],
  ['0x9100 with 802.1Q', ethernet(build.vlan(build.vlan(inner4), 20, 0x9100)), 1, found4],
  ['802.3 with LLC and SNAP (RFC 1042)', llc8023(inner4), 1, found4],
  ['MPLS, two labels, IPv4 (RFC 3032)', ethernet(build.mpls([100, 200], inner4.bytes)), 1, found4],
  ['MPLS, IPv6', ethernet(build.mpls([100], inner6.bytes)), 1, found6],
  ['MPLS pseudowire with a control word (RFC 4385)', pseudowire([0, 0, 0, 1]), 1, found4],
  ['MPLS pseudowire without a control word', pseudowire([]), 1, found4],
  ['MPLS pseudowire to an address that begins like IPv4 (RFC 4928 §3)', pseudowire([], 0x46), 1, found4],
  ['MPLS pseudowire to an address that begins like IPv6', pseudowire([], 0x6a), 1, found4],
  ['PPPoE session, IPv4 (RFC 2516)', ethernet(build.pppoe(inner4)), 1, found4],
  ['PPPoE session, IPv6', ethernet(build.pppoe(inner6)), 1, found6],
  ['Linux cooked', build.linuxCooked(inner4), 113, found4],
  ['Linux cooked, VLAN', build.linuxCooked(build.vlan(inner6)), 113, found6],
  ['Linux cooked v2', build.linuxCooked2(inner6), 276, found6],
  ...[12, 14, 101].map((type): [string, Buffer, number, typeof found4] => [`raw ${type}`, inner4.bytes, type, found4]),
  ['raw IPv4 228', inner4.bytes, 228, found4],
  ['raw IPv6 229', inner6.bytes, 229, found6],
  ['null, little endian', build.octets(little(2), inner4.bytes), 0, found4],
  ['null, big endian', build.octets([0, 0, 0, 2], inner4.bytes), 0, found4],
  ...[10, 23, 24, 28, 30].map((family): [string, Buffer, number, typeof found4] => [
    `null, IPv6 as family ${family}`,
    build.octets(little(family), inner6.bytes),
    0,
    found6,
  ]),
  ['loop', build.octets([0, 0, 0, 24], inner6.bytes), 108, found6],
  ['PPP', build.ppp(inner4), 9, found4],
  ['PPP in HDLC framing (RFC 1662)', build.octets([0xff, 3], build.ppp(inner6)), 50, found6],
  ['PPP with a compressed protocol field (RFC 1661 §6.5)', build.octets([0x21], inner4.bytes), 9, found4],
  ['PPPoE link type', build.pppoe(inner4).bytes, 51, found4],
  ['an exported PDU of UDP', build.exportedPdu('SIP/2.0', '203.0.113.1', '198.51.100.2'), 252, found4],
  ['the same over IPv6', build.exportedPdu('SIP/2.0', '2001:db8::1', '2001:db8::2'), 252, found6],
  ['IPv4 options (RFC 791 §3.1)', ethernet(ipv4(udp('SIP/2.0'), { options: [1, 1, 1, 0] })), 1, found4],
  ['IPv4 total length 0: segmentation offload', ethernet(ipv4(udp('SIP/2.0'), { totalLength: 0 })), 1, found4],
  ['IPv6 extension headers (RFC 8200 §4)', ethernet(ipv6(chain(udp('SIP/2.0')))), 1, found6],
  ['IPv6 atomic fragment (RFC 6946)', ethernet(ipv6(build.fragmentHeader(udp('SIP/2.0'), 0, false, 9))), 1, found6],
  ['AH in IPv4 (RFC 4302)', ethernet(ipv4(build.authenticationHeader(udp('SIP/2.0')))), 1, found4],
  ['IPv4 in IPv4 (RFC 2003)', outer({ bytes: inner4.bytes, type: 4 }), 1, found4],
  ['IPv6 in IPv4 (RFC 4213)', outer({ bytes: inner6.bytes, type: 41 }), 1, found6],
  ['IPv4 in IPv6 (RFC 2473)', ethernet(ipv6({ bytes: inner4.bytes, type: 4 })), 1, found4],
  ['GRE (RFC 2784)', outer(build.gre(inner4)), 1, found4],
  [
    'GRE with checksum, key, sequence (RFC 2890)',
    outer(build.gre(inner6, { checksum: true, key: 1, sequence: 2 })),
    1,
    found6,
  ],
  ['GRE with Ethernet', outer(build.gre(build.bridged(ethernet(inner4)))), 1, found4],
  ['ERSPAN I', outer(build.gre(build.bridged(ethernet(inner4), 0x88be))), 1, found4],
  ['ERSPAN II', outer(build.gre(build.erspan2(ethernet(inner4)), { sequence: 1 })), 1, found4],
  ['ERSPAN III', outer(build.gre(build.erspan3(ethernet(inner6)), { sequence: 1 })), 1, found6],
  ['ERSPAN III, platform header', outer(build.gre(build.erspan3(ethernet(inner4), true), { sequence: 1 })), 1, found4],
  ['VXLAN (RFC 7348)', outer(build.vxlan(ethernet(inner4))), 1, found4],
  ['VXLAN, port 8472, VLAN inside', outer(build.vxlan(ethernet(build.vlan(inner6)), 8472)), 1, found6],
  ['Geneve, Ethernet (RFC 8926)', outer(build.geneve(build.bridged(ethernet(inner4)))), 1, found4],
  ['Geneve, IPv6, options', outer(build.geneve(inner6, [0, 1, 0, 1, 9, 9, 9, 9])), 1, found6],
  ['TZSP, as RouterOS streams it', outer(build.tzsp(ethernet(inner4))), 1, found4],
  [
    'TZSP, padding and tags of a sensor, a packet to be sent, VLAN inside',
    outer(build.tzsp(ethernet(build.vlan(inner6)), [0, 10, 1, 0xd0, 0, 0, 18, 1, 6, 60, 6, 1, 1, 1, 1, 1, 1], 1)),
    1,
    found6,
  ],
  ['GTP-U (TS 29.281)', outer(build.gtpUser(inner4)), 1, found4],
  ['GTP-U, sequence number', outer(build.gtpUser(inner6, 7)), 1, found6],
  [
    'GTP-U, extension headers',
    outer(
      build.gtpUser(inner4, 7, [
        [0x85, [1, 9]],
        [0xc0, [0, 0, 0, 0, 0, 0]],
      ]),
    ),
    1,
    found4,
  ],
  ['VXLAN in GRE in IPv6, VLAN', ethernet(build.vlan(ipv6(build.gre(ipv4(build.vxlan(ethernet(inner4))))))), 1, found4],
]

function chain(packet: build.Packet): build.Packet {
  return build.extension(0, build.extension(43, build.extension(60, build.authenticationHeader(packet), 2)))
}

function llc8023(inner: build.Packet): Buffer {
  const body = build.llcSnap(inner)
  return ethernet({ bytes: body, type: body.length })
}

/** @param first octet of the inner frame's destination */
function pseudowire(controlWord: number[], first = 2): Buffer {
  const inner = ethernet(inner4)
  inner[0] = first
  return ethernet(build.mpls([100], build.octets(controlWord, inner)))
}
