import { Decode, Payload } from './datagram.ts'
import { type LayerCursor, missing, type Next, UNKNOWN_END } from './layer.ts'

/** Types of the errors that tell of one datagram that it did not arrive (RFC 792, RFC 4443 §3). */
export const IcmpType = { DestinationUnreachable: 3, TimeExceeded: 11 } as const
export const Icmpv6Type = { DestinationUnreachable: 1, PacketTooBig: 2, TimeExceeded: 3 } as const

/** Octets before what an error quotes. */
export const ICMP_HEADER = 8

/** An error of ICMP, or of ICMPv6 within IPv6, as a payload of its own; every other message says nothing of a datagram. */
export function stepIcmp(cursor: LayerCursor): Next {
  const { bytes, offset, datagram } = cursor
  if (offset >= cursor.end) return missing(cursor, 1)
  if (!isError(bytes[offset], datagram.addressLength === 16)) return Decode.Other
  if (offset + ICMP_HEADER > cursor.end) return missing(cursor, ICMP_HEADER)
  datagram.payload = Payload.Icmp
  datagram.sourcePort = 0
  datagram.destinationPort = 0
  datagram.transportOffset = offset
  datagram.offset = offset
  datagram.length = cursor.end - offset
  datagram.announcedLength = (cursor.announcedEnd === UNKNOWN_END ? cursor.end : cursor.announcedEnd) - offset
  return Decode.Ok
}

function isError(type: number, isIpv6: boolean): boolean {
  return isIpv6
    ? type >= Icmpv6Type.DestinationUnreachable && type <= Icmpv6Type.TimeExceeded
    : type === IcmpType.DestinationUnreachable || type === IcmpType.TimeExceeded
}
