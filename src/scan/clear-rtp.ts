import type { RtpFrame } from '../audio/rtp-frame.ts'
import { describedBy, mediaOf } from '../media/media-line.ts'
import type { Codec } from '../sdp/description.ts'
import { STATIC_PAYLOAD_TYPES } from '../sdp/static-payload-types.ts'
import { rtpHeaderLength } from '../srtp/packet-layout.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'

/** The fields of an RTP packet (RFC 3550 §5.1) that is whole. */
export interface RtpFields extends Pick<RtpFrame, 'rtpTimestamp' | 'payloadType' | 'payload'> {
  readonly sequenceNumber: number
}

/** Undefined where its header does not fit into it, or its padding is longer than what it holds. */
export function readRtp(packet: Uint8Array): RtpFields | undefined {
  const header = rtpHeaderLength(packet, 0, packet.length)
  if (header < 0) return undefined
  const padding = (packet[0] & 0x20) !== 0 ? (packet.at(-1) ?? 0) : 0
  if (header + padding > packet.length) return undefined
  return {
    sequenceNumber: (packet[2] << 8) | packet[3],
    rtpTimestamp: ((packet[4] << 24) | (packet[5] << 16) | (packet[6] << 8) | packet[7]) >>> 0,
    payloadType: packet[1] & 0x7f,
    payload: packet.subarray(header, packet.length - padding),
  }
}

/**
 * What a stream's payload types stand for. The description of the party that they are sent to says so (RFC 3264 §5.1), and
 * where that is silent the sender's own.
 */
export function codecsOf({ plan }: JudgedStream): ReadonlyMap<number, Codec> {
  const codecs = new Map<number, Codec>()
  for (const [payloadType, [name, clockRate, channels]] of STATIC_PAYLOAD_TYPES) {
    codecs.set(payloadType, { payloadType, name, clockRate, ...(channels !== undefined && { channels }) })
  }
  const { binding } = plan.keying
  for (const side of ['sender', 'receiver'] as const) {
    for (const { exchange, index, sender } of binding?.lines ?? []) {
      const receiver = sender === 'offerer' ? 'answerer' : 'offerer'
      for (const described of describedBy(exchange, side === 'sender' ? sender : receiver)) {
        for (const codec of mediaOf(described, index)?.codecs ?? []) codecs.set(codec.payloadType, codec)
      }
    }
  }
  return codecs
}
