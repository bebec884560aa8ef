import type { Attack } from '../attack.ts'
import { SecuredCall } from './call.ts'
import { missingPackets } from './packet-counts.ts'
import { ATTACKER, EPOCH_US, TARGET } from './packets.ts'

const BYE = Buffer.from([0x80, 203, 0, 0])
const PACKET_US = 1000

/** RFC 3550 §6.1: packets of a compound stand one behind the other; the smallest, a BYE of nobody, has four octets. */
export const RTCP_COMPOUNDS: Attack = {
  name: 'rtcp-compounds',
  title: 'RTCP of 350 packets in a datagram',
  against: 'media',
  write(writer, octets) {
    const compound = Buffer.concat([Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 7]), ...Array(348).fill(BYE)])
    for (let n = 0; writer.octets < octets; n++) writer.add(EPOCH_US + n * PACKET_US, ATTACKER, TARGET, compound)
  },
  missing: missingPackets,
}

/** RFC 3711 §3.4: the index is carried in the packet, and only the tag says whether it is true. */
export const SRTCP_INDICES: Attack = {
  name: 'srtcp-indices',
  title: 'SRTCP of a call with forged indices, none of which verifies',
  against: 'media',
  write(writer, octets) {
    const call = new SecuredCall(0)
    call.setUp(writer, EPOCH_US - 1e6)
    const { media } = call.caller
    const to = call.callee.media
    const packet = Buffer.alloc(28 + 4 + 10)
    packet.set([0x80, 200, 0, 6, 0, 0, 0x5e, 0xed])
    for (let n = 0; writer.octets < octets; n++) {
      packet.writeUInt32BE((0x80000000 | Math.imul(n, 0x9e3779b1)) >>> 0, 28)
      const [from, target] = [media, to].map(({ address, port }) => ({ address, port: port + 1 }))
      writer.add(EPOCH_US + n * PACKET_US, from, target, packet)
    }
  },
  missing: missingPackets,
}
