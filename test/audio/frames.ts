import type { RtpFrame } from '../../src/audio/rtp-frame.ts'
import { type SpeechEncoder, sine, speechEncoders } from './tone.ts'

export const START_US = Date.UTC(2026, 0, 15, 9, 30) * 1000

export interface ToneStream {
  readonly codec?: keyof typeof speechEncoders
  readonly sender?: 'caller' | 'callee'
  readonly streamId?: string
  readonly callId?: string
  readonly frequency?: number
  /** Packets of 20 ms. */
  readonly packets: number
  /** After the start of the trace. */
  readonly startMs?: number
  readonly firstSequence?: number
  readonly firstTimestamp?: number
  readonly encoder?: SpeechEncoder
}

/** The packets of a sine, 20 ms each, captured when they are sent. */
export function toneFrames(stream: ToneStream): RtpFrame[] {
  const { codec = 'PCMU', sender = 'caller', streamId = sender, callId = 'call@example.com' } = stream
  const { frequency = 1000, packets, startMs = 0, firstSequence = 100, firstTimestamp = 5000 } = stream
  const encoder = stream.encoder ?? speechEncoders[codec]()
  const perPacket = encoder.rate / 50
  return Array.from({ length: packets }, (_, i) => ({
    streamId,
    callId,
    sender,
    codec: { name: codec, clockRate: 8000 },
    payloadType: { PCMU: 0, PCMA: 8, G722: 9 }[codec],
    timestampUs: START_US + startMs * 1000 + i * 20_000,
    sequence: firstSequence + i,
    rtpTimestamp: (firstTimestamp + i * 160) >>> 0,
    payload: encoder.encode(sine(frequency, encoder.rate, i * perPacket, perPacket)),
  }))
}

/** In the capture's order. */
export function inTime(...streams: readonly RtpFrame[][]): RtpFrame[] {
  return streams.flat().sort((a, b) => a.timestampUs - b.timestampUs)
}
