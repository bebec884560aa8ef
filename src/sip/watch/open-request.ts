import type { Endpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Observed } from '../call-table.ts'
import type { MessageContext, Transport } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { isSameEndpoint } from '../transaction.ts'

/** Closer together they are copies of one datagram, captured twice: T1 is 500 ms (RFC 3261 §17.1.1.1). */
export const COPY_US = 100_000
/** 64*T1, after which timers B and F fire (RFC 3261 §17.1.1.2, §17.1.2.2). */
const WAITED_US = 32_000_000
/** Who gives up sooner had no patience. Four transmissions at T1 back-off take 3.5 s (RFC 3261 §17.1.1.2), as timers go. */
const HASTE_US = 3_000_000
/** Of a datagram or two nothing is concluded: it is sent so often before it counts, … */
export const FEW = 3
/** … so often where its sender stopped sooner than after 32 s, and so often where it was still at it. */
const SOME = 4
const MANY = 6
/** What timers are late by. */
const LATE_US = 500_000

/** That a server gave up waiting for the next one (RFC 3261 §16.7, §16.8, §8.1.3.1), or that its client did. */
const GIVEN_UP: ReadonlySet<number> = new Set([408, 480, 487, 500, 503, 504])

/** A request that has no response yet. */
export class OpenRequest {
  readonly method: string
  readonly isInDialog: boolean
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly transport: Transport
  readonly record: Observed['record']
  readonly firstAt: FrameRef
  lastAt: FrameRef
  transmissions = 1
  /** The one before among those of its Call-ID. */
  before: OpenRequest | undefined
  readonly #cseq: number
  readonly #branch: string
  readonly #fromTag: string | undefined
  readonly #hasCredentials: boolean
  /** Between the last two transmissions. */
  #intervalUs = 0
  #givenUpUs: number | undefined
  /** The same request was answered on another hop; by another branch of a fork. */
  #isAnsweredElsewhere = false
  #isForked = false

  constructor(message: MessageFacts, context: MessageContext, record: Observed['record']) {
    this.method = message.method
    this.isInDialog = message.toTag !== undefined
    this.source = context.source
    this.destination = context.destination
    this.transport = context.transport
    this.record = record
    this.firstAt = context.at
    this.lastAt = context.at
    this.#cseq = message.cseq
    this.#branch = message.branch
    this.#fromTag = message.fromTag
    this.#hasCredentials = message.credentials !== undefined
  }

  get spanUs(): number {
    return this.lastAt.timeUs - this.firstAt.timeUs
  }

  get isForked(): boolean {
    return this.#isForked
  }

  /** Whether a request is of its transaction, on this hop or seen at another point of it. */
  isSame({ method, cseq, branch }: MessageFacts): boolean {
    return method === this.method && cseq === this.#cseq && branch === this.#branch
  }

  /** Whether its receiver passed it on as that one (RFC 3261 §16.6). */
  isPassedOnAs(next: OpenRequest): boolean {
    const isSame = next.method === this.method && next.#cseq === this.#cseq && next.#fromTag === this.#fromTag
    return isSame && next.source.address === this.destination.address
  }

  /** Whether an answer may still come. */
  isAwaited(nowUs: number): boolean {
    return nowUs - this.firstAt.timeUs < WAITED_US
  }

  /** Whether it is too early to tell, whatever else is known. */
  isYoung(nowUs: number): boolean {
    return this.transmissions < FEW && this.#givenUpUs === undefined && this.isAwaited(nowUs)
  }

  /** The same request once more. */
  repeat(message: MessageFacts, { at, source, destination }: MessageContext): void {
    if (!this.isSame(message)) return
    if (!isSameEndpoint(source, this.source) || !isSameEndpoint(destination, this.destination)) return
    const sinceUs = at.timeUs - this.lastAt.timeUs
    if (sinceUs < COPY_US) return
    this.transmissions++
    this.#intervalUs = sinceUs
    this.lastAt = at
  }

  /** Its sender does not wait any longer: a CANCEL or a BYE (RFC 3261 §9.1, §15). */
  end({ cseq, branch, method }: MessageFacts, { source, at }: MessageContext): void {
    if (this.method !== 'INVITE' || source.address !== this.source.address) return
    if (method === 'BYE' || (cseq === this.#cseq && branch === this.#branch)) this.#givenUpUs ??= at.timeUs
  }

  /**
   * True where a later request of its sender shows that there was an answer, though none is in the trace: the ACK of a 2xx, a
   * To tag, which only the other side can have chosen (RFC 3261 §12.1.2), credentials, which a challenge asks for (§22.1).
   */
  isAnsweredBy({ method, cseq, fromTag, toTag, credentials }: MessageFacts, { source }: MessageContext): boolean {
    if (source.address !== this.source.address || fromTag !== this.#fromTag || this.#isForked) return false
    if (method === 'ACK') return this.method === 'INVITE' && cseq === this.#cseq && toTag !== undefined
    if (method === 'CANCEL' || cseq <= this.#cseq) return false
    return (toTag !== undefined && !this.isInDialog) || (credentials !== undefined && !this.#hasCredentials)
  }

  /** True where a response is its own, whichever way and from wherever it came. */
  answer(message: MessageFacts, context: MessageContext, hop: Observed['transaction'] | undefined): boolean {
    const { method, cseq, branch, fromTag, status = 0 } = message
    if (branch !== '' && branch === this.#branch && (method === this.method || method === '')) return true
    // A capture that cut the message behind its Call-ID does not say whose answer it is.
    if (message.truncated && (method === '' || cseq < 0)) return true
    if (method !== this.method || cseq !== this.#cseq || fromTag !== this.#fromTag) return false
    // The request that it answers is not in the trace: it may be this one, with another Via on it.
    if (hop?.requestSeen !== true) return true
    if (hop.source.address === this.source.address) {
      if (isSameEndpoint(hop.destination, this.destination)) return true
      this.#isForked = true
    } else if (hop.destination.address === this.source.address && GIVEN_UP.has(status)) {
      this.#givenUpUs ??= context.at.timeUs
    } else if (status > 100 && !GIVEN_UP.has(status)) this.#isAnsweredElsewhere = true
    return false
  }

  /**
   * Whether it is known that nobody answers.
   *
   * @param endUs until when the trace would show an answer
   * @param heardUs when its receiver sent anything to its sender last
   */
  isUnanswered(endUs: number, heardUs: number): boolean {
    // A branch that failed does not keep a proxy from answering by what another one brought.
    if (this.#isAnsweredElsewhere && !this.#isForked) return false
    const waitedUs = endUs - this.firstAt.timeUs
    const isGivenUp = this.#givenUpUs !== undefined && this.#givenUpUs - this.firstAt.timeUs >= HASTE_US
    if (this.transport !== 'udp') return waitedUs >= WAITED_US || isGivenUp
    if (waitedUs >= WAITED_US) return this.transmissions >= FEW || heardUs < this.firstAt.timeUs
    if (this.transmissions < SOME || this.spanUs < HASTE_US) return this.transmissions >= FEW && isGivenUp
    const isOverdue = endUs - this.lastAt.timeUs > 2 * this.#intervalUs + LATE_US
    return this.transmissions >= MANY || isGivenUp || isOverdue
  }
}
