import { PduPortType, PduTag } from '../exported-pdu-tags.ts'
import type { HepPacket } from './hep-packet.ts'

/** LINKTYPE_ values of the frames: IP without a link layer, and Wireshark's exported PDUs. */
export const LINKTYPE_RAW = 101
export const LINKTYPE_UPPER_PDU = 252

export interface HepFrame {
  readonly linkType: typeof LINKTYPE_RAW | typeof LINKTYPE_UPPER_PDU
  readonly data: Uint8Array
}

export type FrameFault = 'a protocol that is not read' | 'more than a UDP datagram can hold'

const ProtocolType = { Sip: 1, Rtp: 4, Rtcp: 5 } as const
const UDP = 17
const UDP_HEADER = 8
const IPV4_HEADER = 20
const IPV6_HEADER = 40
const TTL = 64

/** Transports of Via that are connections. */
const CONNECTIONS: ReadonlySet<string> = new Set(['TCP', 'TLS', 'WS', 'WSS', 'SCTP', 'TLS-SCTP'])
/** Octets of a message in which the first Via is looked for. */
const LOOK_AHEAD = 4096

/**
 * A captured packet as a frame. What travels in datagrams becomes a UDP datagram again. A SIP message that a server
 * took out of TCP, TLS or a WebSocket is no part of a connection that could be put together again: it becomes an
 * exported PDU, which holds the message and its addresses. Some servers call everything UDP (docs/decisions/hep.md),
 * so the message's own Via is asked as well.
 */
export function hepFrame(packet: HepPacket): HepFrame | FrameFault {
  const { protocolType, payload, ipProtocol } = packet
  // RTCP is sent as it was, or retold as JSON.
  const isBinary = payload[0] >> 6 === 2
  const isMedia = (protocolType === ProtocolType.Rtp || protocolType === ProtocolType.Rtcp) && isBinary
  if (protocolType !== ProtocolType.Sip && !isMedia) return 'a protocol that is not read'
  const isOfConnection = ipProtocol !== UDP || CONNECTIONS.has(viaTransport(payload))
  if (!isMedia && isOfConnection) return { linkType: LINKTYPE_UPPER_PDU, data: exportedPdu(packet) }
  const isIpv4 = packet.source.length === 4
  // RFC 791 §3.1 counts the header in the total length, RFC 8200 §3 does not.
  if ((isIpv4 ? IPV4_HEADER : 0) + UDP_HEADER + payload.length > 0xffff) return 'more than a UDP datagram can hold'
  return { linkType: LINKTYPE_RAW, data: isIpv4 ? ipv4Datagram(packet) : ipv6Datagram(packet) }
}

/** The transport of a SIP message's first Via in capitals (RFC 3261 §25.1); '' where none is found. */
function viaTransport(message: Uint8Array): string {
  const head = Buffer.from(message.buffer, message.byteOffset, Math.min(message.length, LOOK_AHEAD)).toString('latin1')
  const line = head.split('\n').find((text) => /^(via|v)[ \t]*:/i.test(text))
  const [, , transport = ''] = line?.slice(line.indexOf(':') + 1).split('/') ?? []
  return transport.trim().split(/[ \t]/)[0].toUpperCase()
}

function ipv4Datagram(packet: HepPacket): Uint8Array {
  const data = Buffer.alloc(IPV4_HEADER + UDP_HEADER + packet.payload.length)
  data[0] = 0x45
  data.writeUInt16BE(data.length, 2)
  data[8] = TTL
  data[9] = UDP
  data.set(packet.source, 12)
  data.set(packet.destination, 16)
  data.writeUInt16BE(checksum(data.subarray(0, IPV4_HEADER), 0), 10)
  putUdp(data, IPV4_HEADER, packet)
  return data
}

function ipv6Datagram(packet: HepPacket): Uint8Array {
  const data = Buffer.alloc(IPV6_HEADER + UDP_HEADER + packet.payload.length)
  data[0] = 0x60
  data.writeUInt16BE(data.length - IPV6_HEADER, 4)
  data[6] = UDP
  data[7] = TTL
  data.set(packet.source, 8)
  data.set(packet.destination, 24)
  putUdp(data, IPV6_HEADER, packet)
  return data
}

/** With its checksum: it tells copies of a packet from packets that are alike. */
function putUdp(data: Buffer, at: number, { source, sourcePort, destinationPort, payload }: HepPacket): void {
  const length = data.length - at
  data.writeUInt16BE(sourcePort, at)
  data.writeUInt16BE(destinationPort, at + 2)
  data.writeUInt16BE(length, at + 4)
  data.set(payload, at + UDP_HEADER)
  // The pseudo header (RFC 768, RFC 8200 §8.1): both addresses, which stand before UDP, the protocol and the length.
  const sum = checksum(data.subarray(at - 2 * source.length), UDP + length)
  data.writeUInt16BE(sum === 0 ? 0xffff : sum, at + 6)
}

/** The one's complement of the one's complement sum of 16-bit words (RFC 1071). */
function checksum(octets: Buffer, start: number): number {
  const even = octets.length & ~1
  let sum = start
  for (let at = 0; at < even; at += 2) sum += (octets[at] << 8) | octets[at + 1]
  if (even < octets.length) sum += octets[even] << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/** Tags (src/net/exported-pdu.ts reads them), then the message. */
function exportedPdu({ source, destination, sourcePort, destinationPort, payload }: HepPacket): Uint8Array {
  const isIpv4 = source.length === 4
  return Buffer.concat([
    tag(PduTag.ProtocolName, Buffer.from('sip\0')),
    tag(isIpv4 ? PduTag.Ipv4Source : PduTag.Ipv6Source, source),
    tag(isIpv4 ? PduTag.Ipv4Destination : PduTag.Ipv6Destination, destination),
    tag(PduTag.PortType, word(PduPortType.Tcp)),
    tag(PduTag.SourcePort, word(sourcePort)),
    tag(PduTag.DestinationPort, word(destinationPort)),
    tag(PduTag.End, Buffer.alloc(0)),
    payload,
  ])
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
