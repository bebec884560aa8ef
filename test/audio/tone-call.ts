import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams, type TimedDatagram } from '../../samples/frames.ts'
import { formatRtp } from '../../samples/rtp-packet.ts'
import { formatAudioDescription } from '../../samples/sdp-body.ts'
import { seededOctets } from '../../samples/seeded-random.ts'
import { composeSipCall, type Side } from '../../samples/sip-call.ts'
import { createSrtpSender, masterLength } from '../../samples/srtp-sender.ts'
import { type SpeechEncoder, sine, speechEncoders } from './tone.ts'

const ms = 1e6
export const EPOCH_SECONDS = 1_768_469_400
const ANSWER_NS = 2000 * ms
const PAYLOAD_TYPES = { PCMU: 0, PCMA: 8, G722: 9, opus: 111 } as const
const OPUS_FORMAT = ['a=rtpmap:111 opus/48000/2', 'a=fmtp:111 useinbandfec=1'].join('\r\n')

export interface ToneSide {
  readonly codec: keyof typeof PAYLOAD_TYPES
  /** Hz; of Opus there is no tone, only packets. */
  readonly frequency: number
  /** Packets of 20 ms. */
  readonly packets: number
  /** After the answer. */
  readonly startMs?: number
  readonly firstSequence?: number
  /** What becomes of a packet on its way: its octets and how late it is, or nothing where it is lost. */
  readonly way?: (n: number, packet: Buffer) => { readonly packet: Buffer; readonly lateMs?: number } | undefined
}

export interface ToneCall {
  readonly callId: string
  readonly suite?: string
  readonly sides: Readonly<Record<Side, ToneSide>>
  readonly inviteMs?: number
}

const ADDRESSES = { caller: '203.0.113.5', callee: '198.51.100.7' } as const

const STATIC = [9, 8, 0] as const

/** The datagrams of a call of which each side says a tone, protected with the keys of its description. */
export function composeToneCall(call: ToneCall): TimedDatagram[] {
  const { callId, suite = 'AES_CM_128_HMAC_SHA1_80', sides, inviteMs = 0 } = call
  const inviteNs = inviteMs * ms
  const answerNs = inviteNs + ANSWER_NS
  const key = (side: Side) => seededOctets(`${callId}/${side}/key`, masterLength(suite))
  const party = (side: Side) => ({
    user: side,
    displayName: side,
    userAgent: 'tone',
    signalling: { address: ADDRESSES[side], port: 5060 },
  })
  const port = (side: Side) => (side === 'caller' ? 16400 : 20000) + 2 * (inviteMs % 1000)
  const answered = new Set<number>(Object.values(sides).map(({ codec }) => PAYLOAD_TYPES[codec]))
  const description = (side: Side) =>
    formatAudioDescription({
      origin: ADDRESSES[side],
      port: port(side),
      profile: 'RTP/SAVP',
      codecs: side === 'caller' ? [9, 8, 0] : STATIC.filter((type) => answered.has(type)),
      crypto: [{ tag: 1, suite, key: key(side) }],
      sessionId: 1,
    })
      .replace(/^(m=.*) 101\r\n/m, '$1 111 101\r\n')
      .replace('a=rtpmap:101', `${OPUS_FORMAT}\r\na=rtpmap:101`)
  const talkNs = Math.max(...Object.values(sides).map(({ packets, startMs = 0 }) => startMs + packets * 20)) * ms
  const signalling = composeSipCall({
    callId,
    transport: 'udp',
    caller: party('caller'),
    callee: party('callee'),
    offer: description('caller'),
    inviteNs,
    outcome: { answer: description('callee'), answerNs, byeNs: answerNs + talkNs + 2000 * ms },
  }).map(({ timeNs, from, text }): TimedDatagram => {
    const to = from === 'caller' ? 'callee' : 'caller'
    const [source, destination] = [party(from).signalling, party(to).signalling]
    return { timeNs, source, destination, payload: Buffer.from(text) }
  })
  const media = (['caller', 'callee'] as const).flatMap((side) => {
    const other = side === 'caller' ? 'callee' : 'caller'
    const ends = {
      source: { address: ADDRESSES[side], port: port(side) },
      destination: { address: ADDRESSES[other], port: port(other) },
    }
    const sender = createSrtpSender(suite, key(side))
    return tonePackets(sides[side], side).flatMap((clear, n): TimedDatagram[] => {
      const protectedPacket = sender.protectRtp(clear)
      const arrived = sides[side].way ? sides[side].way(n, protectedPacket) : { packet: protectedPacket }
      if (arrived === undefined) return []
      const timeNs = answerNs + (100 + (sides[side].startMs ?? 0) + n * 20 + (arrived.lateMs ?? 0)) * ms
      return [{ timeNs, ...ends, payload: arrived.packet }]
    })
  })
  return [...signalling, ...media].sort((a, b) => a.timeNs - b.timeNs)
}

function tonePackets({ codec, frequency, packets, firstSequence = 1000 }: ToneSide, side: Side): Buffer[] {
  const payload = codec === 'opus' ? opusPacket : tonePayloads(speechEncoders[codec](), frequency)
  return Array.from({ length: packets }, (_, n) =>
    formatRtp(
      {
        marker: n === 0,
        payloadType: PAYLOAD_TYPES[codec],
        sequenceNumber: (firstSequence + n) & 0xffff,
        timestamp: 90_000 + n * (codec === 'opus' ? 960 : 160),
        ssrc: side === 'caller' ? 0x11112222 : 0x33334444,
      },
      payload(n),
    ),
  )
}

function tonePayloads(encoder: SpeechEncoder, frequency: number): (n: number) => Uint8Array {
  const samples = encoder.rate / 50
  return (n) => encoder.encode(sine(frequency, encoder.rate, n * samples, samples))
}

/** What has the outside of a packet of Opus of 20 ms, mono, and its number inside. */
export function opusPacket(n: number): Uint8Array {
  return Uint8Array.of(13 << 3, n, 1, 2, 3, 4, 5, 6)
}

export function toneCapture(...calls: readonly ToneCall[]): Buffer {
  const datagrams = calls.flatMap(composeToneCall).sort((a, b) => a.timeNs - b.timeNs)
  return formatPcap(frameDatagrams(datagrams), EPOCH_SECONDS, 'micro')
}
