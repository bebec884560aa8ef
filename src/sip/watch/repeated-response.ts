import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Observed } from '../call-table.ts'
import type { MessageContext, Transport } from '../context.ts'
import { InviteFacts } from '../invite-outcome.ts'
import type { MessageFacts } from '../message-facts.ts'
import { parseUri } from '../uri.ts'
import type { EndOf } from './end-of.ts'
import { FRAMES, type RepeatedResponse } from './facts.ts'
import { COPY_US } from './open-request.ts'

/** So often at T1 back-off is 7.5 s; an ACK that is late or lost once or twice is no fault (RFC 3261 §13.3.1.4). */
const SOME = 4
/** The last but one repetition before the sender gives up after 64*T1; the others come every 4 s then. */
const TO_THE_END_US = 27_000_000
/** T2, at which a 2xx is sent again in the end; a provisional response knows none (RFC 3262 §3). */
const T2_US = 4_000_000
const LATE_US = 500_000

/** A 2xx to an INVITE, or a reliable provisional response, from when it was repeated for the first time. */
export class RepeatedUntilAcknowledged implements RepeatedResponse {
  readonly kind: 'ack' | 'prack'
  readonly status: number
  readonly source: string
  readonly destination: string
  readonly transport: Transport
  readonly record: Observed['record']
  readonly at: FrameRef[]
  lastAt: FrameRef
  repeats = 1
  acknowledged = 0
  acknowledgedAt: FrameRef | undefined
  invitesAgain = 0
  bye: RepeatedResponse['bye']
  readonly contactHost: string | undefined
  readonly #cseq: number
  readonly #rseq: number | undefined
  readonly #toTag: string | undefined
  readonly #invite: InviteFacts | undefined
  readonly #firstUs: number
  #intervalUs: number
  #acknowledgedUs = Number.NEGATIVE_INFINITY

  constructor(
    message: MessageFacts,
    { source, destination, transport, at }: MessageContext,
    record: Observed['record'],
    { facts }: Observed['transaction'],
  ) {
    const { status = 0, contact } = message
    this.kind = status < 200 ? 'prack' : 'ack'
    this.status = status
    this.source = source.address
    this.destination = destination.address
    this.transport = transport
    this.record = record
    this.lastAt = at
    this.at = [at]
    this.contactHost = contact === undefined ? undefined : parseUri(contact)?.host
    this.#cseq = message.cseq
    this.#rseq = message.rseq
    this.#toTag = message.toTag
    this.#invite = facts instanceof InviteFacts ? facts : undefined
    // Another branch of a fork may have been the first to answer.
    this.#firstUs = this.kind === 'prack' ? at.timeUs : Math.min(at.timeUs, this.#invite?.finalUs ?? at.timeUs)
    this.#intervalUs = at.timeUs - this.#firstUs
    if (this.kind === 'ack' && this.#intervalUs < COPY_US) this.repeats = 0
  }

  get spanUs(): number {
    return this.lastAt.timeUs - this.#firstUs
  }

  isOf({ cseq, rseq, toTag, status = 0 }: MessageFacts): boolean {
    return (
      cseq === this.#cseq && toTag === this.#toTag && rseq === this.#rseq && status < 200 === (this.kind === 'prack')
    )
  }

  /** It came once more; on further hops it is the same. */
  repeat({ source, destination, at }: MessageContext): void {
    if (source.address !== this.source || destination.address !== this.destination) return
    const sinceUs = at.timeUs - this.lastAt.timeUs
    if (sinceUs < COPY_US) return
    this.repeats++
    this.#intervalUs = sinceUs
    this.lastAt = at
    if (this.at.length < FRAMES) this.at.push(at)
  }

  request(message: MessageFacts, { source, at }: MessageContext, repeated: boolean): void {
    const { method, cseq, toTag, fromTag, rack } = message
    const isAck = this.kind === 'ack' && method === 'ACK' && cseq === this.#cseq && toTag === this.#toTag
    const isPrack =
      this.kind === 'prack' && method === 'PRACK' && rack?.rseq === this.#rseq && rack?.cseq === this.#cseq
    if (isAck || isPrack) {
      this.acknowledged++
      this.acknowledgedAt ??= at
      this.#acknowledgedUs = at.timeUs
    } else if (method === 'BYE') {
      this.bye ??= { at, isOfAnswerer: source.address === this.source || fromTag === this.#toTag }
    } else if (method === 'INVITE' && repeated && cseq === this.#cseq && source.address === this.destination) {
      this.invitesAgain++
    }
  }

  /** Whether its sender, who would know, gave the call up. */
  get isGivenUp(): boolean {
    if (this.kind === 'prack') return (this.#invite?.finalStatus ?? 0) >= 500
    return this.bye?.isOfAnswerer ?? this.spanUs >= TO_THE_END_US
  }

  /** Whether it is known that no ACK or PRACK reached its sender: not because none is there, but by what the sender did. */
  isUnacknowledged(endOf: EndOf): boolean {
    if (this.repeats < SOME) return false
    if (this.spanUs >= TO_THE_END_US) return true
    if (this.#acknowledgedUs > this.lastAt.timeUs) return false
    const dueUs = this.kind === 'ack' ? Math.min(2 * this.#intervalUs, T2_US) : 2 * this.#intervalUs
    const isWithin = (timeUs: number | undefined): boolean =>
      timeUs !== undefined && timeUs - this.lastAt.timeUs <= dueUs + LATE_US
    if (isWithin(endOf(this.lastAt.capture))) return true
    if (this.kind === 'prack') return (this.#invite?.finalStatus ?? 0) >= 300 && isWithin(this.#invite?.finalUs)
    return isWithin(this.bye?.at.timeUs)
  }
}
