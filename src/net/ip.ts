import { Decode } from './datagram.ts'
import type { FragmentTable } from './fragments.ts'
import { stepIcmp } from './icmp.ts'
import { Layer, type LayerCursor, missing, type Next, UNKNOWN_END } from './layer.ts'
import { stepUdp } from './transport.ts'

/** IP protocol numbers (IANA), IPv6 extension headers among them. */
export const IpProtocol = {
  HopByHop: 0,
  Icmp: 1,
  Ipv4: 4,
  Tcp: 6,
  Udp: 17,
  Ipv6: 41,
  Routing: 43,
  Fragment: 44,
  Gre: 47,
  Authentication: 51,
  Icmpv6: 58,
  DestinationOptions: 60,
  EtherIp: 97,
  MplsInIp: 137,
} as const

/** IPv4 or IPv6 by the version nibble. */
export function stepIp(cursor: LayerCursor): Next {
  if (cursor.offset >= cursor.end) return missing(cursor, 1)
  const version = cursor.bytes[cursor.offset] >> 4
  return version === 4 ? Layer.Ipv4 : version === 6 ? Layer.Ipv6 : Decode.Malformed
}

/** IPv4 (RFC 791 §3.1). What lies behind the total length is the link's padding or trailer and is cut off. */
export function stepIpv4(cursor: LayerCursor, fragments: FragmentTable): Next {
  const { bytes, offset, datagram } = cursor
  if (offset + 20 > cursor.end) return missing(cursor, 20)
  const versionAndLength = bytes[offset]
  const headerLength = (versionAndLength & 0x0f) << 2
  const totalLength = (bytes[offset + 2] << 8) | bytes[offset + 3]
  if (versionAndLength >> 4 !== 4 || headerLength < 20) return Decode.Malformed
  if (totalLength === 0) {
    // Segmentation offload: the length is filled in after the capture point, so what was captured is the datagram.
    cursor.announcedEnd = UNKNOWN_END
  } else {
    if (totalLength < headerLength) return Decode.Malformed
    cursor.announcedEnd = offset + totalLength
    if (cursor.announcedEnd < cursor.end) cursor.end = cursor.announcedEnd
  }
  if (offset + headerLength > cursor.end) return missing(cursor, headerLength)
  datagram.bytes = bytes
  datagram.addressLength = 4
  datagram.sourceAddressOffset = offset + 12
  datagram.destinationAddressOffset = offset + 16
  cursor.identification = (bytes[offset + 4] << 8) | bytes[offset + 5]
  datagram.ipIdentification = cursor.identification
  cursor.offset = offset + headerLength
  cursor.protocol = bytes[offset + 9]
  const fragment = ((bytes[offset + 6] << 8) | bytes[offset + 7]) & 0x3fff
  if (fragment !== 0) return stepFragment(cursor, fragments, (fragment & 0x1fff) << 3, fragment >= 0x2000)
  return cursor.protocol === IpProtocol.Udp ? stepUdp(cursor) : Layer.IpProtocol
}

/** IPv6 (RFC 8200 §3). Payload length 0 is a jumbogram (RFC 2675) or segmentation offload: what was captured counts. */
export function stepIpv6(cursor: LayerCursor): Next {
  const { bytes, offset, datagram } = cursor
  if (offset + 40 > cursor.end) return missing(cursor, 40)
  if (bytes[offset] >> 4 !== 6) return Decode.Malformed
  const payloadLength = (bytes[offset + 4] << 8) | bytes[offset + 5]
  cursor.announcedEnd = payloadLength === 0 ? UNKNOWN_END : offset + 40 + payloadLength
  if (cursor.announcedEnd < cursor.end) cursor.end = cursor.announcedEnd
  datagram.bytes = bytes
  datagram.addressLength = 16
  datagram.sourceAddressOffset = offset + 8
  datagram.destinationAddressOffset = offset + 24
  datagram.ipIdentification = 0
  cursor.offset = offset + 40
  cursor.protocol = bytes[offset + 6]
  return cursor.protocol === IpProtocol.Udp ? stepUdp(cursor) : Layer.IpProtocol
}

