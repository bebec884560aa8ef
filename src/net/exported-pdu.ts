import { PduPortType, PduTag } from '../capture/exported-pdu-tags.ts'
import { LIMITS } from '../limits/limits.ts'
import { Decode, Payload } from './datagram.ts'
import { type LayerCursor, missing, type Next } from './layer.ts'

/** Tags in one frame; a dozen are in use. */
const MAX_TAGS = LIMITS.tagsOfExportedPdu.most

/**
 * An exported PDU: of UDP a payload like any other, of TCP a whole SIP message, whatever it was inside. Other data, and
 * data whose addresses are not told, are not read.
 */
export function stepExportedPdu(cursor: LayerCursor): Next {
  const { bytes, datagram } = cursor
  const { end } = cursor
  let at = cursor.offset
  let source = 0
  let destination = 0
  let portType = 0
  let hasPorts = 0
  let isSip = false
  datagram.addressLength = 0
  for (let tags = 0; ; tags++) {
    cursor.offset = at
    if (at + 4 > end) return missing(cursor, 4)
    if (tags === MAX_TAGS) return Decode.TooManyTags
    const tag = (bytes[at] << 8) | bytes[at + 1]
    const length = (bytes[at + 2] << 8) | bytes[at + 3]
    const value = at + 4
    if (value + length > end) return missing(cursor, 4 + length)
    at = value + length
    if (tag === PduTag.End) break
    if (tag === PduTag.ProtocolName) isSip = isSipName(bytes, value, length)
    else if (tag >= PduTag.Ipv4Source && tag <= PduTag.Ipv6Destination) {
      const wanted = tag <= PduTag.Ipv4Destination ? 4 : 16
      if (length !== wanted) return Decode.Malformed
      if (tag === PduTag.Ipv4Source || tag === PduTag.Ipv6Source) source = value
      else destination = value
      // Two addresses of one version.
      datagram.addressLength = datagram.addressLength === 0 || datagram.addressLength === wanted ? wanted : -1
    } else if (tag >= PduTag.PortType && tag <= PduTag.DestinationPort) {
      if (length !== 4) return Decode.Malformed
      const low = (bytes[value + 2] << 8) | bytes[value + 3]
      if (tag === PduTag.PortType) portType = low
      else if (tag === PduTag.SourcePort) datagram.sourcePort = low
      else datagram.destinationPort = low
      if (tag !== PduTag.PortType) hasPorts |= tag === PduTag.SourcePort ? 1 : 2
    }
  }
  if (datagram.addressLength <= 0 || source === 0 || destination === 0 || hasPorts !== 3) return Decode.Other
  if (portType === PduPortType.Udp) datagram.payload = Payload.Udp
  else if (portType === PduPortType.Tcp && isSip) datagram.payload = Payload.Message
  else return Decode.Other
  datagram.sourceAddressOffset = source
  datagram.destinationAddressOffset = destination
  datagram.ipIdentification = 0
  datagram.udpChecksum = 0
  datagram.transportOffset = at
  datagram.offset = at
  datagram.length = end - at
  datagram.announcedLength = end - at
  datagram.tcpFlags = 0
  datagram.tcpSequence = 0
  return Decode.Ok
}

/** `sip`, filled up with zeros. */
function isSipName(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 3 || bytes[offset] !== 0x73 || bytes[offset + 1] !== 0x69 || bytes[offset + 2] !== 0x70) return false
  return length === 3 || bytes[offset + 3] === 0
}
