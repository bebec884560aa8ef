import { IcmpType, Icmpv6Type } from './icmp.ts'

/** Why a datagram did not arrive. ICMP and ICMPv6 have other numbers for the same. */
export type IcmpErrorKind =
  | 'network-unreachable'
  | 'host-unreachable'
  | 'protocol-unreachable'
  | 'port-unreachable'
  | 'too-big'
  | 'source-route-failed'
  | 'prohibited'
  | 'ttl-exceeded'
  | 'fragments-missing'
  /** For another reason, or one that no RFC named when this was written. */
  | 'unreachable'

/** Codes of destination unreachable (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1), in their order. */
const UNREACHABLE: readonly IcmpErrorKind[] = [
  'network-unreachable',
  'host-unreachable',
  'protocol-unreachable',
  'port-unreachable',
  'too-big',
  'source-route-failed',
  'network-unreachable',
  'host-unreachable',
  // Of the source, which is said to be isolated.
  'unreachable',
  'prohibited',
  'prohibited',
  'network-unreachable',
  'host-unreachable',
  'prohibited',
  'prohibited',
  'prohibited',
]

/** The same of ICMPv6 (RFC 4443 §3.1; 5 and 6 are kinds of 1; 7: RFC 6554 §3.1). */
const UNREACHABLE_V6: readonly IcmpErrorKind[] = [
  'network-unreachable',
  'prohibited',
  // Beyond the scope of the source address.
  'unreachable',
  'host-unreachable',
  'port-unreachable',
  'prohibited',
  'prohibited',
  'source-route-failed',
]

const TIME_EXCEEDED: readonly IcmpErrorKind[] = ['ttl-exceeded', 'fragments-missing']

/** What a type and its code mean; undefined for what is no error of a datagram's delivery. */
export function icmpErrorKind(type: number, code: number, isIpv6: boolean): IcmpErrorKind | undefined {
  if (isIpv6 && type === Icmpv6Type.PacketTooBig) return 'too-big'
  const { DestinationUnreachable, TimeExceeded } = isIpv6 ? Icmpv6Type : IcmpType
  if (type === TimeExceeded) return TIME_EXCEEDED[code] ?? 'unreachable'
  if (type !== DestinationUnreachable) return undefined
  return (isIpv6 ? UNREACHABLE_V6 : UNREACHABLE)[code] ?? 'unreachable'
}
