import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Where an address can be reached from. Documentation ranges (RFC 5737, RFC 3849) stand for public addresses. */
export type AddressClass =
  | 'public'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'unique-local'
  | 'loopback'
  | 'unspecified'
  | 'multicast'

/**
 * The text of an address of 4 or 16 octets: dotted decimal, or RFC 5952's canonical form, in which IPv4-mapped
 * addresses end in dotted decimal (§5): `::ffff:192.0.2.1` stays an IPv6 address.
 */
export function formatAddress(bytes: Uint8Array, offset: number, length: number): string {
  if (length === 4) return formatIpv4(bytes, offset)
  const groups: number[] = []
  for (let i = 0; i < 8; i++) groups.push((bytes[offset + 2 * i] << 8) | bytes[offset + 2 * i + 1])
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${formatIpv4(bytes, offset + 12)}`
  }
  const zeros = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (zeros.length < 2) return hex.join(':')
  return `${hex.slice(0, zeros.start).join(':')}::${hex.slice(zeros.start + zeros.length).join(':')}`
}

function formatIpv4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > longest.length) longest = { start, length: end - start }
  }
  return longest
}

/**
 * The 4 or 16 octets of an address in text, or undefined where it is none: four decimal parts, or any form of
 * RFC 4291 §2.2. A zone (`%eth0`) names an interface of the sender only and is dropped. No brackets, no host names.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number)
  return isIPv6(text) ? parseIpv6(text.split('%')[0]) : undefined
}

function parseIpv6(text: string): Uint8Array {
  const [head, tail] = text.split('::').map((part) => part.split(':').filter(Boolean).flatMap(groupOctets))
  const bytes = new Uint8Array(16)
  bytes.set(head)
  if (tail !== undefined) bytes.set(tail, 16 - tail.length)
  return bytes
}

function groupOctets(group: string): number[] {
  if (group.includes('.')) return group.split('.').map(Number)
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}

/** ipaddr.js' names for the special-purpose registries of RFC 6890; what is not named here is public. */
const CLASSES: Readonly<Record<string, AddressClass>> = {
  private: 'private',
  carrierGradeNat: 'shared',
  linkLocal: 'link-local',
  uniqueLocal: 'unique-local',
  // fec0::/10 was withdrawn (RFC 3879) in favour of unique local addresses.
  deprecatedSiteLocal: 'unique-local',
  loopback: 'loopback',
  unspecified: 'unspecified',
  multicast: 'multicast',
}

/** Classes already found: a trace asks for the same few addresses with every call. */
const classified = new Map<string, AddressClass | undefined>()
const MAX_CLASSIFIED = 4096

/** The class of an address in text; an IPv4-mapped one counts as its IPv4 address. Undefined for what is no address. */
export function classifyAddress(text: string): AddressClass | undefined {
  if (classified.has(text)) return classified.get(text)
  if (classified.size === MAX_CLASSIFIED) classified.clear()
  const found = classOf(text)
  classified.set(text, found)
  return found
}

function classOf(text: string): AddressClass | undefined {
  const bytes = parseAddress(text)
  if (bytes === undefined) return undefined
  const address = ipaddr.fromByteArray([...bytes])
  const range = (address.kind() === 'ipv6' ? ipaddr.process(address.toString()) : address).range()
  return CLASSES[range] ?? 'public'
}
