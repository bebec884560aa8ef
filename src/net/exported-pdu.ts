import { PduPortType, PduTag } from '../capture/exported-pdu-tags.ts'
import { LIMITS } from '../limits/limits.ts'
import { Decode, Payload } from './datagram.ts'
import { type LayerCursor, missing, type Next } from './layer.ts'

/** Tags in one frame; a dozen are in use. */
const MAX_TAGS = LIMITS.tagsOfExportedPdu.most

/** What the tags of one frame say; addresses as offsets, 0 while none was said. */
const said = {
  source: 0,
  destination: 0,
  addressLength: 0,
  portType: 0,
  sourcePort: 0,
  destinationPort: 0,
  isSip: false,
}

/**
 * An exported PDU: of UDP a payload like any other, of TCP a whole SIP message, whatever it was inside. Other data, and
 * data whose addresses are not told, are not read.
 */
export function stepExportedPdu(cursor: LayerCursor): Next {
  const stopped = readTags(cursor)
  if (stopped !== Decode.Ok) return stopped
  if (said.addressLength <= 0 || said.source === 0 || said.destination === 0) return Decode.Other
  if (said.sourcePort < 0 || said.destinationPort < 0) return Decode.Other
  const { datagram, end, offset } = cursor
  if (said.portType === PduPortType.Udp) datagram.payload = Payload.Udp
  else if (said.portType === PduPortType.Tcp && said.isSip) datagram.payload = Payload.Message
  else return Decode.Other
  datagram.addressLength = said.addressLength
  datagram.sourceAddressOffset = said.source
  datagram.destinationAddressOffset = said.destination
  datagram.sourcePort = said.sourcePort
  datagram.destinationPort = said.destinationPort
  datagram.ipIdentification = 0
  datagram.udpChecksum = 0
  datagram.transportOffset = offset
  datagram.offset = offset
  datagram.length = end - offset
  datagram.announcedLength = end - offset
  datagram.tcpFlags = 0
  datagram.tcpSequence = 0
  return Decode.Ok
}

/** Reads the tags up to the one that ends them; the cursor then stands at the data behind it. */
function readTags(cursor: LayerCursor): Next {
  const { bytes, end } = cursor
  said.source = said.destination = said.addressLength = said.portType = 0
  said.sourcePort = said.destinationPort = -1
  said.isSip = false
  for (let tags = 0; ; tags++) {
    const at = cursor.offset
    if (at + 4 > end) return missing(cursor, 4)
    if (tags === MAX_TAGS) return Decode.TooManyTags
    const tag = (bytes[at] << 8) | bytes[at + 1]
    const length = (bytes[at + 2] << 8) | bytes[at + 3]
    if (at + 4 + length > end) return missing(cursor, 4 + length)
    cursor.offset = at + 4 + length
    if (tag === PduTag.End) return Decode.Ok
    if (!takeTag(bytes, tag, at + 4, length)) return Decode.Malformed
  }
}

/** @returns false where a tag that is read has another length than its kind has */
function takeTag(bytes: Uint8Array, tag: number, value: number, length: number): boolean {
  if (tag === PduTag.ProtocolName) said.isSip = isSipName(bytes, value, length)
  else if (tag >= PduTag.Ipv4Source && tag <= PduTag.Ipv6Destination) {
    const wanted = tag <= PduTag.Ipv4Destination ? 4 : 16
    if (length !== wanted) return false
    if (tag === PduTag.Ipv4Source || tag === PduTag.Ipv6Source) said.source = value
    else said.destination = value
    // Two addresses of one version.
    said.addressLength = said.addressLength === 0 || said.addressLength === wanted ? wanted : -1
  } else if (tag >= PduTag.PortType && tag <= PduTag.DestinationPort) {
    if (length !== 4) return false
    const number = (bytes[value + 2] << 8) | bytes[value + 3]
    if (tag === PduTag.PortType) said.portType = number
    else if (tag === PduTag.SourcePort) said.sourcePort = number
    else said.destinationPort = number
  }
  return true
}

/** `sip`, filled up with zeros. */
function isSipName(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 3 || bytes[offset] !== 0x73 || bytes[offset + 1] !== 0x69 || bytes[offset + 2] !== 0x70) return false
  return length === 3 || bytes[offset + 3] === 0
}
