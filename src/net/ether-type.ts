import { internetChecksum } from '../bytes/internet-checksum.ts'
import { Decode } from './datagram.ts'
import { enterSegment, Layer, type LayerCursor, missing, type Next } from './layer.ts'

/** EtherTypes (IEEE 802 numbers, IANA) that lead to IP. */
const EtherType = {
  Ipv4: 0x0800,
  CustomerVlan: 0x8100,
  Ipv6: 0x86dd,
  MplsUnicast: 0x8847,
  MplsMulticast: 0x8848,
  PppoeSession: 0x8864,
  ServiceVlan: 0x88a8,
  /** What switches used for the outer tag before 802.1ad. */
  LegacyServiceVlan: 0x9100,
} as const

/** The layer behind an EtherType; VLAN tags are taken off here. */
export function stepEtherType(cursor: LayerCursor): Next {
  switch (cursor.protocol) {
    case EtherType.Ipv4:
      return Layer.Ipv4
    case EtherType.Ipv6:
      return Layer.Ipv6
    case EtherType.CustomerVlan:
    case EtherType.ServiceVlan:
    case EtherType.LegacyServiceVlan:
      return stepVlanTag(cursor)
    case EtherType.MplsUnicast:
    case EtherType.MplsMulticast:
      return Layer.Mpls
    case EtherType.PppoeSession:
      return Layer.PppoeSession
    default:
      return Decode.Other
  }
}

/** 802.1Q: priority and VLAN id, then the EtherType of what is tagged, or the length of an LLC frame. */
function stepVlanTag(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 4 > cursor.end) return missing(cursor, 4)
  enterSegment(cursor, ((bytes[offset] & 0x0f) << 8) | bytes[offset + 1])
  const type = (bytes[offset + 2] << 8) | bytes[offset + 3]
  cursor.offset = offset + 4
  if (type <= 1500) return Layer.Llc
  cursor.protocol = type
  return Layer.EtherType
}

/** 802.2 LLC with SNAP (RFC 1042): AA AA 03, an organization of zeros, an EtherType. */
export function stepLlc(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 8 > cursor.end) return missing(cursor, 8)
  if (bytes[offset] !== 0xaa || bytes[offset + 1] !== 0xaa || bytes[offset + 2] !== 0x03) return Decode.Other
  const organization = (bytes[offset + 3] << 16) | (bytes[offset + 4] << 8) | bytes[offset + 5]
  // 00-00-F8 is the bridge-tunnel encapsulation of IEEE 802.1H.
  if (organization !== 0 && organization !== 0x0000f8) return Decode.Other
  cursor.protocol = (bytes[offset + 6] << 8) | bytes[offset + 7]
  cursor.offset = offset + 8
  return Layer.EtherType
}

/** PPPoE session stage (RFC 2516 §4): version and type 1, code 0, session id, length; then a PPP protocol field. */
export function stepPppoeSession(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 8 > cursor.end) return missing(cursor, 8)
  if (bytes[offset] !== 0x11 || bytes[offset + 1] !== 0) return Decode.Other
  enterSegment(cursor, (bytes[offset + 2] << 8) | bytes[offset + 3])
  cursor.offset = offset + 6
  return Layer.Ppp
}

/** PPP (RFC 1661 §2), in HDLC-like framing or not (RFC 1662 §3.1), with compressed protocol fields (§6.5). */
export function stepPpp(cursor: LayerCursor): Next {
  const { bytes } = cursor
  let { offset } = cursor
  if (offset + 4 > cursor.end) return missing(cursor, 4)
  if (bytes[offset] === 0xff && bytes[offset + 1] === 0x03) offset += 2
  const compressed = (bytes[offset] & 1) === 1
  const protocol = compressed ? bytes[offset] : (bytes[offset] << 8) | bytes[offset + 1]
  cursor.offset = offset + (compressed ? 1 : 2)
  if (protocol === 0x0021) return Layer.Ipv4
  if (protocol === 0x0057) return Layer.Ipv6
  return protocol === 0x0281 || protocol === 0x0283 ? Layer.Mpls : Decode.Other
}

/**
 * One entry of an MPLS label stack (RFC 3032 §2.1). Nothing says what lies below the last one: the first nibble tells
 * IP (RFC 4928 §3), 0 a pseudowire's control word before an Ethernet frame (RFC 4385 §3), and an Ethernet frame
 * without a control word is recognised by its EtherType: also where its destination address begins like IP.
 */
export function stepMpls(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 4 > cursor.end) return missing(cursor, 4)
  const bottomOfStack = (bytes[offset + 2] & 1) === 1
  cursor.offset = offset + 4
  if (!bottomOfStack) return Layer.Mpls
  enterSegment(cursor, (bytes[offset] << 12) | (bytes[offset + 1] << 4) | (bytes[offset + 2] >> 4))
  if (cursor.offset + 1 > cursor.end) return missing(cursor, 1)
  const nibble = bytes[offset + 4] >> 4
  if (nibble === 4 || nibble === 6) {
    const isFrame = looksLikeEthernet(bytes, offset + 4, cursor.end) && !isWholeIp(bytes, offset + 4, cursor.end)
    return isFrame ? Layer.Ethernet : nibble === 4 ? Layer.Ipv4 : Layer.Ipv6
  }
  if (nibble === 0 && looksLikeEthernet(bytes, offset + 8, cursor.end)) {
    cursor.offset = offset + 8
    return Layer.Ethernet
  }
  return looksLikeEthernet(bytes, offset + 4, cursor.end) ? Layer.Ethernet : Decode.Other
}

/** Whether a header of IPv4 has its checksum, or one of IPv6 the length of what is there. */
function isWholeIp(bytes: Uint8Array, offset: number, end: number): boolean {
  if (bytes[offset] >> 4 === 6) return ((bytes[offset + 4] << 8) | bytes[offset + 5]) === end - offset - 40
  const headerEnd = offset + ((bytes[offset] & 0x0f) << 2)
  return headerEnd <= end && headerEnd - offset >= 20 && internetChecksum(bytes, offset, headerEnd) === 0
}

/** True where an Ethernet header with an EtherType that leads to IP stands at `offset`. */
export function looksLikeEthernet(bytes: Uint8Array, offset: number, end: number): boolean {
  if (offset + 15 > end) return false
  const version = bytes[offset + 14] >> 4
  switch ((bytes[offset + 12] << 8) | bytes[offset + 13]) {
    case EtherType.Ipv4:
      return version === 4
    case EtherType.Ipv6:
      return version === 6
    case EtherType.CustomerVlan:
    case EtherType.ServiceVlan:
    case EtherType.MplsUnicast:
    case EtherType.PppoeSession:
      return true
    default:
      return false
  }
}
