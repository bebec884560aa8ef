import type { IcmpErrorRun } from '../../model/icmp-errors.ts'

/** As RFC 792, RFC 1812 §5.2.7.1 and RFC 4443 §3 call them. */
const NAMES: Readonly<Record<IcmpErrorRun['kind'], string>> = {
  'network-unreachable': 'network unreachable',
  'host-unreachable': 'host unreachable',
  'protocol-unreachable': 'protocol unreachable',
  'port-unreachable': 'port unreachable',
  'too-big': 'fragmentation needed',
  'source-route-failed': 'source route failed',
  prohibited: 'communication administratively prohibited',
  'ttl-exceeded': 'time to live exceeded',
  'fragments-missing': 'fragment reassembly time exceeded',
  unreachable: 'destination unreachable',
}

const NAMES_V6: Readonly<Partial<Record<IcmpErrorRun['kind'], string>>> = {
  'network-unreachable': 'no route to destination',
  'host-unreachable': 'address unreachable',
  'too-big': 'packet too big',
  'ttl-exceeded': 'hop limit exceeded',
}

/** `ICMP port unreachable`, `ICMPv6 packet too big`. */
export function icmpName({ kind, destination }: Pick<IcmpErrorRun, 'kind' | 'destination'>): string {
  const isIpv6 = destination.address.includes(':')
  return isIpv6 ? `ICMPv6 ${NAMES_V6[kind] ?? NAMES[kind]}` : `ICMP ${NAMES[kind]}`
}
