import type { FrameRef } from '../bytes/frame-ref.ts'
import type { MessageContext } from './context.ts'
import type { MessageFacts } from './message-facts.ts'

/** How a session that was up came to its end, where signalling itself is the cause. */
export interface CutOff {
  /**
   * `refused`, `unanswered`: a request within the dialog was, and its sender ended the call. `expired`: nobody refreshed the
   * session (RFC 4028 §10). `unknown`: the other side knew nothing of the call when it was to be ended.
   */
  readonly kind: 'refused' | 'unanswered' | 'expired' | 'unknown'
  /** Of the request; INVITE or UPDATE of what agreed on the session timer that expired. */
  readonly method: string
  readonly status?: number | undefined
  /** Addresses: who sent the request, or was to refresh the session; and the other side. */
  readonly by: string
  readonly of: string
  /** The response; the request that got none; what agreed on the session timer. */
  readonly at: FrameRef
  readonly bye?: { readonly at: FrameRef; readonly by: string } | undefined
  /** Of a session timer: seconds, and whether `by` is known to be who was to refresh the session. */
  readonly interval?: number | undefined
  readonly isRefresherKnown?: boolean | undefined
}

/** What a call has had of BYEs. */
export interface SeenByes {
  /** Before this message. */
  readonly any: boolean
  /** Both sides have sent one: each is the answer to the other's. */
  readonly cross: boolean
  /** With 2xx. */
  readonly accepted: boolean
}

/** Timer B and what it is late by: so long a request waits in vain (RFC 3261 §17.1.1.2). */
const WAITED_US = 40e6
/** Less is no wait. */
const LEAST_WAITED_US = 8e6
/** What follows a refusal at once is its consequence. */
const AT_ONCE_US = 3e6
/** The peer has no such dialog, or nobody behind a proxy answered: who asked has to end the call (RFC 3261 §12.2.1.2). */
export const FATAL: ReadonlySet<number> = new Set([408, 481])

/** 487 (RFC 3261 §21.4.25). */
const TERMINATED = 487

interface Asked {
  readonly method: string
  readonly cseq: number
  readonly fromTag: string | undefined
  readonly by: string
  readonly of: string
  readonly at: FrameRef
}

/** As long as the session lasts unless `by` refreshes it. */
interface Timer extends Asked {
  readonly interval: number
  readonly isRefresherKnown: boolean
}

/**
 * Of a call that was answered: whether its session is refreshed and what becomes of the requests that would change it, INVITE and
 * UPDATE. Repeated messages are not shown to it.
 */
export class SessionWatch {
  cutOff: CutOff | undefined
  #timer: Timer | undefined
  /** Waits for a response. */
  #asked: Asked | undefined
  #refused: (Asked & { readonly status: number }) | undefined

  /** Whether a message has to be seen though nothing of the kind was before. */
  static isWanted({ kind, method, status, toTag, sessionExpires }: MessageFacts): boolean {
    if (kind === 'request') return toTag !== undefined && changesSession(method)
    return (method === 'BYE' && status === 481) || (sessionExpires !== undefined && changesSession(method))
  }

