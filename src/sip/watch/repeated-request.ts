import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Observed } from '../call-table.ts'
import { CHALLENGES } from '../challenges.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { isSameEndpoint, type SeenResponse } from '../transaction.ts'
import { FRAMES } from './facts.ts'
import { COPY_US } from './open-request.ts'

/** So many come before a client that hears nothing has waited for 3 s; one or two may have crossed with the response. */
const SOME = 3
const LEAST_US = 2_800_000
/** 64*T1, and what timers are late by: what goes on for longer is a monitor that asks with the same message each time. */
const MOST_US = 36_000_000
/** Each interval doubles (RFC 3261 §17.1.1.2), as timers go; up to T2 for other methods than INVITE (§17.1.2.2). */
const DOUBLED = 1.5
const T2_US = 3_500_000

/** A request from when it was sent again for the first time although the capture holds a response that ends that. */
export class RepeatedRequest {
  readonly method: string
  readonly status: number
  readonly isInDialog: boolean
  /** Its sender passes on what others sent. */
  readonly isPassedOn: boolean
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly record: Observed['record']
  readonly transaction: Observed['transaction']
  readonly at: FrameRef[]
  repeats = 1
  /** Where the response was sent meanwhile, where that is another endpoint than the request comes from. */
  sentElsewhere: string | undefined
  readonly #first: FrameRef
  readonly #hasCredentials: boolean
  #lastUs: number
  #intervalUs = 0
  #hasDoubled = false
  #isSteady = false
  #isHeard = false

  constructor(
    { method, toTag, hops, credentials }: MessageFacts,
    { source, destination, at }: MessageContext,
    { record, transaction }: Observed,
  ) {
    this.method = method
    this.status = transaction.response?.status ?? 0
    this.isInDialog = toTag !== undefined
    this.isPassedOn = hops > 1
    this.source = source
    this.destination = destination
    this.record = record
    this.transaction = transaction
    this.at = [at]
    this.#first = at
    this.#hasCredentials = credentials !== undefined
    this.#lastUs = at.timeUs
  }

  get spanUs(): number {
    return this.#lastUs - this.#first.timeUs
  }

  /** A response was a 2xx. */
  get isAccepted(): boolean {
    for (let each: SeenResponse | undefined = this.transaction.response; each !== undefined; each = each.earlier) {
      if (each.status !== undefined && each.status >= 200 && each.status < 300) return true
    }
    return false
  }

  repeat({ at }: MessageContext): void {
    const sinceUs = at.timeUs - this.#lastUs
    if (sinceUs < COPY_US) return
    if (this.#intervalUs > 0) {
      if (sinceUs >= DOUBLED * this.#intervalUs) this.#hasDoubled = true
      else if (this.method === 'INVITE' || sinceUs < T2_US) this.#isSteady = true
    }
    this.#intervalUs = sinceUs
    this.#lastUs = at.timeUs
    this.repeats++
    if (this.at.length < FRAMES) this.at.push(at)
  }

  /** Its response once more. */
  answer({ destination }: MessageContext): void {
    if (!isSameEndpoint(destination, this.source)) this.sentElsewhere ??= formatEndpoint(destination)
  }

  /** A request under its Call-ID that may show that its sender heard a response after all. */
  request(message: MessageFacts, { source, destination }: MessageContext): void {
    if (this.#isHeard || source.address !== this.source.address) return
    this.#isHeard = this.#isAcknowledgedBy(message, destination) || this.#isToldBy(message)
  }

  /** By an ACK or a PRACK on the same way, whether or not the capture has the response that it is for. */
  #isAcknowledgedBy({ method, cseq, rack }: MessageFacts, { address }: Endpoint): boolean {
    if (method !== 'ACK' && method !== 'PRACK') return false
    return address === this.destination.address && (rack?.cseq ?? cseq) === this.transaction.cseq
  }

  /** It says what only a response told: the tag of who answered, or the challenge that credentials are made of. */
  #isToldBy({ method, toTag, credentials }: MessageFacts): boolean {
    const saysTag = !this.isInDialog && toTag !== undefined
    const saysChallenge = credentials !== undefined && !this.#hasCredentials && method === this.method
    if (!saysTag && !saysChallenge) return false
    for (let each: SeenResponse | undefined = this.transaction.response; each !== undefined; each = each.earlier) {
      if ((saysTag && each.toTag === toTag) || (saysChallenge && CHALLENGES.has(each.status ?? 0))) return true
    }
    return false
  }

  /** Whether its sender is known not to have heard the response: it goes on as one that waits does. */
  get isUnheard(): boolean {
    return this.#isWaiting && !this.#isHeard
  }

  /** Whether it was heard, and only so late that it went on as one that is not. */
  get isHeardLate(): boolean {
    return this.#isWaiting && this.#isHeard
  }

  get #isWaiting(): boolean {
    if (this.#isSteady || !this.#hasDoubled) return false
    return this.repeats >= SOME && this.spanUs >= LEAST_US && this.spanUs <= MOST_US
  }
}

/** Whether a response ends the repetition of its request: any of an INVITE's, the final one of others (RFC 3261 §17.1). */
export function endsRepetition(method: string, status: number | undefined): boolean {
  return status !== undefined && (method === 'INVITE' || status >= 200)
}
