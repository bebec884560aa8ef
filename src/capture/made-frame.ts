import { internetChecksum } from '../bytes/internet-checksum.ts'
import { PduPortType, PduTag } from './exported-pdu-tags.ts'

/** LINKTYPE_ values of the frames: IP without a link layer, and Wireshark's exported PDUs. */
export const LINKTYPE_RAW = 101
export const LINKTYPE_UPPER_PDU = 252

/** A frame that nobody captured: made of what is known of its content. */
export interface MadeFrame {
  readonly linkType: typeof LINKTYPE_RAW | typeof LINKTYPE_UPPER_PDU
  readonly data: Uint8Array
}

/** What travelled, and between whom: addresses of 4 or 16 octets, both alike. */
export interface Carried {
  readonly source: Uint8Array
  readonly destination: Uint8Array
  readonly sourcePort: number
  readonly destinationPort: number
  readonly payload: Uint8Array
}

const UDP = 17
const UDP_HEADER = 8
const IPV4_HEADER = 20
const IPV6_HEADER = 40
const TTL = 64

/** A datagram of UDP in one of IP; undefined where it has more octets than that can hold. */
export function udpFrame(carried: Carried): MadeFrame | undefined {
  const isIpv4 = carried.source.length === 4
  // RFC 791 §3.1 counts the header in the total length, RFC 8200 §3 does not.
  if ((isIpv4 ? IPV4_HEADER : 0) + UDP_HEADER + carried.payload.length > 0xffff) return undefined
  return { linkType: LINKTYPE_RAW, data: isIpv4 ? ipv4Datagram(carried) : ipv6Datagram(carried) }
}

function ipv4Datagram(carried: Carried): Uint8Array {
  const data = Buffer.alloc(IPV4_HEADER + UDP_HEADER + carried.payload.length)
  data[0] = 0x45
  data.writeUInt16BE(data.length, 2)
  data[8] = TTL
  data[9] = UDP
  data.set(carried.source, 12)
  data.set(carried.destination, 16)
  data.writeUInt16BE(internetChecksum(data, 0, IPV4_HEADER), 10)
  putUdp(data, IPV4_HEADER, carried)
  return data
}

function ipv6Datagram(carried: Carried): Uint8Array {
  const data = Buffer.alloc(IPV6_HEADER + UDP_HEADER + carried.payload.length)
  data[0] = 0x60
  data.writeUInt16BE(data.length - IPV6_HEADER, 4)
  data[6] = UDP
  data[7] = TTL
  data.set(carried.source, 8)
  data.set(carried.destination, 24)
  putUdp(data, IPV6_HEADER, carried)
  return data
}

/** With its checksum: it tells copies of a packet from packets that are alike. */
function putUdp(data: Buffer, at: number, { source, sourcePort, destinationPort, payload }: Carried): void {
  const length = data.length - at
  data.writeUInt16BE(sourcePort, at)
  data.writeUInt16BE(destinationPort, at + 2)
  data.writeUInt16BE(length, at + 4)
  data.set(payload, at + UDP_HEADER)
  // The pseudo header (RFC 768, RFC 8200 §8.1): both addresses, which stand before UDP, the protocol and the length.
  const sum = internetChecksum(data, at - 2 * source.length, data.length, UDP + length)
  data.writeUInt16BE(sum === 0 ? 0xffff : sum, at + 6)
}

/** A SIP message that was taken out of its connection: tags (src/net/exported-pdu.ts reads them), then the message. */
export function exportedSip({ source, destination, sourcePort, destinationPort, payload }: Carried): MadeFrame {
  const isIpv4 = source.length === 4
  const data = Buffer.concat([
    tag(PduTag.ProtocolName, Buffer.from('sip\0')),
    tag(isIpv4 ? PduTag.Ipv4Source : PduTag.Ipv6Source, source),
    tag(isIpv4 ? PduTag.Ipv4Destination : PduTag.Ipv6Destination, destination),
    tag(PduTag.PortType, word(PduPortType.Tcp)),
    tag(PduTag.SourcePort, word(sourcePort)),
    tag(PduTag.DestinationPort, word(destinationPort)),
    tag(PduTag.End, Buffer.alloc(0)),
    payload,
  ])
  return { linkType: LINKTYPE_UPPER_PDU, data }
}

function tag(type: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value])
}

function word(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value, 0)
  return octets
}
