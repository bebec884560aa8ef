import type { Endpoint } from '../bytes/endpoint.ts'
import { formatAddress } from './addresses.ts'
import { ICMP_HEADER, Icmpv6Type } from './icmp.ts'
import { type IcmpErrorKind, icmpErrorKind } from './icmp-kinds.ts'
import { IpProtocol } from './ip.ts'

/** RFC 4884 §4.6: extensions stand behind so many octets of the quoted datagram at least. */
const LEAST_BEFORE_EXTENSIONS = 128

/** What an ICMP error says of the datagram that it quotes. */
export interface IcmpError {
  readonly type: number
  readonly code: number
  readonly kind: IcmpErrorKind
  /** Where the datagram came from and where it went. */
  readonly transport: 'udp' | 'tcp'
  readonly source: Endpoint
  readonly destination: Endpoint
  /** Too big: octets that the next link takes (RFC 1191 §4, RFC 4443 §3.2), where that is said. */
  readonly mtu?: number
}

/** A quoted datagram that is none. */
export interface MalformedIcmp {
  readonly kind: 'malformed'
  readonly reason: 'icmp-error-without-datagram'
}

const MALFORMED: MalformedIcmp = { kind: 'malformed', reason: 'icmp-error-without-datagram' }

/**
 * Reads an ICMP error:
 *
 *     |     Type      |     Code      |          Checksum             |
 *     |  Length (v6)  |  Length (v4)  |     MTU of the next link      |
 *     |     the IP header and the beginning of the datagram           |
 *
 * The length, in words of four octets or, in ICMPv6, of eight, says where RFC 4884's extensions begin; packet too big has an
 * MTU of 32 bits in its place.
 *
 * @param bytes the message from its type on, as far as it was captured
 * @param isCut the snap length cut it
 * @returns undefined where the datagram is neither UDP nor TCP, is a fragment without their header, or was cut off before it
 */
export function readIcmpError(
  bytes: Uint8Array,
  isIpv6: boolean,
  isCut: boolean,
): IcmpError | MalformedIcmp | undefined {
  if (bytes.length < ICMP_HEADER) return isCut ? undefined : MALFORMED
  const [type, code] = bytes
  const kind = icmpErrorKind(type, code, isIpv6)
  if (kind === undefined) return undefined
  const quoted = isIpv6 ? readIpv6(bytes, endOfQuote(bytes, isIpv6)) : readIpv4(bytes, endOfQuote(bytes, isIpv6))
  if (quoted === 'missing') return isCut ? undefined : MALFORMED
  if (quoted === 'malformed') return MALFORMED
  if (quoted === undefined) return undefined
  const mtu = kind !== 'too-big' ? 0 : isIpv6 ? readUint32(bytes, 4) : readUint16(bytes, 6)
  return { type, code, kind, ...quoted, ...(mtu > 0 && { mtu }) }
}

type Quoted = Pick<IcmpError, 'transport' | 'source' | 'destination'>
/** Not there, contradicting itself, or nothing that is read. */
type NotQuoted = 'missing' | 'malformed' | undefined

function endOfQuote(bytes: Uint8Array, isIpv6: boolean): number {
  if (isIpv6 && bytes[0] === Icmpv6Type.PacketTooBig) return bytes.length
  const length = isIpv6 ? bytes[4] << 3 : bytes[5] << 2
  // Before RFC 4884 these octets had no meaning.
  return length < LEAST_BEFORE_EXTENSIONS ? bytes.length : Math.min(bytes.length, ICMP_HEADER + length)
}

function readIpv4(bytes: Uint8Array, end: number): Quoted | NotQuoted {
  const at = ICMP_HEADER
  if (at >= end) return 'missing'
  const headerLength = (bytes[at] & 0x0f) << 2
  if (bytes[at] >> 4 !== 4 || headerLength < 20) return 'malformed'
  if (at + headerLength > end) return 'missing'
  if ((readUint16(bytes, at + 6) & 0x1fff) !== 0) return undefined
  return readPorts(bytes, at + headerLength, end, bytes[at + 9], at + 12, 4)
}

/** Extension headers are stepped over as in stepIpProtocol (ip.ts). */
function readIpv6(bytes: Uint8Array, end: number): Quoted | NotQuoted {
  const start = ICMP_HEADER
  if (start >= end) return 'missing'
  if (bytes[start] >> 4 !== 6) return 'malformed'
  if (start + 40 > end) return 'missing'
  let protocol = bytes[start + 6]
  // Each header is eight octets long at least: the end bounds the walk.
  for (let at = start + 40; ; ) {
    const length = extensionLength(protocol, bytes, at, end)
    if (length === 0) return readPorts(bytes, at, end, protocol, start + 8, 16)
    if (at + 8 > end) return 'missing'
    if (protocol === IpProtocol.Fragment && (readUint16(bytes, at + 2) & 0xfff8) !== 0) return undefined
    protocol = bytes[at]
    at += length
  }
}

/** Octets of an extension header (RFC 8200 §4, RFC 4302 §2.2); 0 where the protocol is none. */
function extensionLength(protocol: number, bytes: Uint8Array, at: number, end: number): number {
  const units = at + 1 < end ? bytes[at + 1] : 0
  switch (protocol) {
    case IpProtocol.HopByHop:
    case IpProtocol.Routing:
    case IpProtocol.DestinationOptions:
      return 8 + units * 8
    case IpProtocol.Fragment:
      return 8
    case IpProtocol.Authentication:
      return 8 + units * 4
    default:
      return 0
  }
}

/** RFC 792: eight octets of the datagram's data are quoted at least, which is where UDP and TCP have their ports. */
function readPorts(
  bytes: Uint8Array,
  at: number,
  end: number,
  protocol: number,
  addresses: number,
  addressLength: number,
): Quoted | NotQuoted {
  if (protocol !== IpProtocol.Udp && protocol !== IpProtocol.Tcp) return undefined
  if (at + 4 > end) return 'missing'
  return {
    transport: protocol === IpProtocol.Udp ? 'udp' : 'tcp',
    source: { address: formatAddress(bytes, addresses, addressLength), port: readUint16(bytes, at) },
    destination: {
      address: formatAddress(bytes, addresses + addressLength, addressLength),
      port: readUint16(bytes, at + 2),
    },
  }
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1]
}

function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 65_536 + readUint16(bytes, at + 2)
}
