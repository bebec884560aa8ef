import { formatRtcp, formatRtp } from '../../../samples/rtp-packet.ts'
import { seededGenerator, seededInteger } from '../../../samples/seeded-random.ts'
import { createVoice } from '../../../samples/voice.ts'
import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import type { Protection } from './protection.ts'
import { EPOCH_SECONDS, type Trace } from './trace.ts'

/** One packet before it is sent. */
export interface Sent {
  atMs: number
  sequenceNumber: number
  timestamp: number
  ssrc: number
  payloadType: number
  rolloverCounter: number
  /** What the codec made. */
  payload: Buffer
  under: Protection | undefined
  source: Endpoint
  destination: Endpoint
  mark: string | undefined
  /** Changes what goes onto the wire. */
  wire?: (packet: Buffer) => Buffer
  /** Sent again so much later. */
  againAfterMs?: number
}

/** Packets of one sender to one place, 20 ms each, with RTCP beside them on the next port. */
export interface Flow {
  /** Decides all that is random. */
  readonly label: string
  readonly from: Endpoint
  readonly to: Endpoint
  readonly startMs: number
  readonly endMs: number
  /** Without it the packets travel in the clear. */
  readonly under?: Protection | undefined
  /** By default RTCP is protected as RTP is. */
  readonly rtcp?: 'none' | 'clear' | Protection
  readonly firstSequence?: number
  readonly rolloverCounter?: number
  readonly ssrc?: number
  readonly payloadType?: number
  readonly packetMs?: number
  /** Of the RTP clock: 8 for most of telephony, 48 for Opus, 90 for video. */
  readonly ticksPerMs?: number
  /** RTCP on the ports of RTP (RFC 5761). */
  readonly multiplexed?: boolean
  /** Marks the first packet. */
  readonly mark?: string
  /** Changes a packet, the nth of the flow; `null` leaves it out. */
  readonly each?: (sent: Sent, n: number) => Sent | null | undefined
}

const VOICE_SAMPLES_PER_MS = 8

export function send(trace: Trace, flow: Flow): void {
  const { label, from, to, startMs, endMs, packetMs = 20, ticksPerMs = 8, under, rtcp = under ?? 'clear' } = flow
  const random = seededGenerator(`${label}/jitter`)
  const ssrc = flow.ssrc ?? seededInteger(`${label}/ssrc`, 1, 0xfffffffe)
  const firstSequence = flow.firstSequence ?? seededInteger(`${label}/sequence`, 1, 30_000)
  const firstTimestamp = seededInteger(`${label}/timestamp`, 0, 0x3fffffff)
  const samples = packetMs * ticksPerMs
  const speak = createVoice(label)
  const count = Math.floor((endMs - startMs) / packetMs)
  for (let n = 0; n < count; n++) {
    const number = firstSequence + n
    const made: Sent = {
      atMs: startMs + n * packetMs + (random() % 600) / 1000,
      sequenceNumber: number & 0xffff,
      timestamp: firstTimestamp + n * samples,
      ssrc,
      payloadType: flow.payloadType ?? 0,
      rolloverCounter: (flow.rolloverCounter ?? 0) + (number >>> 16),
      payload: speak(packetMs * VOICE_SAMPLES_PER_MS),
      under,
      source: from,
      destination: to,
      mark: n === 0 ? flow.mark : undefined,
    }
    const sent = flow.each === undefined ? made : flow.each(made, n)
    if (sent) put(trace, sent)
  }
  if (rtcp !== 'none') reports(trace, flow, rtcp, { ssrc, firstTimestamp, samples })
}

function put(trace: Trace, sent: Sent): void {
  const rtp = formatRtp({ marker: false, ...sent }, sent.payload)
  const packet = sent.under?.rtp(rtp, sent.rolloverCounter) ?? rtp
  const wire = sent.wire?.(Buffer.from(packet)) ?? packet
  trace.datagram(sent.atMs, sent.source, sent.destination, wire, sent.mark)
  if (sent.againAfterMs !== undefined) {
    const copy = Buffer.from(wire)
    trace.datagram(sent.atMs + sent.againAfterMs, sent.source, sent.destination, copy, 'again')
  }
}

interface Clock {
  readonly ssrc: number
  readonly firstTimestamp: number
  readonly samples: number
}

/** One half a second after the start, then one every 2 s, and a BYE. */
function reports(trace: Trace, flow: Flow, rtcp: 'clear' | Protection, { ssrc, firstTimestamp, samples }: Clock): void {
  const { from, to, startMs, endMs, packetMs = 20, mark, multiplexed = false } = flow
  const [source, destination] = [from, to].map(({ address, port }) => ({
    address,
    port: multiplexed ? port : port + 1,
  }))
  const times: number[] = []
  for (let atMs = startMs + 505.3; atMs < endMs; atMs += 2000) times.push(atMs)
  for (const [index, atMs] of [...times, endMs + 0.9].entries()) {
    const packets = Math.floor((atMs - startMs) / packetMs)
    const timestamp = firstTimestamp + packets * samples
    const octets = packets * samples
    const cname = `telephone@${from.address}`
    const timeNs = Math.round(atMs * 1e6)
    const state = { ssrc, cname, epochSeconds: EPOCH_SECONDS, timeNs, timestamp, packets, octets }
    const packet = formatRtcp(state, index === times.length)
    const sent = rtcp === 'clear' ? packet : rtcp.rtcp(packet, index)
    trace.datagram(atMs, source, destination, sent, mark && `${mark}-rtcp`)
  }
}
