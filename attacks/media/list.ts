import type { Attack } from '../attack.ts'
import { FAILING_STREAMS, FAR_SEQUENCES, SAME_SEQUENCES } from './forged.ts'
import { DTLS_FRAGMENTS, STUN_REQUESTS } from './handshakes.ts'
import { SHARED_KEY, SHARED_PORTS } from './keys.ts'
import { LONG_HEADERS, REPEATED_PACKETS, TINY_PACKETS } from './odd-packets.ts'
import { DESCRIBED_PORT, PORT_SCAN, SOURCE_PORTS } from './ports.ts'
import { RTCP_COMPOUNDS, SRTCP_INDICES } from './rtcp.ts'
import { CREDIBLE_SSRCS, MILLION_SSRCS, SSRCS_ON_PORTS, SSRCS_ON_PORTS_256 } from './ssrcs.ts'

/** Attacks on RTP, RTCP, and their keys. */
export const MEDIA: readonly Attack[] = [
  MILLION_SSRCS,
  CREDIBLE_SSRCS,
  SSRCS_ON_PORTS,
  SSRCS_ON_PORTS_256,
  SOURCE_PORTS,
  DESCRIBED_PORT,
  PORT_SCAN,
  TINY_PACKETS,
  LONG_HEADERS,
  REPEATED_PACKETS,
  FAR_SEQUENCES,
  SAME_SEQUENCES,
  FAILING_STREAMS,
  SHARED_PORTS,
  SHARED_KEY,
  RTCP_COMPOUNDS,
  SRTCP_INDICES,
  DTLS_FRAGMENTS,
  STUN_REQUESTS,
]
