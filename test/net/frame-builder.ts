import { parseAddress } from '../../src/net/addresses.ts'

/** Frames for tests, built from the inside out: `ethernet(ipv4(udp('INVITE …')))`. */
type Octets = Uint8Array | string | readonly number[]

export interface Packet {
  readonly bytes: Buffer
  /** How the layer around has to announce this one: EtherType or IP protocol number. */
  readonly type: number
}

export function octets(...parts: Octets[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
}

export const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff]
export const u32 = (value: number): number[] => [(value >>> 24) & 0xff, ...[16, 8, 0].map((s) => (value >>> s) & 0xff)]

export interface UdpOptions {
  sourcePort?: number
  destinationPort?: number
  checksum?: number
  /** The length field, where it shall not be the true one. */
  length?: number
}

export function udp(payload: Octets, options: UdpOptions = {}): Packet {
  const { sourcePort = 5060, destinationPort = 5062, checksum = 0, length } = options
  const body = octets(payload)
  const header = [...u16(sourcePort), ...u16(destinationPort), ...u16(length ?? body.length + 8), ...u16(checksum)]
  return { bytes: octets(header, body), type: 17 }
}

export interface TcpOptions {
  sourcePort?: number
  destinationPort?: number
  sequence?: number
  flags?: number
  options?: Octets
}

export function tcp(payload: Octets, settings: TcpOptions = {}): Packet {
  const { sourcePort = 5060, destinationPort = 5062, sequence = 1, flags = 0x18, options = [] } = settings
  const header = octets(u16(sourcePort), u16(destinationPort), u32(sequence), u32(0))
  const rest = octets([(5 + octets(options).length / 4) << 4, flags], u16(65535), u16(0), u16(0), options)
  return { bytes: octets(header, rest, payload), type: 6 }
}

export interface Ipv4Options {
  source?: string
  destination?: string
  identification?: number
  /** In octets. */
  fragmentOffset?: number
  more?: boolean
  options?: Octets
  totalLength?: number
}

export function ipv4(inner: Packet, settings: Ipv4Options = {}): Packet {
  const { source = '203.0.113.1', destination = '198.51.100.2', identification = 0x1234, more = false } = settings
  const options = octets(settings.options ?? [])
  const headerLength = 20 + options.length
  const fragment = (more ? 0x2000 : 0) | ((settings.fragmentOffset ?? 0) >> 3)
  const header = octets(
    [0x40 | (headerLength / 4), 0],
    u16(settings.totalLength ?? headerLength + inner.bytes.length),
    u16(identification),
    u16(fragment),
    [64, inner.type, 0, 0],
    parseAddress(source)!,
    parseAddress(destination)!,
    options,
  )
  let sum = 0
  for (let i = 0; i < headerLength; i += 2) sum += header.readUInt16BE(i)
  sum = (sum & 0xffff) + (sum >>> 16)
  header.writeUInt16BE(~sum & 0xffff, 10)
  return { bytes: octets(header, inner.bytes), type: 0x0800 }
}

export interface Ipv6Options {
  source?: string
  destination?: string
  payloadLength?: number
}

export function ipv6(inner: Packet, settings: Ipv6Options = {}): Packet {
  const { source = '2001:db8::1', destination = '2001:db8::2', payloadLength } = settings
  const header = [0x60, 0, 0, 0, ...u16(payloadLength ?? inner.bytes.length), inner.type, 64]
  return { bytes: octets(header, parseAddress(source)!, parseAddress(destination)!, inner.bytes), type: 0x86dd }
}

/** An IPv6 extension header of eight octets and `extra` times eight more. */
export function extension(type: number, inner: Packet, extra = 0): Packet {
  return { bytes: octets([inner.type, extra, 1, 4 + extra * 8], Buffer.alloc(4 + extra * 8), inner.bytes), type }
}

/** AH (RFC 4302) with a 96-bit integrity check value. */
export function authenticationHeader(inner: Packet): Packet {
  return { bytes: octets([inner.type, 4, 0, 0], Buffer.alloc(20), inner.bytes), type: 51 }
}

export function fragmentHeader(inner: Packet, offset: number, more: boolean, identification: number): Packet {
  return { bytes: octets([inner.type, 0], u16(offset | (more ? 1 : 0)), u32(identification), inner.bytes), type: 44 }
}

export function ethernet(inner: Packet, trailer: Octets = []): Buffer {
  return octets([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], u16(inner.type), inner.bytes, trailer)
}

/** A whole Ethernet frame as what a tunnel carries. */
export function bridged(frame: Buffer, type = 0x6558): Packet {
  return { bytes: frame, type }
}

export function vlan(inner: Packet, id = 10, type = 0x8100): Packet {
  return { bytes: octets(u16(id), u16(inner.type), inner.bytes), type }
}

export function mpls(labels: readonly number[], inner: Buffer): Packet {
  const stack = labels.map((label, i) => u32(((label << 12) | (i === labels.length - 1 ? 0x100 : 0) | 64) >>> 0))
  return { bytes: octets(...stack, inner), type: 0x8847 }
}

export function ppp(inner: Packet): Buffer {
  return octets(u16(inner.type === 0x86dd ? 0x0057 : 0x0021), inner.bytes)
}

export function pppoe(inner: Packet, session = 7): Packet {
  const body = ppp(inner)
  return { bytes: octets([0x11, 0], u16(session), u16(body.length), body), type: 0x8864 }
}

export function llcSnap(inner: Packet): Buffer {
  return octets([0xaa, 0xaa, 3, 0, 0, 0], u16(inner.type), inner.bytes)
}

