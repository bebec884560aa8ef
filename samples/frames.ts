import type { Endpoint } from '../src/bytes/endpoint.ts'

/** What travels between two endpoints at a time, before it has become a frame. */
export interface TimedDatagram {
  /** Nanoseconds after the start of the trace. */
  readonly timeNs: number
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly payload: Uint8Array
  /** The IP identification, where it is not to count up: a copy of a frame that was seen twice. IPv4 only. */
  readonly identification?: number
  /** Present on an ICMP error: the payload is the whole message, and the ports say nothing. IPv4 only. */
  readonly icmp?: true
  /** Present on a TCP segment; without it the payload travels in UDP. */
  readonly tcp?: { readonly sequence: number; readonly acknowledgment: number; readonly flags: number }
}

/** A captured frame. */
export interface TimedFrame {
  readonly timeNs: number
  readonly bytes: Uint8Array
}

/** Puts Ethernet, IPv4 or IPv6, and UDP or TCP around each datagram. IP identifications count up for each sending host. */
export function frameDatagrams(datagrams: readonly TimedDatagram[]): TimedFrame[] {
  const identifications = new Map<string, number>()
  return datagrams.map((datagram) => {
    const { address } = datagram.source
    const octets = addressOctets(address)
    const identification = ((identifications.get(address) ?? octets.readUInt16BE(2) * 7) + 1) & 0xffff
    identifications.set(address, identification)
    return {
      timeNs: datagram.timeNs,
      bytes: ethernetFrame(datagram, octets, datagram.identification ?? identification),
    }
  })
}

/**
 * Ethernet II (14 octets), IPv4 without options (20) or IPv6 without extensions (40), then UDP (8) or TCP without options
 * (20), then the payload; padded to the 60 octets that an Ethernet frame has at least.
 */
function ethernetFrame(datagram: TimedDatagram, source: Buffer, identification: number): Buffer {
  const { payload, tcp, icmp } = datagram
  const destination = addressOctets(datagram.destination.address)
  const headerLength = icmp ? 0 : tcp ? 20 : 8
  const ipHeaderLength = source.length === 16 ? 40 : 20
  const length = 14 + ipHeaderLength + headerLength + payload.length
  const frame = Buffer.alloc(Math.max(length, 60))
  frame.set(stationAddress(destination), 0)
  frame.set(stationAddress(source), 6)
  frame.writeUInt16BE(source.length === 16 ? 0x86dd : 0x0800, 12)

  const ip = frame.subarray(14, length)
  const protocol = icmp ? 1 : tcp ? 6 : 17
  if (source.length === 16) writeIpv6Header(ip, protocol, source, destination)
  else writeIpv4Header(ip, protocol, source, destination, identification)

  const transport = ip.subarray(ipHeaderLength)
  if (icmp) {
    transport.set(payload)
    return frame
  }
  transport.writeUInt16BE(datagram.source.port, 0)
  transport.writeUInt16BE(datagram.destination.port, 2)
  transport.set(payload, headerLength)
  const checksum = () => transportChecksum(Buffer.concat([source, destination]), protocol, transport)
  if (tcp) {
    transport.writeUInt32BE(tcp.sequence >>> 0, 4)
    transport.writeUInt32BE(tcp.acknowledgment >>> 0, 8)
    transport[12] = 0x50
    transport[13] = tcp.flags
    transport.writeUInt16BE(64240, 14)
    transport.writeUInt16BE(checksum(), 16)
  } else {
    transport.writeUInt16BE(transport.length, 4)
    // A sum of zero is sent as all ones: zero means "no checksum" (RFC 768).
    transport.writeUInt16BE(checksum() || 0xffff, 6)
  }
  return frame
}

/** RFC 791 §3.1. */
function writeIpv4Header(ip: Buffer, protocol: number, source: Buffer, destination: Buffer, identification: number) {
  ip[0] = 0x45
  ip.writeUInt16BE(ip.length, 2)
  ip.writeUInt16BE(identification, 4)
  ip.writeUInt16BE(0x4000, 6) // do not fragment
  ip[8] = 62
  ip[9] = protocol
  ip.set(source, 12)
  ip.set(destination, 16)
  ip.writeUInt16BE(internetChecksum(ip.subarray(0, 20)), 10)
}

/** RFC 8200 §3. */
function writeIpv6Header(ip: Buffer, protocol: number, source: Buffer, destination: Buffer) {
  ip[0] = 0x60
  ip.writeUInt16BE(ip.length - 40, 4)
  ip[6] = protocol
  ip[7] = 62
  ip.set(source, 8)
  ip.set(destination, 24)
}

/** A locally administered unicast address, so that frames differ by host. */
function stationAddress(address: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x02, 0x00]), address.subarray(-4)])
}

/** 4 octets of an IPv4 address, 16 of an IPv6 address (RFC 4291 §2.2, without an IPv4 part). */
function addressOctets(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** Over the pseudo header too: addresses, protocol, length (RFC 768, RFC 9293 §3.1, RFC 8200 §8.1). */
function transportChecksum(addresses: Buffer, protocol: number, transport: Buffer): number {
  const rest = Buffer.alloc(4)
  rest[1] = protocol
  rest.writeUInt16BE(transport.length, 2)
  return internetChecksum(Buffer.concat([addresses, rest, transport]))
}

/** RFC 1071: the complement of the sum of 16-bit words in ones' complement. */
function internetChecksum(octets: Buffer): number {
  let sum = 0
  for (let i = 0; i + 1 < octets.length; i += 2) sum += octets.readUInt16BE(i)
  if (octets.length % 2 === 1) sum += (octets[octets.length - 1] as number) << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
