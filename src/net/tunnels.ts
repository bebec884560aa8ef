import { Decode } from './datagram.ts'
import { looksLikeEthernet } from './ether-type.ts'
import { enterSegment, Layer, type LayerCursor, missing, type Next } from './layer.ts'

/** UDP destination ports under which a tunnel is looked for. Media may use them too: the header must fit as well. */
export const TunnelPort = {
  GtpUser: 2152,
  Vxlan: 4789,
  /** What Linux used before the port of RFC 7348 was assigned. */
  LinuxVxlan: 8472,
  Geneve: 6081,
  /** What the sniffer of RouterOS and wireless sensors stream to. */
  Tzsp: 37008,
} as const

const TRANSPARENT_ETHERNET = 0x6558
const ERSPAN = 0x88be
const ERSPAN_III = 0x22eb
const PPP_IN_GRE = 0x880b

/** GRE (RFC 2784, RFC 2890), the mirrored frames of ERSPAN I to III in it, and PPTP's version 1 (RFC 2637 §4.1). */
export function stepGre(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 4 > cursor.end) return missing(cursor, 4)
  const flags = bytes[offset]
  const version = bytes[offset + 1] & 0x07
  const protocol = (bytes[offset + 2] << 8) | bytes[offset + 3]
  // Source routing (RFC 1701) was withdrawn by RFC 2784 and is not walked.
  if ((flags & 0x40) !== 0) return Decode.Other
  const checksum = (flags & 0x80) !== 0 ? 4 : 0
  const key = (flags & 0x20) !== 0 ? 4 : 0
  const sequence = (flags & 0x10) !== 0 ? 4 : 0
  const acknowledgment = version === 1 && (bytes[offset + 1] & 0x80) !== 0 ? 4 : 0
  const length = 4 + checksum + key + sequence + acknowledgment
  if (offset + length > cursor.end) return missing(cursor, length)
  if (key !== 0) {
    const at = offset + 4 + checksum
    enterSegment(cursor, (bytes[at + 2] << 8) | bytes[at + 3])
  }
  cursor.offset = offset + length
  cursor.protocol = protocol
  if (version === 1) return protocol === PPP_IN_GRE ? Layer.Ppp : Decode.Other
  if (version !== 0) return Decode.Other
  if (protocol === TRANSPARENT_ETHERNET) return Layer.Ethernet
  // Type I has neither a sequence number nor a header of its own.
  if (protocol === ERSPAN) return sequence === 0 ? Layer.Ethernet : stepErspan2(cursor)
  return protocol === ERSPAN_III ? stepErspan3(cursor) : Layer.EtherType
}

/** ERSPAN type II (draft-foschiano-erspan §4.2): eight octets, version 1. */
function stepErspan2(cursor: LayerCursor): Next {
  if (cursor.offset + 8 > cursor.end) return missing(cursor, 8)
  if (cursor.bytes[cursor.offset] >> 4 !== 1) return Decode.Other
  cursor.offset += 8
  return Layer.Ethernet
}

/** ERSPAN type III (draft-foschiano-erspan §4.3): twelve octets, version 2, and eight more where the O bit is set. */
function stepErspan3(cursor: LayerCursor): Next {
  const { bytes, offset } = cursor
  if (offset + 12 > cursor.end) return missing(cursor, 12)
  if (bytes[offset] >> 4 !== 2) return Decode.Other
  const length = (bytes[offset + 11] & 1) === 1 ? 20 : 12
  if (offset + length > cursor.end) return missing(cursor, length)
  // FT 0 is an Ethernet frame, 2 an IP packet (§4.3).
  const frameType = (bytes[offset + 10] >> 2) & 0x1f
  cursor.offset = offset + length
  return frameType === 0 ? Layer.Ethernet : frameType === 2 ? Layer.Ip : Decode.Other
}

/**
 * The layer inside a UDP datagram to a tunnel's port. Where the payload does not begin with that tunnel's header, the
 * datagram is an ordinary one: `Decode.Ok`.
 */
export function recogniseTunnel(cursor: LayerCursor): Next {
  const { datagram } = cursor
  const end = datagram.offset + datagram.length
  const inner =
    datagram.destinationPort === TunnelPort.GtpUser
      ? enterGtpUser(cursor, datagram.offset, end)
      : datagram.destinationPort === TunnelPort.Geneve
        ? enterGeneve(cursor, datagram.offset, end)
        : datagram.destinationPort === TunnelPort.Tzsp
          ? enterTzsp(cursor, datagram.offset, end)
          : enterVxlan(cursor, datagram.offset, end)
  if (inner !== Decode.Ok) {
    cursor.end = end
    cursor.announcedEnd = datagram.offset + datagram.announcedLength
  }
  return inner
}

