import type { Endpoint } from '../bytes/endpoint.ts'
import { grown } from '../bytes/grown-list.ts'
import { LIMITS } from '../limits/limits.ts'
import type { MessageContext } from '../sip/context.ts'
import type { Described, ExchangeListener } from './exchange.ts'
import { isOfDialog, OpenExchange, type Opening, onHop } from './open-exchange.ts'
import type { Refusal } from './refusal.ts'

const MAX_EXCHANGES = LIMITS.exchangesOfCall.most
const MAX_RECENT = LIMITS.openExchanges.most
const MAX_EXCHANGES_PER_TRANSACTION = LIMITS.forksOfOffer.most
const MAX_ANSWERS = LIMITS.answersOfOffer.most

/** What all calls of a trace have in common. */
export interface Tracking {
  readonly listener: ExchangeListener
  /** Numbers exchanges over the trace. */
  readonly nextId: () => number
  /** The lines of descriptions are kept, without their secrets. */
  readonly showsLines: boolean
}

/** The exchanges of one call within their ceilings, and the steps that each may take; a listener hears of each step. */
export class ExchangeList {
  readonly #callId: string
  readonly #tracking: Tracking
  #all: readonly OpenExchange[] = NONE

  constructor(callId: string, tracking: Tracking) {
    this.#callId = callId
    this.#tracking = tracking
  }

  /** In the order of their offers. */
  get all(): readonly OpenExchange[] {
    return this.#all
  }

  /** Those that a message may still belong to. */
  get recent(): readonly OpenExchange[] {
    return this.#all.length <= MAX_RECENT ? this.#all : this.#all.slice(-MAX_RECENT)
  }

  /** The last one of the dialog that two tags name; of several hops that of the one which a message travels. */
  latest(a: string, b: string, hop: { source: Endpoint; destination: Endpoint }): OpenExchange | undefined {
    const ofDialog = this.recent.filter((exchange) => isOfDialog(exchange, a, b))
    return onHop(ofDialog, hop.source, hop.destination).at(-1) ?? ofDialog.at(-1)
  }

  /** Whether no more can be opened, which is told. */
  isFull({ at }: MessageContext): boolean {
    if (this.#all.length < MAX_EXCHANGES) return false
    this.#tracking.listener.onLimit?.('exchangesOfCall', at)
    return true
  }

  /** Whether an offer has all the branches that are kept, which is told. */
  isForkedOut(branches: readonly OpenExchange[], { at }: MessageContext): boolean {
    if (branches.length < MAX_EXCHANGES_PER_TRANSACTION) return false
    this.#tracking.listener.onLimit?.('forksOfOffer', at)
    return true
  }

  open(opening: Opening): OpenExchange {
    const exchange = new OpenExchange(this.#tracking.nextId(), this.#callId, opening)
    this.#all = grown(this.#all, exchange)
    const passed = this.#all[this.#all.length - MAX_RECENT - 1]
    if (passed?.state === 'pending') this.#tracking.listener.onLimit?.('openExchanges', passed.offer.at)
    this.#tracking.listener.onOffer?.(exchange)
    return exchange
  }

  /** The offer of one whose answer was captured before it. */
  fillIn(exchange: OpenExchange, offer: Described, digest: string): void {
    exchange.offer = offer
    exchange.offerDigest = digest
    exchange.offerSeen = true
    this.#tracking.listener.onLateOffer?.(exchange)
  }

  /**
   * Whether a description is news as an answer of an exchange: no repetition of it, nor of what this side said in a later
   * exchange (UPDATE before the 2xx, RFC 3311 §5.1).
   */
  isNews(exchange: OpenExchange, answererTag: string, digest: string, { at }: MessageContext): boolean {
    if (exchange.answerDigest === digest || exchange.state === 'refused') return false
    if (exchange.answers.length === 0) return true
    if (this.isRepeatedLater(exchange, answererTag, digest)) return false
    if (exchange.answers.length < MAX_ANSWERS) return true
    this.#tracking.listener.onLimit?.('answersOfOffer', at)
    return false
  }

  /** The answer, or the one that replaces it. */
  answer(exchange: OpenExchange, answererTag: string, answer: Described, digest: string): void {
    exchange.answererTag ??= answererTag
    exchange.answerDigest = digest
    exchange.answers = grown(exchange.answers, answer)
    exchange.state = 'answered'
    this.#tracking.listener.onAnswer?.(exchange, answer)
  }

  /** Whether the side that a tag names gave a description in a later exchange. */
  isRepeatedLater(exchange: OpenExchange, tag: string, digest: string): boolean {
    return this.recent.some(
      (later) =>
        later.id > exchange.id &&
        ((later.offererTag === tag && later.offerDigest === digest) ||
          (later.answererTag === tag && later.answerDigest === digest)),
    )
  }

  refuse(exchanges: readonly OpenExchange[], { status, at, terms }: Refusal): void {
    for (const exchange of exchanges) {
      // A 2xx has settled it; after that no other final response can be true (RFC 3261 §17.1.1).
      const settled = exchange.answers.some((answer) => (answer.status ?? 0) >= 200)
      if (settled || exchange.state === 'refused') continue
      exchange.state = 'refused'
      exchange.refusedAt = at
      exchange.refusedStatus = status
      exchange.refusedWith = terms
      this.#tracking.listener.onRefused?.(exchange)
    }
  }

  /** What was taken for an exchange and is none: nobody who has heard of it finds anything in it. */
  takeBack(exchange: OpenExchange): void {
    this.#all = this.#all.filter((one) => one !== exchange)
    exchange.answers = NONE
    exchange.state = 'unanswered'
  }

  /** What is still open at the end will not be answered. */
  end(): void {
    for (const exchange of this.#all) if (exchange.state === 'pending') exchange.state = 'unanswered'
  }
}

// Shared by all that have none yet.
const NONE: readonly never[] = []
