import { Decode, Payload } from './datagram.ts'
import { type LayerCursor, missing, type Next, UNKNOWN_END } from './layer.ts'
import { recogniseTunnel, TunnelPort } from './tunnels.ts'

/**
 * UDP (RFC 768). Its length may say less than the IP datagram holds (the rest is ignored) or more (the datagram is
 * short). 0 is a jumbogram's (RFC 2675 §4) and means all that IP brought. The checksum is kept, never judged.
 */
export function stepUdp(cursor: LayerCursor): Next {
  const { bytes, offset, datagram } = cursor
  if (offset + 8 > cursor.end) return missing(cursor, 8)
  const announced = (bytes[offset + 4] << 8) | bytes[offset + 5]
  if (announced < 8 && announced !== 0) return Decode.Malformed
  const announcedLength = (announced === 0 ? announcedEnd(cursor) - offset : announced) - 8
  const present = cursor.end - offset - 8
  const destinationPort = (bytes[offset + 2] << 8) | bytes[offset + 3]
  datagram.payload = Payload.Udp
  datagram.sourcePort = (bytes[offset] << 8) | bytes[offset + 1]
  datagram.destinationPort = destinationPort
  datagram.transportOffset = offset
  datagram.offset = offset + 8
  datagram.length = Math.min(present, announcedLength)
  datagram.announcedLength = announcedLength
  datagram.udpChecksum = (bytes[offset + 6] << 8) | bytes[offset + 7]
  if (
    destinationPort === TunnelPort.Vxlan ||
    destinationPort === TunnelPort.LinuxVxlan ||
    destinationPort === TunnelPort.Geneve ||
    destinationPort === TunnelPort.Tzsp ||
    destinationPort === TunnelPort.GtpUser
  ) {
    return recogniseTunnel(cursor)
  }
  return Decode.Ok
}

/** TCP (RFC 9293 §3.1). */
export function stepTcp(cursor: LayerCursor): Next {
  const { bytes, offset, datagram } = cursor
  if (offset + 20 > cursor.end) return missing(cursor, 20)
  const headerLength = (bytes[offset + 12] >> 4) << 2
  if (headerLength < 20) return Decode.Malformed
  if (offset + headerLength > cursor.end) return missing(cursor, headerLength)
  datagram.payload = Payload.Tcp
  datagram.sourcePort = (bytes[offset] << 8) | bytes[offset + 1]
  datagram.destinationPort = (bytes[offset + 2] << 8) | bytes[offset + 3]
  datagram.transportOffset = offset
  datagram.offset = offset + headerLength
  datagram.length = cursor.end - datagram.offset
  datagram.announcedLength = announcedEnd(cursor) - datagram.offset
  datagram.tcpFlags = bytes[offset + 13]
  datagram.tcpSequence =
    ((bytes[offset + 4] << 24) | (bytes[offset + 5] << 16) | (bytes[offset + 6] << 8) | bytes[offset + 7]) >>> 0
  return Decode.Ok
}

/** Where IP says nothing of its length, what was captured is all there is. */
function announcedEnd(cursor: LayerCursor): number {
  return cursor.announcedEnd === UNKNOWN_END ? cursor.end : cursor.announcedEnd
}
