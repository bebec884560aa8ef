import type { Endpoint } from '../src/bytes/endpoint.ts'
import type { TimedDatagram } from './frames.ts'
import { formatRtcp, formatRtp } from './rtp-packet.ts'
import { seededGenerator, seededInteger } from './seeded-random.ts'
import type { SrtpSender } from './srtp-sender.ts'
import { createVoice } from './voice.ts'

/** One direction of a G.711 call: 20 ms a packet, a compound RTCP packet every 2.5 s and at the end. */
export interface MediaStream {
  /** Decides SSRC, first sequence number, first timestamp, audio and jitter. */
  readonly label: string
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly startNs: number
  readonly durationNs: number
  readonly cname: string
  /** Start of the trace, seconds since 1970 UTC: reports carry the wall clock. */
  readonly epochSeconds: number
  readonly payloadType?: number
  readonly firstSequence?: number
  /** Protects the RTP packets. Without it they travel in the clear. */
  readonly rtpProtection?: SrtpSender | undefined
  readonly rtcpProtection?: SrtpSender | undefined
  /** True where the stream breaks off: no last report, no BYE. */
  readonly breaksOff?: boolean
}

const packetNs = 20e6
const samplesPerPacket = 160
const reportNs = 2.5e9
/** Packets arrive up to this much late, in whole microseconds: what every capture format can hold. */
const jitterUs = 900

export function composeMediaStream(stream: MediaStream): TimedDatagram[] {
  const { label, source, destination, startNs, durationNs, cname, epochSeconds } = stream
  const ssrc = seededInteger(`${label}/ssrc`, 1, 0xffffffff)
  // Room for an hour of packets: only a stream that is told its first sequence number wraps.
  const firstSequence = stream.firstSequence ?? seededInteger(`${label}/sequence`, 1, 30_000)
  const firstTimestamp = seededInteger(`${label}/timestamp`, 0, 0x7fffffff)
  const speak = createVoice(label)
  const random = seededGenerator(`${label}/jitter`)
  const datagrams: TimedDatagram[] = []
  const count = Math.floor(durationNs / packetNs)

  const report = (sent: number, timeNs: number, leaving: boolean) => {
    const timestamp = firstTimestamp + sent * samplesPerPacket
    const state = { ssrc, cname, epochSeconds, timeNs, timestamp, packets: sent, octets: sent * samplesPerPacket }
    const packet = formatRtcp(state, leaving)
    datagrams.push({
      timeNs: timeNs + 400_000,
      source: { ...source, port: source.port + 1 },
      destination: { ...destination, port: destination.port + 1 },
      payload: stream.rtcpProtection?.protectRtcp(packet) ?? packet,
    })
  }

  // Not a whole number of packet times, so that reports do not fall together with packets.
  let nextReportNs = startNs + reportNs / 5
  for (let i = 0; i < count; i++) {
    const sentNs = startNs + i * packetNs
    if (sentNs >= nextReportNs) {
      report(i, nextReportNs, false)
      nextReportNs += reportNs + (random() % 200) * 1e6
    }
    const header = {
      marker: i === 0,
      payloadType: stream.payloadType ?? 0,
      sequenceNumber: (firstSequence + i) & 0xffff,
      timestamp: firstTimestamp + i * samplesPerPacket,
      ssrc,
    }
    const packet = formatRtp(header, speak(samplesPerPacket))
    const payload = stream.rtpProtection?.protectRtp(packet) ?? packet
    datagrams.push({ timeNs: sentNs + (random() % jitterUs) * 1000, source, destination, payload })
  }
  if (!stream.breaksOff) report(count, startNs + count * packetNs, true)
  return datagrams
}
