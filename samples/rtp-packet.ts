/**
 * An RTP packet without CSRCs and extension (RFC 3550 §5.1).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                           timestamp                           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |           synchronization source (SSRC) identifier            |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export function formatRtp(
  header: {
    readonly marker: boolean
    readonly payloadType: number
    readonly sequenceNumber: number
    readonly timestamp: number
    readonly ssrc: number
  },
  payload: Uint8Array,
): Buffer {
  const packet = Buffer.alloc(12 + payload.length)
  packet[0] = 0x80
  packet[1] = (header.marker ? 0x80 : 0) | header.payloadType
  packet.writeUInt16BE(header.sequenceNumber, 2)
  packet.writeUInt32BE(header.timestamp >>> 0, 4)
  packet.writeUInt32BE(header.ssrc >>> 0, 8)
  packet.set(payload, 12)
  return packet
}

/** What a sender says of itself in a Sender Report (RFC 3550 §6.4.1). */
export interface SenderState {
  readonly ssrc: number
  readonly cname: string
  /** Wall clock, nanoseconds since 1970 UTC in two parts. */
  readonly epochSeconds: number
  readonly timeNs: number
  readonly timestamp: number
  readonly packets: number
  readonly octets: number
}

const ntpEpochOffset = 2_208_988_800

/** A compound RTCP packet: SR without report blocks, SDES with the CNAME, and BYE where the sender leaves. */
export function formatRtcp(sender: SenderState, leaving: boolean): Buffer {
  const report = Buffer.alloc(28)
  report.writeUInt32BE(0x80c80006, 0)
  report.writeUInt32BE(sender.ssrc, 4)
  report.writeUInt32BE(sender.epochSeconds + Math.floor(sender.timeNs / 1e9) + ntpEpochOffset, 8)
  report.writeUInt32BE(Math.floor(((sender.timeNs % 1e9) / 1e9) * 2 ** 32), 12)
  report.writeUInt32BE(sender.timestamp >>> 0, 16)
  report.writeUInt32BE(sender.packets, 20)
  report.writeUInt32BE(sender.octets, 24)

  // Item CNAME (1), its length, its text, then zeros to the next multiple of four, at least one (RFC 3550 §6.5).
  const item = Buffer.concat([Buffer.from([1, sender.cname.length]), Buffer.from(sender.cname)])
  const description = Buffer.alloc(8 + (Math.floor(item.length / 4) + 1) * 4)
  description.writeUInt32BE((0x81ca0000 | (description.length / 4 - 1)) >>> 0, 0)
  description.writeUInt32BE(sender.ssrc, 4)
  description.set(item, 8)

  const bye = Buffer.alloc(leaving ? 8 : 0)
  if (leaving) {
    bye.writeUInt32BE(0x81cb0001, 0)
    bye.writeUInt32BE(sender.ssrc, 4)
  }
  return Buffer.concat([report, description, bye])
}
