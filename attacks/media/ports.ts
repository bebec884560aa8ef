import type { TraceWriter } from '../../bench/captures/trace-writer.ts'
import type { Attack } from '../attack.ts'
import { SecuredCall } from './call.ts'
import { missingPackets } from './packet-counts.ts'
import { ATTACKER, EPOCH_US, nthPlace, RtpPacket, TARGET } from './packets.ts'

const PACKET_US = 20

/** One RTP packet from ever another address and port. */
function writeFromEverywhere(writer: TraceWriter, octets: number, target = TARGET): void {
  const packet = new RtpPacket()
  for (let n = 0; writer.octets < octets; n++) {
    writer.add(EPOCH_US + n * PACKET_US, nthPlace(ATTACKER, n), target, packet.of(7, n))
  }
}

export const SOURCE_PORTS: Attack = {
  name: 'source-ports',
  title: 'an RTP packet each from many addresses and ports to one port',
  against: 'media',
  write: writeFromEverywhere,
  missing: missingPackets,
}

/** The same to a port that a call has described: whatever comes there may be its media. */
export const DESCRIBED_PORT: Attack = {
  name: 'described-port',
  title: 'an RTP packet each from many addresses and ports to the port of a call',
  against: 'media',
  write(writer, octets) {
    const call = new SecuredCall(0)
    call.setUp(writer, EPOCH_US - 1e6)
    writeFromEverywhere(writer, octets, call.callee.media)
  },
  missing: missingPackets,
}

export const PORT_SCAN: Attack = {
  name: 'port-scan',
  title: 'an RTP packet each to many addresses and ports',
  against: 'media',
  write(writer, octets) {
    const packet = new RtpPacket()
    for (let n = 0; writer.octets < octets; n++) {
      writer.add(EPOCH_US + n * PACKET_US, ATTACKER, nthPlace(TARGET, n), packet.of(n, n))
    }
  },
  missing: missingPackets,
}
