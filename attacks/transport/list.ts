import type { Attack } from '../attack.ts'
import { DTLS } from './dtls.ts'
import { TAGS } from './exported-pdu.ts'
import { GZIP, PCAP, PCAPNG } from './files.ts'
import { ICMP_FLOOD } from './icmp.ts'
import {
  EXTENSION_HEADERS,
  FIRST_FRAGMENTS,
  OVERLAPPING_FRAGMENTS,
  PIECE_TURNOVER,
  TINY_FRAGMENTS,
} from './ip-fragments.ts'
import { CONNECTION_FLOOD, KEEP_ALIVES, RESET_STORM, SYN_FLOOD } from './tcp-connections.ts'
import { HOLES, JUMPS, OVERLAPS, REVERSED, TINY_SEGMENTS } from './tcp-segments.ts'
import { TLS } from './tls.ts'
import { LABELS, NESTED_IP, NESTED_TUNNELS, NESTED_VLANS } from './tunnels.ts'
import {
  COMPRESSED_REQUESTS,
  DEFLATE_BOMBS,
  ENDLESS_MESSAGES,
  REPEATED_REQUESTS,
  SLOW_HANDSHAKES,
  TINY_COMPRESSED,
  TINY_FRAMES,
} from './web-socket.ts'

/** What carries the traffic: files, links, tunnels, TCP, TLS. */
export const TRANSPORT: readonly Attack[] = [
  ...PCAP,
  ...PCAPNG,
  ...GZIP,
  NESTED_TUNNELS,
  NESTED_VLANS,
  NESTED_IP,
  LABELS,
  TAGS,
  TINY_FRAGMENTS,
  OVERLAPPING_FRAGMENTS,
  FIRST_FRAGMENTS,
  PIECE_TURNOVER,
  EXTENSION_HEADERS,
  ICMP_FLOOD,
  TINY_SEGMENTS,
  OVERLAPS,
  REVERSED,
  HOLES,
  JUMPS,
  SYN_FLOOD,
  CONNECTION_FLOOD,
  RESET_STORM,
  KEEP_ALIVES,
  TINY_FRAMES,
  ENDLESS_MESSAGES,
  SLOW_HANDSHAKES,
  DEFLATE_BOMBS,
  TINY_COMPRESSED,
  COMPRESSED_REQUESTS,
  REPEATED_REQUESTS,
  ...TLS,
  ...DTLS,
]
