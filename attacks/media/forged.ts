import type { TraceWriter } from '../../bench/captures/trace-writer.ts'
import type { Report } from '../../src/model/report.ts'
import type { Attack } from '../attack.ts'
import { SecuredCall } from './call.ts'
import { missingPackets } from './packet-counts.ts'
import { EPOCH_US, RtpPacket } from './packets.ts'

const SSRC = 0x5eed
const PAYLOAD = 160
const PACKET_US = 20_000

/** A stream of valid packets, and between any two of them `forged` of the same SSRC whose tags fail. */
function writeBetween(
  writer: TraceWriter,
  octets: number,
  forged: number,
  sequenceOf: (n: number, k: number) => number,
) {
  const call = new SecuredCall(0)
  const packet = new RtpPacket()
  const room = Buffer.alloc(2048)
  call.setUp(writer, EPOCH_US - 1e6)
  let n = 0
  for (; writer.octets < octets; n++) {
    const timeUs = EPOCH_US + n * PACKET_US
    // The first packet of all is no forgery: the rollover counter begins with it.
    packet.of(SSRC, 100 + n, PAYLOAD).copy(room)
    const length = call.protection.protect(room, 12 + PAYLOAD, (100 + n) >>> 16)
    call.send(writer, timeUs, room, length)
    for (let k = 0; k < forged; k++) call.send(writer, timeUs + k + 1, packet.of(SSRC, sequenceOf(100 + n, k), PAYLOAD))
  }
  call.tearDown(writer, EPOCH_US + n * PACKET_US)
}

/** One packet in `forged` + 1 was valid, and all of these have to verify. */
function missingVerified(report: Report, forged: number): readonly string[] {
  const { verified, rtp } = report.totals
  return [
    ...missingPackets(report),
    ...(verified * (forged + 1) === rtp ? [] : [`${verified} of ${rtp / (forged + 1)} valid packets verified`]),
  ]
}

/** RFC 3711 §3.3.1: only a packet that verifies moves the rollover counter. */
export const FAR_SEQUENCES: Attack = {
  name: 'far-sequences',
  title: 'forged packets whose sequence numbers are half a period ahead, between valid ones',
  against: 'media',
  write: (writer, octets) => writeBetween(writer, octets, 9, (sequence, k) => sequence + 0x7000 + k),
  missing: (report) => missingVerified(report, 9),
}

export const SAME_SEQUENCES: Attack = {
  name: 'same-sequences',
  title: 'forged packets with the sequence number of a valid one',
  against: 'media',
  write: (writer, octets) => writeBetween(writer, octets, 9, (sequence) => sequence),
  missing: (report) => missingVerified(report, 9),
}

export const FAILING_STREAMS: Attack = {
  name: 'failing-streams',
  title: 'calls whose packets all fail, each with keys of its own',
  against: 'short calls',
  write(writer, octets) {
    const packet = new RtpPacket()
    for (let number = 0; writer.octets < octets; number++) {
      const call = new SecuredCall(number)
      call.setUp(writer, EPOCH_US + number * 1000)
      for (let n = 0; n < 40; n++) {
        call.send(writer, EPOCH_US + number * 1000 + 500 + n, packet.of(number, n, PAYLOAD))
      }
    }
  },
  missing: (report) => [
    ...missingPackets(report),
    ...(report.totals.failed === report.totals.rtp ? [] : [`${report.totals.failed} of ${report.totals.rtp} failed`]),
  ],
}
