import { unzipSync } from 'node:zlib'
import { LIMITS } from '../../limits/limits.ts'

/*
 * HEP version 3, the encapsulation of Homer's capture agents (HEP3 Network Protocol Specification, revision 36; also
 * EEP). All integers in network byte order. A packet, and then its chunks:
 *
 *   | 'H' 'E' 'P' '3' |  0
 *   | total length    |  4      16 bits, of all that is here
 *
 *   | vendor id       |  0      16 bits; 0: generic
 *   | type            |  2      16 bits
 *   | length          |  4      16 bits, these six octets included
 *   | value           |  6
 */
export const HEP_HEADER = 6
const CHUNK_HEADER = 6
const MAGIC = 0x48455033

const Chunk = {
  Family: 0x0001,
  IpProtocol: 0x0002,
  Ipv4Source: 0x0003,
  Ipv4Destination: 0x0004,
  Ipv6Source: 0x0005,
  Ipv6Destination: 0x0006,
  SourcePort: 0x0007,
  DestinationPort: 0x0008,
  Seconds: 0x0009,
  Microseconds: 0x000a,
  ProtocolType: 0x000b,
  Key: 0x000e,
  Payload: 0x000f,
  CompressedPayload: 0x0010,
} as const

/** Octets of the values that are read. The agent's number, VLAN, correlation id and others change nothing here. */
const LENGTHS: Readonly<Record<number, number>> = {
  [Chunk.Family]: 1,
  [Chunk.IpProtocol]: 1,
  [Chunk.Ipv4Source]: 4,
  [Chunk.Ipv4Destination]: 4,
  [Chunk.Ipv6Source]: 16,
  [Chunk.Ipv6Destination]: 16,
  [Chunk.SourcePort]: 2,
  [Chunk.DestinationPort]: 2,
  [Chunk.Seconds]: 4,
  [Chunk.Microseconds]: 4,
  [Chunk.ProtocolType]: 1,
}

/** AF_INET6 as Linux numbers it: what agents send, whatever they run on. */
const FAMILY_IPV6 = 10

/** The most that a compressed payload may come to: a capture's record holds little more. */
const MOST_INFLATED = LIMITS.hepPayloadOctets.most

/** A packet that an agent captured, or a message that a server took out of its connection. */
export interface HepPacket {
  /** 4 or 16 octets each. */
  readonly source: Uint8Array
  readonly destination: Uint8Array
  readonly sourcePort: number
  readonly destinationPort: number
  /** IP protocol number: 17 UDP, 6 TCP; servers also send 22 for TLS and 50 for WebSocket. */
  readonly ipProtocol: number
  /** When it was captured; absent where the agent does not say. */
  readonly time?: { readonly seconds: number; readonly microseconds: number }
  /** 1 SIP, 4 RTP, 5 RTCP, … */
  readonly protocolType: number
  readonly payload: Uint8Array
}

/** Whether an agent that shows this key is let in; undefined where it shows none. */
export type Admission = (key: Uint8Array | undefined) => boolean

/** Why a packet yields nothing. A closed list, so that they can be counted. */
export type HepFault =
  | 'no HEP version 3'
  | 'its length is not that of what came'
  | 'a chunk that reaches past the end'
  | 'a chunk of the wrong length'
  | 'another authentication key, or none'
  | 'a chunk is missing'
  | 'no payload'
  | 'a compressed payload that cannot be read'
  | 'a compressed payload that is too large'

/** Total length that a packet's first octets announce; undefined where they begin no packet. At least HEP_HEADER octets. */
export function announcedLength(bytes: Uint8Array): number | undefined {
  const magic = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0
  const length = (bytes[4] << 8) | bytes[5]
  return magic === MAGIC && length >= HEP_HEADER ? length : undefined
}

/**
 * One packet, in full. What the result holds lies in `bytes`, but for a payload that was compressed.
 *
 * @param admits asked before anything is inflated
 */
