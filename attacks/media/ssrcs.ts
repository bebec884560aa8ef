import type { TraceWriter } from '../../bench/captures/trace-writer.ts'
import type { Attack } from '../attack.ts'
import { missingPackets } from './packet-counts.ts'
import { ATTACKER, EPOCH_US, RtpPacket, TARGET } from './packets.ts'

const MILLION = 1_000_000
const RECORD_OCTETS = 70

/** Every SSRC once, then every SSRC again, twenty seconds later; so many ports hear them in turn. */
function writeSsrcs(writer: TraceWriter, packetsEach: number, ports = 1): void {
  const packet = new RtpPacket()
  for (let sequence = 0; sequence < packetsEach; sequence++) {
    for (let n = 0; n < MILLION; n++) {
      const ssrc = Math.imul(n, 0x9e3779b1)
      const to = { ...TARGET, port: TARGET.port + 2 * (n % ports) }
      writer.add(EPOCH_US + sequence * 20e6 + n * 20, ATTACKER, to, packet.of(ssrc, sequence))
    }
  }
}

export const MILLION_SSRCS: Attack = {
  name: 'million-ssrcs',
  title: '1,000,000 SSRCs from one port to one port, a packet each',
  against: 'media',
  octets: MILLION * RECORD_OCTETS,
  write: (writer) => writeSsrcs(writer, 1),
  missing: missingPackets,
}

/** Four packets are what makes a stream of sequence numbers that nobody described. */
export const CREDIBLE_SSRCS: Attack = {
  name: 'credible-ssrcs',
  title: '1,000,000 SSRCs from one port to one port, four packets each',
  against: 'media',
  octets: MILLION * 4 * RECORD_OCTETS,
  write: (writer) => writeSsrcs(writer, 4),
  missing: missingPackets,
}

/** None of the ports hears too many, and each stream is worth its place in the report: what keeps them out is the table. */
export const SSRCS_ON_PORTS: Attack = {
  name: 'ssrcs-on-ports',
  title: '1,000,000 SSRCs to 1,000 ports, four packets each',
  against: 'short calls',
  octets: MILLION * 4 * RECORD_OCTETS,
  write: (writer) => writeSsrcs(writer, 4, 1000),
  missing: missingPackets,
}

export const SSRCS_ON_PORTS_256: Attack = {
  ...SSRCS_ON_PORTS,
  name: 'ssrcs-on-ports-256',
  title: 'the same under --max-memory 256',
  args: ['--max-memory', '256'],
}