/** The layer of an IP protocol number; extension headers (RFC 8200 §4) are stepped over one at a time. */
export function stepIpProtocol(cursor: LayerCursor, fragments: FragmentTable): Next {
  switch (cursor.protocol) {
    case IpProtocol.Udp:
      return Layer.Udp
    case IpProtocol.Tcp:
      return Layer.Tcp
    case IpProtocol.Ipv4:
      return Layer.Ipv4
    case IpProtocol.Ipv6:
      return Layer.Ipv6
    case IpProtocol.Icmp:
      return cursor.datagram.addressLength === 4 ? stepIcmp(cursor) : Decode.Other
    case IpProtocol.Icmpv6:
      return cursor.datagram.addressLength === 16 ? stepIcmp(cursor) : Decode.Other
    case IpProtocol.Gre:
      return Layer.Gre
    case IpProtocol.MplsInIp:
      return Layer.Mpls
    case IpProtocol.EtherIp:
      return stepEtherIp(cursor)
    case IpProtocol.Authentication:
      // RFC 4302 §2.2: the length counts words of four octets, less two.
      return stepExtension(cursor, 4, 8)
    case IpProtocol.HopByHop:
    case IpProtocol.Routing:
    case IpProtocol.DestinationOptions:
      return cursor.datagram.addressLength === 16 ? stepExtension(cursor, 8, 8) : Decode.Other
    case IpProtocol.Fragment:
      return cursor.datagram.addressLength === 16 ? stepFragmentHeader(cursor, fragments) : Decode.Other
    default:
      return Decode.Other
  }
}

/** An extension header: next header, then its length in units of `unit` octets beyond the first `base` octets. */
function stepExtension(cursor: LayerCursor, unit: number, base: number): Next {
  const { bytes, offset } = cursor
  if (offset + 8 > cursor.end) return missing(cursor, 8)
  const length = base + bytes[offset + 1] * unit
  if (offset + length > cursor.end) return missing(cursor, length)
  cursor.protocol = bytes[offset]
  cursor.offset = offset + length
  return Layer.IpProtocol
}

/** The IPv6 fragment header (RFC 8200 §4.5). An atomic fragment (RFC 6946 §4) is a whole datagram of its own. */
function stepFragmentHeader(cursor: LayerCursor, fragments: FragmentTable): Next {
  const { bytes, offset } = cursor
  if (offset + 8 > cursor.end) return missing(cursor, 8)
  const fragment = (bytes[offset + 2] << 8) | bytes[offset + 3]
  const fragmentOffset = fragment & 0xfff8
  const more = (fragment & 1) === 1
  cursor.protocol = bytes[offset]
  cursor.identification =
    (bytes[offset + 4] << 24) | (bytes[offset + 5] << 16) | (bytes[offset + 6] << 8) | bytes[offset + 7]
  cursor.offset = offset + 8
  if (fragmentOffset === 0 && !more) return Layer.IpProtocol
  return stepFragment(cursor, fragments, fragmentOffset, more)
}

/**
 * Hands a fragment to the table. One that the snap length cut can never make a whole datagram: a first fragment is read
 * for what it shows, so that the cut datagram is counted under its own addresses; the others say nothing.
 */
function stepFragment(cursor: LayerCursor, fragments: FragmentTable, fragmentOffset: number, more: boolean): Next {
  if (cursor.end < cursor.announcedEnd) return fragmentOffset === 0 ? Layer.IpProtocol : Decode.Cut
  return fragments.take(cursor, fragmentOffset, more)
}

/** EtherIP (RFC 3378 §2): version 3, twelve reserved bits, an Ethernet frame. */
function stepEtherIp(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 2 > cursor.end) return missing(cursor, 2)
  if (bytes[offset] !== 0x30) return Decode.Other
  cursor.offset = offset + 2
  return Layer.Ethernet
}