export function parseHep(bytes: Uint8Array, admits: Admission = () => true): HepPacket | HepFault {
  const total = bytes.length < HEP_HEADER ? undefined : announcedLength(bytes)
  if (total === undefined) return 'no HEP version 3'
  if (total !== bytes.length) return 'its length is not that of what came'
  const chunks = new Map<number, Uint8Array>()
  for (let at = HEP_HEADER; at < total; ) {
    if (total - at < CHUNK_HEADER) return 'a chunk that reaches past the end'
    const length = (bytes[at + 4] << 8) | bytes[at + 5]
    if (length < CHUNK_HEADER || length > total - at) return 'a chunk that reaches past the end'
    const type = (bytes[at + 2] << 8) | bytes[at + 3]
    const isGeneric = bytes[at] === 0 && bytes[at + 1] === 0
    if (isGeneric) {
      const wanted = LENGTHS[type]
      if (wanted !== undefined && length !== CHUNK_HEADER + wanted) return 'a chunk of the wrong length'
      chunks.set(type, bytes.subarray(at + CHUNK_HEADER, at + length))
    }
    at += length
  }
  return admits(chunks.get(Chunk.Key)) ? packetOf(chunks) : 'another authentication key, or none'
}

function packetOf(chunks: ReadonlyMap<number, Uint8Array>): HepPacket | HepFault {
  const [source, destination] = addressesOf(chunks)
  const sourcePort = numberOf(chunks.get(Chunk.SourcePort))
  const destinationPort = numberOf(chunks.get(Chunk.DestinationPort))
  const ipProtocol = numberOf(chunks.get(Chunk.IpProtocol))
  const protocolType = numberOf(chunks.get(Chunk.ProtocolType))
  if (
    source === undefined ||
    destination === undefined ||
    sourcePort === undefined ||
    destinationPort === undefined ||
    ipProtocol === undefined ||
    protocolType === undefined
  ) {
    return 'a chunk is missing'
  }
  const compressed = chunks.get(Chunk.CompressedPayload)
  const payload = chunks.get(Chunk.Payload) ?? (compressed && inflated(compressed))
  if (typeof payload === 'string') return payload
  if (payload === undefined || payload.length === 0) return 'no payload'
  const seconds = numberOf(chunks.get(Chunk.Seconds))
  return {
    source,
    destination,
    sourcePort,
    destinationPort,
    ipProtocol,
    ...(seconds !== undefined && { time: timeOf(seconds, numberOf(chunks.get(Chunk.Microseconds)) ?? 0) }),
    protocolType,
    payload,
  }
}

/** Both addresses of one version. Agents that know IPv4 only give family 2 to everything: what is there counts. */
function addressesOf(chunks: ReadonlyMap<number, Uint8Array>): (Uint8Array | undefined)[] {
  const ipv4 = [chunks.get(Chunk.Ipv4Source), chunks.get(Chunk.Ipv4Destination)]
  const ipv6 = [chunks.get(Chunk.Ipv6Source), chunks.get(Chunk.Ipv6Destination)]
  const isIpv6 = ipv4.includes(undefined) || chunks.get(Chunk.Family)?.[0] === FAMILY_IPV6
  return isIpv6 && !ipv6.includes(undefined) ? ipv6 : ipv4
}

/** The microseconds of an agent that counts past the second are carried over. */
function timeOf(seconds: number, microseconds: number): { seconds: number; microseconds: number } {
  return { seconds: seconds + Math.floor(microseconds / 1e6), microseconds: microseconds % 1e6 }
}

/** An unsigned integer of up to four octets. */
function numberOf(value: Uint8Array | undefined): number | undefined {
  return value?.reduce((number, octet) => number * 256 + octet, 0)
}

/** zlib or gzip, told by their first octets; or why it cannot be read. */
function inflated(compressed: Uint8Array): Uint8Array | HepFault {
  try {
    return unzipSync(compressed, { maxOutputLength: MOST_INFLATED })
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    return isTooLarge ? 'a compressed payload that is too large' : 'a compressed payload that cannot be read'
  }
}
