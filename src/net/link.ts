import { Decode } from './datagram.ts'
import { enterSegment, Layer, type LayerCursor, missing, type Next } from './layer.ts'

export const LINKTYPE_ETHERNET = 1
export const LINKTYPE_RAW = 101

/** The LINKTYPE_ values (https://www.tcpdump.org/linktypes.html) that are read, with their outermost layer. */
const LINK_TYPES: readonly (readonly [linkType: number, layer: Layer])[] = [
  // NULL and LOOP
  [0, Layer.Loopback],
  [108, Layer.Loopback],
  [LINKTYPE_ETHERNET, Layer.Ethernet],
  // PPP, PPP_HDLC, PPP_ETHER
  [9, Layer.Ppp],
  [50, Layer.Ppp],
  [51, Layer.PppoeSession],
  // RAW, and DLT_RAW of several systems, which some writers store as it is; IPV4; IPV6
  [LINKTYPE_RAW, Layer.Ip],
  [12, Layer.Ip],
  [14, Layer.Ip],
  [228, Layer.Ip],
  [229, Layer.Ip],
  // LINUX_SLL, LINUX_SLL2
  [113, Layer.LinuxCooked],
  [276, Layer.LinuxCooked2],
  // WIRESHARK_UPPER_PDU
  [252, Layer.ExportedPdu],
]

/** By LINKTYPE_ value: the outermost layer, 0 where it is not known. */
export const OUTERMOST_LAYERS = new Uint8Array(512)
for (const [linkType, layer] of LINK_TYPES) OUTERMOST_LAYERS[linkType] = layer

/** The outermost layer of a LINKTYPE_ value, or `Decode.UnknownLinkType`. */
export function outermostLayer(linkType: number): Next {
  const layer = linkType < OUTERMOST_LAYERS.length ? OUTERMOST_LAYERS[linkType] : 0
  return layer === 0 ? Decode.UnknownLinkType : (layer as Layer)
}

/** Ethernet II, or 802.3 with an LLC header where the type field is a length (IEEE 802.3 §3.2.6: up to 1500). */
export function stepEthernet(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 14 > cursor.end) return missing(cursor, 14)
  const type = (bytes[offset + 12] << 8) | bytes[offset + 13]
  cursor.offset = offset + 14
  if (type === 0x0800) return Layer.Ipv4
  if (type <= 1500) return Layer.Llc
  cursor.protocol = type
  return Layer.EtherType
}

/** Linux cooked capture, version 1: a 16-octet pseudo header that ends with the protocol. */
export function stepLinuxCooked(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 16 > cursor.end) return missing(cursor, 16)
  // The packet type tells the copy that came in from the one that went out.
  enterSegment(cursor, bytes[offset + 1])
  return cookedProtocol(cursor, (bytes[offset + 14] << 8) | bytes[offset + 15], 16)
}

/** Linux cooked capture, version 2: a 20-octet pseudo header that begins with the protocol. */
export function stepLinuxCooked2(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 20 > cursor.end) return missing(cursor, 20)
  // The interface index, and whether the packet came in or went out.
  enterSegment(cursor, (bytes[offset + 6] << 16) | (bytes[offset + 7] << 8) | bytes[offset + 10])
  return cookedProtocol(cursor, (bytes[offset] << 8) | bytes[offset + 1], 20)
}

function cookedProtocol(cursor: LayerCursor, protocol: number, headerLength: number): Next {
  cursor.offset += headerLength
  // ETH_P_802_2 of linux/if_ether.h: an LLC header follows. 0x0001 is Novell's 802.3 without one.
  if (protocol === 0x0004) return Layer.Llc
  cursor.protocol = protocol
  return Layer.EtherType
}

/** BSD null and loop: the address family, for null in the byte order of the machine that captured. */
export function stepLoopback(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 4 > cursor.end) return missing(cursor, 4)
  const high = (bytes[offset] << 8) | bytes[offset + 1]
  const low = (bytes[offset + 2] << 8) | bytes[offset + 3]
  const family = high === 0 ? low : low === 0 ? (bytes[offset + 1] << 8) | bytes[offset] : 0
  cursor.offset = offset + 4
  return isInternetFamily(family) ? Layer.Ip : Decode.Other
}

/** AF_INET, and AF_INET6 of Linux (10), Windows (23), NetBSD and OpenBSD (24), FreeBSD (28) and Darwin (30). */
function isInternetFamily(family: number): boolean {
  return family === 2 || family === 10 || family === 23 || family === 24 || family === 28 || family === 30
}
