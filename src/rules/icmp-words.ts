import { formatEndpoint } from '../bytes/endpoint.ts'
import type { IcmpErrorRun } from '../model/icmp-errors.ts'
import { formatClock } from '../model/time.ts'

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
function icmpName({ kind, destination }: Pick<IcmpErrorRun, 'kind' | 'destination'>): string {
  const isIpv6 = destination.address.includes(':')
  return isIpv6 ? `ICMPv6 ${NAMES_V6[kind] ?? NAMES[kind]}` : `ICMP ${NAMES[kind]}`
}

/** `198.51.100.20 answers with ICMP port unreachable, …`: what is wrong, as far as the error tells. */
export function icmpText(run: IcmpErrorRun): string {
  const { by, kind, destination } = run
  const isReceiver = by === destination.address
  const at = formatEndpoint(destination)
  const said = `with ${icmpName(run)} (${framesText(run)})`
  switch (kind) {
    case 'port-unreachable':
      return isReceiver
        ? `${by} answers it ${said}: nothing listens on ${at}, or a firewall or NAT there rejects it`
        : `${by} answers it ${said} in place of ${destination.address}: a firewall on the way to ${at} rejects it, or a NAT leads to a closed port`
    case 'prohibited':
      return `${by} rejects it ${said}: a firewall does not let it through to ${at}`
    case 'host-unreachable':
      return `${by} says ${said} that it does not get to ${destination.address}: nobody answers there, or no route leads there`
    case 'network-unreachable':
      return `${by} says ${said} that it has no route to ${destination.address}`
    case 'ttl-exceeded':
      return `${by} drops it ${said} on its way to ${destination.address}: it goes in a circle, or was sent with too small a TTL`
    case 'too-big':
      return `${by} drops it ${said}: it is larger than the next link takes${run.mtu === undefined ? '' : `, ${run.mtu} octets`}`
    case 'fragments-missing':
      return `${by} says ${said} that fragments of it were lost on the way`
    default:
      return `${by} says ${said} that it does not get to ${at}`
  }
}

/** Rotated files count their frames each from one: where the errors go on through several, the times tell. */
function framesText({ first, last }: IcmpErrorRun): string {
  if (first.capture !== last.capture) {
    return `first at ${formatClock(first.timeUs)}, last at ${formatClock(last.timeUs)}`
  }
  return first.frame === last.frame ? `frame ${first.frame}` : `first in frame ${first.frame}, last in ${last.frame}`
}

const PORT_REMEDY =
  'Look at the receiver for what listens on that port while the call runs (ss -lunp): a media process that ended, or sits on ' +
  'another address; then at the firewall of that host, for rules that reject (iptables, nftables: REJECT).'

const REMEDIES: Readonly<Partial<Record<IcmpErrorRun['kind'], string>>> = {
  'port-unreachable': PORT_REMEDY,
  prohibited: 'Let the media ports of the receiver through at the firewall that sends these errors.',
  'host-unreachable':
    'Look whether the receiver is up and has the address that it described; if so, at the router that sends these errors: ARP ' +
    'or neighbour discovery finds nobody there.',
  'network-unreachable': 'Give the router that sends these errors a route to the network of the receiver.',
  'ttl-exceeded':
    'Follow the way to the receiver with traceroute from the sender: two routers that send to one another make a circle.',
}

/** What to change; nothing where the error does not say it. */
export function icmpRemedy({ kind, by, destination }: IcmpErrorRun): string | undefined {
  if (kind === 'port-unreachable' && by !== destination.address) {
    return 'Look at the firewall or NAT that sends these errors: what it does with UDP to that address and port.'
  }
  return REMEDIES[kind]
}

/** Of a run, for evidence. */
export function icmpEvidence(run: IcmpErrorRun): object {
  const { by, kind, type, code, source, destination, count, first, last, mtu } = run
  return {
    by,
    kind,
    type,
    code,
    source: formatEndpoint(source),
    destination: formatEndpoint(destination),
    errors: count,
    ...(mtu !== undefined && { mtu }),
    firstFrame: first.frame,
    ...(first.capture === last.capture && { lastFrame: last.frame }),
  }
}
