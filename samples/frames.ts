import type { Endpoint } from '../src/bytes/endpoint.ts'

/** What travels between two endpoints at a time, before it has become a frame. */
export interface TimedDatagram {
  /** Nanoseconds after the start of the trace. */
  readonly timeNs: number
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly payload: Uint8Array
  /** Present on a TCP segment; without it the payload travels in UDP. */
  readonly tcp?: { readonly sequence: number; readonly acknowledgment: number; readonly flags: number }
}

/** A captured frame. */
export interface TimedFrame {
  readonly timeNs: number
  readonly bytes: Uint8Array
}

/** Puts Ethernet, IPv4 and UDP or TCP around each datagram. IP identifications count up for each sending host. */
export function frameDatagrams(datagrams: readonly TimedDatagram[]): TimedFrame[] {
  const identifications = new Map<string, number>()
  return datagrams.map((datagram) => {
    const { address } = datagram.source
    const identification = ((identifications.get(address) ?? addressOctets(address).readUInt16BE(2) * 7) + 1) & 0xffff
    identifications.set(address, identification)
    return { timeNs: datagram.timeNs, bytes: ethernetFrame(datagram, identification) }
  })
}

/**
 * Ethernet II (14 octets), IPv4 without options (20), then UDP (8) or TCP without options (20), then the payload;
 * padded to the 60 octets that an Ethernet frame has at least.
 */
function ethernetFrame(datagram: TimedDatagram, identification: number): Buffer {
  const { source, destination, payload, tcp } = datagram
  const headerLength = tcp ? 20 : 8
  const length = 34 + headerLength + payload.length
  const frame = Buffer.alloc(Math.max(length, 60))
  frame.set(stationAddress(destination.address), 0)
  frame.set(stationAddress(source.address), 6)
  frame.writeUInt16BE(0x0800, 12)

  const ip = frame.subarray(14, length)
  ip[0] = 0x45
  ip.writeUInt16BE(ip.length, 2)
  ip.writeUInt16BE(identification, 4)
  ip.writeUInt16BE(0x4000, 6) // do not fragment
  ip[8] = 62
  ip[9] = tcp ? 6 : 17
  ip.set(addressOctets(source.address), 12)
  ip.set(addressOctets(destination.address), 16)
  ip.writeUInt16BE(internetChecksum(ip.subarray(0, 20)), 10)

  const transport = ip.subarray(20)
  transport.writeUInt16BE(source.port, 0)
  transport.writeUInt16BE(destination.port, 2)
  transport.set(payload, headerLength)
  if (tcp) {
    transport.writeUInt32BE(tcp.sequence >>> 0, 4)
    transport.writeUInt32BE(tcp.acknowledgment >>> 0, 8)
    transport[12] = 0x50
    transport[13] = tcp.flags
    transport.writeUInt16BE(64240, 14)
    transport.writeUInt16BE(transportChecksum(ip, transport), 16)
  } else {
    transport.writeUInt16BE(transport.length, 4)
    // A sum of zero is sent as all ones: zero means "no checksum" (RFC 768).
    transport.writeUInt16BE(transportChecksum(ip, transport) || 0xffff, 6)
  }
  return frame
}

/** A locally administered unicast address, so that frames differ by host. */
function stationAddress(address: string): Buffer {
  return Buffer.concat([Buffer.from([0x02, 0x00]), addressOctets(address)])
}

function addressOctets(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}

/** Over the pseudo header too: addresses, protocol, length (RFC 768, RFC 9293 §3.1). */
function transportChecksum(ip: Buffer, transport: Buffer): number {
  const pseudo = Buffer.alloc(12)
  ip.copy(pseudo, 0, 12, 20)
  pseudo[9] = ip[9] as number
  pseudo.writeUInt16BE(transport.length, 10)
  return internetChecksum(Buffer.concat([pseudo, transport]))
}

/** RFC 1071: the complement of the sum of 16-bit words in ones' complement. */
function internetChecksum(octets: Buffer): number {
  let sum = 0
  for (let i = 0; i + 1 < octets.length; i += 2) sum += octets.readUInt16BE(i)
  if (octets.length % 2 === 1) sum += (octets[octets.length - 1] as number) << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
