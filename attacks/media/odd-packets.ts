import type { Attack } from '../attack.ts'
import { SecuredCall } from './call.ts'
import { missingPackets } from './packet-counts.ts'
import { ATTACKER, EPOCH_US, RtpPacket, TARGET } from './packets.ts'

const PACKET_US = 200

/** RFC 3550 §5.1 and §5.3.1: fifteen sources, and an extension that takes nearly all that is left. */
export const LONG_HEADERS: Attack = {
  name: 'long-headers',
  title: 'RTP of 15 CSRCs and a header extension of 1,200 octets, each with a failing tag',
  against: 'media',
  write(writer, octets) {
    const call = new SecuredCall(0)
    call.setUp(writer, EPOCH_US - 1e6)
    const packet = new RtpPacket()
    for (let n = 0; writer.octets < octets; n++) {
      const octetsOf = packet.of(7, n, 15 * 4 + 4 + 1200 + 10)
      octetsOf[0] = 0x9f
      octetsOf.writeUInt16BE(300, 12 + 15 * 4 + 2)
      call.send(writer, EPOCH_US + n * PACKET_US, octetsOf)
    }
  },
  missing: missingPackets,
}

/** A header and no more: a packet for every 70 octets of the trace. */
export const TINY_PACKETS: Attack = {
  name: 'tiny-packets',
  title: 'RTP of 12 octets, a stream of it',
  against: 'media',
  write(writer, octets) {
    const packet = new RtpPacket()
    for (let n = 0; writer.octets < octets; n++) {
      writer.add(EPOCH_US + n * PACKET_US, ATTACKER, TARGET, packet.of(7, n))
    }
  },
  missing: missingPackets,
}

/** Every number comes again and again, so that each packet is one more that might be a replay. */
export const REPEATED_PACKETS: Attack = {
  name: 'repeated-packets',
  title: 'RTP that repeats itself, its numbers and timestamps leaping to and fro over the wrap',
  against: 'media',
  write(writer, octets) {
    const packet = new RtpPacket()
    for (let n = 0; writer.octets < octets; n++) {
      const sequence = 0xffc0 + (Math.imul(n, 0x9e3779b1) >>> 25)
      writer.add(EPOCH_US + n * PACKET_US, ATTACKER, TARGET, packet.of(7, sequence, 20, Math.imul(n, 0x85ebca6b)))
    }
  },
  missing: missingPackets,
}
