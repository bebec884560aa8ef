import { classifyAddress, parseAddress } from '../net/addresses.ts'

const PRIVATE: ReadonlySet<string> = new Set(['private', 'shared', 'link-local', 'unique-local', 'loopback'])

/**
 * Whether an address means something within its own network only: RFC 1918, RFC 6598, RFC 4193, link-local, loopback.
 * Unspecified (hold), multicast, documentation ranges and what is no address are not.
 */
export function isPrivate(address: string): boolean {
  return PRIVATE.has(classifyAddress(address) ?? '')
}

/** Whether two addresses are both IPv4 or both IPv6. */
export function isSameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':')
}

/** Whether two public addresses are likely of one site: in one /24, or in one /48 (RFC 6177 §2). */
export function isSameSite(a: string, b: string): boolean {
  const [first, second] = [parseAddress(a), parseAddress(b)]
  if (first === undefined || second === undefined || first.length !== second.length) return false
  const prefix = first.length === 4 ? 3 : 6
  return Buffer.compare(first.subarray(0, prefix), second.subarray(0, prefix)) === 0
}
