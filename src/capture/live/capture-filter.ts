/**
 * What a live scan takes in where nobody says otherwise: docs/decisions/live-sources.md. Every UDP packet but those of
 * services that are never media, since media ports are not known beforehand and SIP over UDP has many; SIP and SIP over
 * WebSocket by their usual TCP ports; later fragments, which have no ports; tunnels that are looked into.
 */
const PLAIN = [
  '(udp and not port 53 and not port 67 and not port 68 and not port 123 and not port 161)',
  'tcp portrange 5060-5091',
  'tcp port 7443',
  'tcp portrange 8088-8089',
  // IPv4: a fragment offset other than 0; IPv6: a Fragment header comes first (44).
  'ip[6:2] & 0x1fff != 0',
  'ip6[6] == 44',
  // IP in IP, GRE and with it ERSPAN
  'proto 4',
  'proto 41',
  'proto 47',
].join(' or ')

/** With up to two VLAN tags. `vlan` moves all that stands to the right of it, so the untagged case is the first. */
export const DEFAULT_FILTER = `${PLAIN} or (vlan and (${PLAIN} or (vlan and (${PLAIN}))))`

/** For link layers that have no VLAN tags, where libpcap refuses the word: cooked and raw ones. */
export const DEFAULT_FILTER_WITHOUT_VLAN = PLAIN