/** VXLAN (RFC 7348 §5): flag I, a network identifier, all else zero but for the bits of the group policy extension. */
function enterVxlan(cursor: LayerCursor, offset: number, end: number): Next {
  const { bytes } = cursor
  if (offset + 8 > end || (bytes[offset] & 0x7f) !== 0x08 || (bytes[offset + 1] & ~0x48) !== 0) return Decode.Ok
  // Without the G bit (draft-smith-vxlan-group-policy) there is no group policy id.
  if (bytes[offset] === 0x08 && (bytes[offset + 1] | bytes[offset + 2] | bytes[offset + 3]) !== 0) return Decode.Ok
  if (bytes[offset + 7] !== 0) return Decode.Ok
  enterSegment(cursor, (bytes[offset + 4] << 16) | (bytes[offset + 5] << 8) | bytes[offset + 6])
  cursor.offset = offset + 8
  return Layer.Ethernet
}

/** Geneve (RFC 8926 §3.4): version 0, options of up to 252 octets, an EtherType. */
function enterGeneve(cursor: LayerCursor, offset: number, end: number): Next {
  const { bytes } = cursor
  if (offset + 8 > end || bytes[offset] >> 6 !== 0 || (bytes[offset + 1] & 0x3f) !== 0) return Decode.Ok
  const length = 8 + ((bytes[offset] & 0x3f) << 2)
  const protocol = (bytes[offset + 2] << 8) | bytes[offset + 3]
  if (offset + length > end || bytes[offset + 7] !== 0) return Decode.Ok
  if (protocol !== TRANSPARENT_ETHERNET && protocol !== 0x0800 && protocol !== 0x86dd) return Decode.Ok
  enterSegment(cursor, (bytes[offset + 4] << 16) | (bytes[offset + 5] << 8) | bytes[offset + 6])
  cursor.offset = offset + length
  cursor.protocol = protocol
  return protocol === TRANSPARENT_ETHERNET ? Layer.Ethernet : Layer.EtherType
}

const TZSP_PADDING = 0
const TZSP_END = 1
const TZSP_ETHERNET = 1

/**
 * TZSP, the TaZmen Sniffer Protocol: version 1, a packet that was received (0) or is to be sent (1), what it is of, and tags
 * up to the one that ends them. STUN, whose responses begin alike, has lengths of whole words where Ethernet's 1 stands.
 */
function enterTzsp(cursor: LayerCursor, offset: number, end: number): Next {
  const { bytes } = cursor
  if (offset + 5 > end || bytes[offset] !== 1 || bytes[offset + 1] > 1) return Decode.Ok
  if (((bytes[offset + 2] << 8) | bytes[offset + 3]) !== TZSP_ETHERNET) return Decode.Ok
  let at = offset + 4
  // Each tag takes an octet at least, so the datagram's length bounds the walk. A frame follows the last one.
  while (at + 1 < end && bytes[at] !== TZSP_END) at += bytes[at] === TZSP_PADDING ? 1 : 2 + bytes[at + 1]
  if (at + 1 >= end) return Decode.Ok
  cursor.offset = at + 1
  return Layer.Ethernet
}

/**
 * GTP-U (3GPP TS 29.281 §5.1): version 1, protocol type GTP, message G-PDU. Any of the flags E, S and PN brings four
 * octets more; extension headers (§5.2.1) count words of four octets and end with the type of the next one.
 */
function enterGtpUser(cursor: LayerCursor, offset: number, end: number): Next {
  const { bytes, datagram } = cursor
  if (offset + 8 > end || (bytes[offset] & 0xf8) !== 0x30 || bytes[offset + 1] !== 0xff) return Decode.Ok
  const length = (bytes[offset + 2] << 8) | bytes[offset + 3]
  if (length + 8 > datagram.announcedLength) return Decode.Ok
  const optional = (bytes[offset] & 0x07) !== 0
  let inner = offset + (optional ? 12 : 8)
  if (inner >= end) return Decode.Ok
  let extension = (bytes[offset] & 0x04) !== 0 ? bytes[inner - 1] : 0
  // The offset grows by four at least, so the datagram's length bounds the walk.
  while (extension !== 0) {
    const extensionLength = bytes[inner] << 2
    inner += extensionLength
    if (extensionLength === 0 || inner >= end) return Decode.Ok
    extension = bytes[inner - 1]
  }
  const version = bytes[inner] >> 4
  if (version !== 4 && version !== 6) {
    // An Ethernet PDU session (TS 23.501 §5.6.10.2) carries frames.
    if (!looksLikeEthernet(bytes, inner, end)) return Decode.Ok
    cursor.offset = inner
    return Layer.Ethernet
  }
  enterSegment(cursor, (bytes[offset + 5] << 16) | (bytes[offset + 6] << 8) | bytes[offset + 7])
  cursor.offset = inner
  return version === 4 ? Layer.Ipv4 : Layer.Ipv6
}