export function linuxCooked(inner: Packet, packetType = 0): Buffer {
  return octets(u16(packetType), u16(1), u16(6), [2, 0, 0, 0, 0, 1, 0, 0], u16(inner.type), inner.bytes)
}

export function linuxCooked2(inner: Packet, interfaceIndex = 2, packetType = 0): Buffer {
  return octets(
    [...u16(inner.type), 0, 0, ...u32(interfaceIndex), ...u16(1), packetType, 6],
    [2, 0, 0, 0, 0, 1, 0, 0],
    inner.bytes,
  )
}

export interface GreOptions {
  checksum?: boolean
  key?: number
  sequence?: number
}

export function gre(inner: Packet, { checksum = false, key, sequence }: GreOptions = {}): Packet {
  const flags = (checksum ? 0x80 : 0) | (key === undefined ? 0 : 0x20) | (sequence === undefined ? 0 : 0x10)
  const optional = [
    ...(checksum ? [0, 0, 0, 0] : []),
    ...(key === undefined ? [] : u32(key)),
    ...(sequence === undefined ? [] : u32(sequence)),
  ]
  return { bytes: octets([flags, 0], u16(inner.type), optional, inner.bytes), type: 47 }
}

export function erspan2(frame: Buffer): Packet {
  return { bytes: octets([0x10, 1, 0, 1, 0, 0, 0, 0], frame), type: 0x88be }
}

export function erspan3(frame: Buffer, platform = false): Packet {
  const header = [0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, platform ? 1 : 0]
  return { bytes: octets(header, platform ? Buffer.alloc(8) : [], frame), type: 0x22eb }
}

export function vxlan(frame: Buffer, destinationPort = 4789): Packet {
  return udp(octets([8, 0, 0, 0, 0, 0, 42, 0], frame), { sourcePort: 49152, destinationPort })
}

/** TZSP with tags in front of the one that ends them. */
export function tzsp(frame: Buffer, tags: Octets = [], type = 0, protocol = 1): Packet {
  return udp(octets([1, type], u16(protocol), tags, [1], frame), { sourcePort: 49152, destinationPort: 37008 })
}

export function geneve(inner: Packet, options: Octets = []): Packet {
  const header = [octets(options).length / 4, 0, ...u16(inner.type), 0, 0, 42, 0]
  return udp(octets(header, options, inner.bytes), { sourcePort: 49152, destinationPort: 6081 })
}

/** GTP-U with, where given, a sequence number and extension headers (each: type, contents of 4n - 2 octets). */
export function gtpUser(inner: Packet, sequence?: number, extensions: readonly [number, Octets][] = []): Packet {
  const flags = 0x30 | (sequence === undefined ? 0 : 2) | (extensions.length > 0 ? 4 : 0)
  const parts: Octets[] = []
  if ((flags & 7) !== 0) parts.push(u16(sequence ?? 0), [0, extensions[0]?.[0] ?? 0])
  extensions.forEach(([, contents], i) => {
    const body = octets(contents)
    parts.push([(body.length + 2) / 4], body, [extensions[i + 1]?.[0] ?? 0])
  })
  const body = octets(...parts, inner.bytes)
  return udp(octets([flags, 0xff], u16(body.length), u32(0x01020304), body), {
    sourcePort: 2152,
    destinationPort: 2152,
  })
}

/** A packet cut into IPv4 fragments of `size` octets (a multiple of 8). */
export function fragmentIpv4(inner: Packet, size: number, settings: Ipv4Options = {}): Packet[] {
  return cut(inner, size).map(([offset, piece, more]) =>
    ipv4({ bytes: piece, type: inner.type }, { ...settings, fragmentOffset: offset, more }),
  )
}

export function fragmentIpv6(inner: Packet, size: number, identification = 77, settings: Ipv6Options = {}): Packet[] {
  return cut(inner, size).map(([offset, piece, more]) =>
    ipv6(fragmentHeader({ bytes: piece, type: inner.type }, offset, more, identification), settings),
  )
}

function cut({ bytes }: Packet, size: number): [offset: number, piece: Buffer, more: boolean][] {
  const pieces: [number, Buffer, boolean][] = []
  for (let at = 0; at < bytes.length; at += size) {
    pieces.push([at, bytes.subarray(at, at + size), at + size < bytes.length])
  }
  return pieces
}

/** Wireshark's export of what a UDP datagram from port 5060 to 5062 held: tags, then the payload. */
export function exportedPdu(payload: Octets, source: string, destination: string): Buffer {
  const addresses = [source, destination].map((text) => parseAddress(text)!)
  const first = addresses[0].length === 4 ? 20 : 22
  const tag = (type: number, value: Octets) => octets(u16(type), u16(octets(value).length), value)
  return octets(
    tag(12, 'sip\0'),
    ...addresses.map((address, n) => tag(first + n, address)),
    tag(24, u32(3)),
    tag(25, u32(5060)),
    tag(26, u32(5062)),
    // The number of the frame that it came from.
    tag(30, u32(1)),
    tag(0, []),
    payload,
  )
}

/** An ICMP message around the beginning of a datagram: an error where the type is one. `rest` are the octets 4 to 7. */
export function icmp(type: number, code: number, quoted: Octets, rest: Octets = [0, 0, 0, 0]): Packet {
  return { bytes: octets([type, code, 0, 0], rest, quoted), type: 1 }
}

export function icmpv6(type: number, code: number, quoted: Octets, rest: Octets = [0, 0, 0, 0]): Packet {
  return { ...icmp(type, code, quoted, rest), type: 58 }
}
