import type { FrameCodec, RtpFrame } from '../audio/rtp-frame.ts'
import { LINKTYPE_UPPER_PDU } from '../capture/made-frame.ts'
import type { RecordCursor } from '../capture/record.ts'
import type { SpilledPacket } from '../capture/spill-file.ts'
import { microsecondsOf } from '../capture/walker-state.ts'
import { type Datagram, Payload } from '../net/datagram.ts'
import { NO_RELAY } from '../net/turn.ts'
import { TurnSegments } from '../net/turn-segments.ts'
import type { PacketJudge } from '../verify/judgement/packet-judge.ts'
import type { Rewalk } from '../verify/second-pass/rewalk.ts'
import { type ClearFrame, ClearFrames, payloadOf } from './clear-frame.ts'
import type { ClearPackets, HeardStream } from './clear-packets.ts'
import type { DecryptCounts } from './decrypt-counts.ts'
import { type MessageSource, SpilledKind } from './message-spill.ts'

/** A stream of RTP that may be heard. */
export interface ClearStream extends HeardStream {
  /** Of the payload types that it has, as far as they are known. */
  readonly codecs: readonly FrameCodec[]
}

/** Who wants what is in the clear, in the trace's order. */
export interface ClearSink {
  /** The trace was judged: what comes, comes from now on. `streams` are those of RTP. */
  onBegin?(streams: readonly ClearStream[]): void
  onFrame?(frame: ClearFrame): void
  onRtp?(packet: RtpFrame): void
  /** Awaited now and then: resolves when there is room for more. */
  room?(): Promise<void>
}

/** Meets the records of a judged trace once more, and hands on what is to be seen of them in the clear. */
export class ClearTrace {
  readonly #messages: MessageSource
  readonly #judge: PacketJudge
  readonly #packets: ClearPackets
  readonly #counts: DecryptCounts
  readonly #sinks: readonly ClearSink[]
  /** Somebody wants RTP. */
  readonly #isHeard: boolean
  readonly #frames = new ClearFrames()
  readonly #turn = new TurnSegments(new SharedArrayBuffer(TurnSegments.byteLength), 0)
  #message: SpilledPacket | undefined

  /** @param messages those that are kept, in the order in which they were heard */
  constructor(
    messages: MessageSource,
    judge: PacketJudge,
    packets: ClearPackets,
    counts: DecryptCounts,
    sinks: readonly ClearSink[],
  ) {
    this.#messages = messages
    this.#judge = judge
    this.#packets = packets
    this.#counts = counts
    this.#sinks = sinks
    this.#isHeard = sinks.some(({ onRtp }) => onRtp !== undefined)
    this.#nextMessage()
  }

  record(walk: Rewalk, position: number, cursor: RecordCursor): void {
    this.#madeUntil(position)
    const { bytes, decoder } = walk
    const { datagram } = decoder
    decoder.decode(bytes, cursor)
    if (datagram.payload === Payload.Tcp) {
      this.#turn.begin(datagram)
      while (this.#turn.next()) this.#media(position, cursor, bytes, this.#turn.datagram)
    }
    if (datagram.payload !== Payload.Udp) return
    if (this.#message?.position === position) this.#datagram(this.#message, cursor, bytes, datagram)
    else this.#media(position, cursor, bytes, datagram)
  }

  /** The trace has ended. */
  end(): void {
    this.#madeUntil(Number.POSITIVE_INFINITY)
  }

  /** Frames of messages that came out of their connections with the record at `position`, or before. */
  #madeUntil(position: number): void {
    for (let message = this.#message; message !== undefined; message = this.#message) {
      if (message.position > position || (message.position === position && message.stream === SpilledKind.Datagram))
        return
      if (message.stream === SpilledKind.Frame) {
        const data = message.bytes.subarray(message.offset, message.offset + message.length)
        this.#keep(this.#frames.made({ linkType: LINKTYPE_UPPER_PDU, data }, message.timeUs))
      }
      this.#nextMessage()
    }
  }

  #nextMessage(): void {
    this.#message = this.#messages.next()
  }

  #datagram(message: SpilledPacket, cursor: RecordCursor, bytes: Uint8Array, datagram: Datagram): void {
    const payload = message.bytes.slice(message.offset, message.offset + message.length)
    this.#keep(this.#frames.of(cursor, bytes, datagram, payload))
    this.#nextMessage()
  }

  #keep(frame: ClearFrame | undefined): void {
    if (frame === undefined) this.#counts.messagesLeftOut++
    else {
      this.#counts.messages++
      this.#hand(frame)
    }
  }

  #media(position: number, cursor: RecordCursor, bytes: Uint8Array, datagram: Datagram): void {
    const judged = this.#judge.judge(position, cursor, datagram)
    if (judged === undefined) return
    const octets = payloadOf(datagram)
    const clear = this.#packets.packet(judged, octets)
    if (clear === undefined) return
    const frame =
      datagram.relay === NO_RELAY
        ? this.#frames.of(cursor, bytes, datagram, clear.octets === octets ? undefined : clear.octets)
        : this.#frames.carried(cursor, datagram, judged.stream.plan.stream, clear.octets)
    if (frame !== undefined) this.#hand(frame)
    if (!this.#isHeard || judged.stream.plan.stream.kind === 'rtcp') return
    if (datagram.length < datagram.announcedLength) return
    const rtp = this.#packets.frame(judged.stream, clear, microsecondsOf(cursor))
    if (rtp !== undefined) for (const sink of this.#sinks) sink.onRtp?.(rtp)
  }

  #hand(frame: ClearFrame): void {
    for (const sink of this.#sinks) sink.onFrame?.(frame)
  }
}