  take(message: MessageFacts, context: MessageContext, byes: SeenByes): void {
    const { kind, method } = message
    if (byes.cross && this.cutOff?.kind === 'unknown') this.cutOff = undefined
    if (kind === 'request') {
      if (method === 'BYE' && !byes.any) this.#bye(message, context)
      else if (method === 'ACK' && isOf(this.#asked, message.cseq, message.fromTag)) this.#answeredUnseen()
      else if (changesSession(method) && message.toTag !== undefined) this.#ask(message, context)
    } else if (changesSession(method)) this.#answer(message, context, byes)
    else if (method === 'BYE' && message.status === 481 && !byes.cross && !byes.accepted)
      this.#unknown(message, context)
  }

  #ask({ method, cseq, fromTag }: MessageFacts, { at, source, destination }: MessageContext): void {
    if (isOf(this.#refused, cseq, fromTag)) return
    if (this.#asked !== undefined && isOf(this.#asked, cseq, fromTag)) {
      // The same on the next hop.
      this.#asked = { ...this.#asked, of: destination.address }
      return
    }
    this.#asked = { method, cseq, fromTag, by: source.address, of: destination.address, at }
    this.#refused = undefined
    if (this.cutOff?.bye === undefined) this.cutOff = undefined
  }

  #answer(
    { method, cseq, fromTag, status = 0, sessionExpires }: MessageFacts,
    { at, source, destination }: MessageContext,
    byes: SeenByes,
  ): void {
    const asked = isOf(this.#asked, cseq, fromTag) ? this.#asked : undefined
    if (asked !== undefined && status > 100) this.#asked = undefined
    if (status < 200) return
    if (status < 300) {
      this.#refused = undefined
      if (this.#timer !== undefined && isOf(this.#timer, cseq, fromTag)) {
        this.#timer = onNextHop(this.#timer, source.address, destination.address)
        return
      }
      const [, interval, refresher] = SESSION_EXPIRES.exec(sessionExpires ?? '') ?? []
      const [by, of] = refresher?.toLowerCase() === 'uas' ? [source, destination] : [destination, source]
      this.#timer =
        interval === undefined
          ? undefined
          : {
              ...{ method, cseq, fromTag, by: by.address, of: of.address, at },
              ...{ interval: Number(interval), isRefresherKnown: refresher !== undefined },
            }
    } else if (status === TERMINATED) {
      // It waited for its callee until it was cancelled, or a BYE ended the call (RFC 3261 §15.1.2).
      if (asked !== undefined && this.cutOff?.kind === 'unanswered') this.cutOff = undefined
    } else if (asked !== undefined) {
      const { method: refused, by } = asked
      const of = source.address
      this.#refused = { ...asked, of, at, status }
      if (status === 481 && !byes.any) this.cutOff = { kind: 'refused', method: refused, status, by, of, at }
    }
  }

  #bye({ fromTag }: MessageFacts, { at, source }: MessageContext): void {
    const bye = { at, by: source.address }
    const waitedUs = (since: FrameRef) => at.timeUs - since.timeUs
    const expired = this.#timer !== undefined && isExpired(this.#timer, at) ? this.#timer : undefined
    // Whoever hangs up had not lost the call.
    this.cutOff = undefined
    if (this.#refused !== undefined) {
      const { method, status, by, of, at: refusedAt } = this.#refused
      const isConsequence = waitedUs(refusedAt) <= (FATAL.has(status) ? WAITED_US : AT_ONCE_US)
      if ((this.#refused.fromTag === fromTag && isConsequence) || expired !== undefined)
        this.cutOff = { kind: 'refused', method, status, by, of, at: refusedAt, bye }
    } else if (this.#asked !== undefined) {
      const { method, by, of, at: askedAt } = this.#asked
      const isConsequence = waitedUs(askedAt) >= LEAST_WAITED_US && waitedUs(askedAt) <= WAITED_US
      if ((this.#asked.fromTag === fromTag && isConsequence) || expired !== undefined)
        this.cutOff = { kind: 'unanswered', method, by, of, at: askedAt, bye }
    } else if (expired !== undefined) {
      const { method, by, of, interval, isRefresherKnown, at: agreedAt } = expired
      this.cutOff = { kind: 'expired', method, by, of, interval, isRefresherKnown, at: agreedAt, bye }
    }
  }

  /** The ACK shows that there was a 2xx; what it said of the session timer nobody knows. */
  #answeredUnseen(): void {
    this.#asked = undefined
    this.#timer = undefined
  }

  #unknown({ method, status }: MessageFacts, { at, source, destination }: MessageContext): void {
    this.cutOff ??= { kind: 'unknown', method, status, by: destination.address, of: source.address, at }
  }
}

/** A response goes back from hop to hop: who passes it on is none of the two sides. */
function onNextHop(timer: Timer, source: string, destination: string): Timer {
  if (timer.by === source) return { ...timer, by: destination }
  return timer.of === source ? { ...timer, of: destination } : timer
}

/** `delta-seconds *( ;refresher=uac|uas )` (RFC 4028 §4). */
const SESSION_EXPIRES = /^(\d{1,9})\s*(?:;[^,]*?\brefresher\s*=\s*(uac|uas)\b)?/i

/** RFC 4028 §10: BYE comes the lesser of 32 s and a third of the interval before its end, or when that has come. */
function isExpired({ interval, at }: Timer, byeAt: FrameRef): boolean {
  const elapsed = (byeAt.timeUs - at.timeUs) / 1e6
  return (
    interval >= LEAST_INTERVAL &&
    elapsed >= interval - Math.min(32, interval / 3) - LATE &&
    elapsed <= interval + 32 + LATE
  )
}

/** Min-SE, seconds (RFC 4028 §4); and what clocks and ways are off by. */
const LEAST_INTERVAL = 90
const LATE = 2

function changesSession(method: string): boolean {
  return method === 'INVITE' || method === 'UPDATE'
}

function isOf(asked: Asked | undefined, cseq: number, fromTag: string | undefined): boolean {
  return asked !== undefined && asked.cseq === cseq && asked.fromTag === fromTag
}
