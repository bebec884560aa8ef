import type { Endpoint } from '../bytes/endpoint.ts'
import { grown } from '../bytes/grown-list.ts'
import { LIMITS } from '../limits/limits.ts'
import type { MessageContext } from '../sip/context.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { Match, Transaction } from '../sip/transaction.ts'
import { describe, describeOffer, unseenOffer } from './described.ts'
import { currentAnswer, type ExchangeListener } from './exchange.ts'
import { isOfDialog, OpenExchange, type Opening, onHop } from './open-exchange.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { readSessionBody, type SessionBody } from './session-body.ts'

const MAX_EXCHANGES = LIMITS.exchangesOfCall.most
const MAX_RECENT = LIMITS.openExchanges.most
const MAX_EXCHANGES_PER_TRANSACTION = LIMITS.forksOfOffer.most
const MAX_DELAYED = LIMITS.requestsWithoutOffer.most
const MAX_ANSWERS = LIMITS.answersOfOffer.most

/** Refusals that wait for their request: packets that are out of order are close to each other. */
const FEW = 4

/** The exchanges of one Call-ID (RFC 3264, RFC 6337 §2). */
export class CallExchanges {
  readonly #callId: string
  readonly #listener: ExchangeListener
  readonly #nextId: () => number
  readonly #showsLines: boolean
  #exchanges: readonly OpenExchange[] = NONE
  /** Those whose request surely carried no offer: its response makes one (RFC 3261 §13.2.1). */
  #delayed: readonly Transaction<unknown>[] = NONE

  /** Final refusals whose request was not captured so far. */
  #refusedAhead: readonly Refusal[] = NONE

  constructor(callId: string, listener: ExchangeListener, nextId: () => number, showsLines: boolean) {
    this.#showsLines = showsLines
    this.#callId = callId
    this.#listener = listener
    this.#nextId = nextId
  }

  /** All, in the order of their offers. */
  get exchanges(): readonly OpenExchange[] {
    return this.#exchanges
  }

  /** Those that a message may still belong to. */
  get #recent(): readonly OpenExchange[] {
    return this.#exchanges.length <= MAX_RECENT ? this.#exchanges : this.#exchanges.slice(-MAX_RECENT)
  }

  /** Takes in the next INVITE, ACK, PRACK or UPDATE of the call, or a response to one. */
  observe(message: MessageFacts, context: MessageContext, match: Match<unknown>): void {
    if (message.kind === 'request' && match.repeated) return
    const body = readSessionBody(message)
    if (body && 'reason' in body) this.#note(`sdp-${body.reason}`, body.text, context)
    const session = body && 'digest' in body ? body : undefined
    if (message.kind === 'response') this.#observeResponse(match.transaction, message, context, session)
    else if (message.method === 'ACK') this.#observeAck(message, context, session)
    else if (!(message.method === 'PRACK' && this.#answeredByPrack(message, context, session))) {
      // A cut or unreadable message may have carried an offer all the same.
      if (session) this.#offerInRequest(match.transaction, message, context, session)
      else if (body === undefined && !message.truncated) {
        if (this.#delayed.length === MAX_DELAYED) this.#listener.onLimit?.('requestsWithoutOffer', context.at)
        this.#delayed = grown(this.#delayed.slice(1 - MAX_DELAYED), match.transaction)
      }
    }
  }

  /** What is still open at the end will not be answered. */
  end(): void {
    for (const exchange of this.#exchanges) if (exchange.state === 'pending') exchange.state = 'unanswered'
  }

  #offerInRequest(
    transaction: Transaction<unknown>,
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody,
  ): void {
    const answered = this.#recent.filter((exchange) => !exchange.offerSeen && exchange.transaction === transaction)
    for (const exchange of answered) this.#fillIn(exchange, message, context, body)
    if (answered.length > 0 || this.#isFull(context)) return
    const { fromTag = '', toTag } = message
    const previous = toTag === undefined ? undefined : this.#latest(fromTag, toTag, context)
    const opened = this.#open({
      transaction,
      offer: describeOffer(message, context, body, this.#showsLines),
      offerDigest: body.digest,
      offererTag: fromTag,
      answererTag: toTag,
      offerInResponse: false,
      continuesUnseen: toTag !== undefined && previous === undefined,
      forkOf: undefined,
      previous,
    })
    const ahead = this.#refusedAhead.find((refusal) => refusal.transaction === transaction)
    if (ahead !== undefined) this.#refuse([opened], ahead)
  }

  /** Packets of several interfaces need not be in the order of their times: the response came before its request. */
  #fillIn(exchange: OpenExchange, message: MessageFacts, context: MessageContext, body: SessionBody): void {
    exchange.offer = describeOffer(message, context, body, this.#showsLines)
    exchange.offerDigest = body.digest
    exchange.offerSeen = true
    this.#listener.onLateOffer?.(exchange)
  }

  #observeResponse(
    transaction: Transaction<unknown>,
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody | undefined,
  ): void {
    const status = message.status ?? 0
    if (status <= 100) return
    const exchanges = this.#recent.filter((exchange) => exchange.transaction === transaction)
    const [first] = exchanges
    const offered = first !== undefined && !first.offerInResponse
    if (status >= 300) {
      const refusal = refusalOf(transaction, status, message, context, body)
      if (first === undefined && !transaction.requestSeen)
        this.#refusedAhead = [...this.#refusedAhead, refusal].slice(-FEW)
      else this.#refuse(exchanges, refusal)
    } else if (body && offered) this.#answerInResponse(exchanges, message, context, body)
    else if (body && first === undefined && !this.#delayed.includes(transaction)) {
      this.#answerUnseen(transaction, message, context, body)
    } else if (body) this.#offerInResponse(transaction, exchanges, message, context, body)
    else if (status >= 200 && offered) giveUp(exchanges, message)
  }

  #refuse(exchanges: readonly OpenExchange[], { status, at, terms }: Refusal): void {
    for (const exchange of exchanges) {
      // A 2xx has settled it; after that no other final response can be true (RFC 3261 §17.1.1).
      const settled = exchange.answers.some((answer) => (answer.status ?? 0) >= 200)
      if (settled || exchange.state === 'refused') continue
      exchange.state = 'refused'
      exchange.refusedAt = at
      exchange.refusedStatus = status
      exchange.refusedWith = terms
      this.#listener.onRefused?.(exchange)
    }
  }

  #answerInResponse(
    exchanges: readonly OpenExchange[],
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody,
  ): void {
    const { toTag = '' } = message
    const exchange =
      exchanges.find(({ answererTag }) => answererTag === toTag) ??
      exchanges.find(({ answererTag }) => answererTag === undefined) ??
      this.#fork(exchanges, toTag, context)
    if (exchange) this.#answer(exchange, toTag, message, context, body)
  }

  /** The same offer for another branch of a fork (RFC 3261 §13.2.2.4; RFC 6337 §2.3). */
  #fork(exchanges: readonly OpenExchange[], answererTag: string, context: MessageContext): OpenExchange | undefined {
    if (this.#isFull(context) || this.#isForkedOut(exchanges, context)) return undefined
    const [first] = exchanges
    const { transaction, offer, offerDigest, offererTag, offerInResponse, offerSeen } = first
    const same = { transaction, offer, offerDigest, offererTag, offerInResponse, offerSeen }
    return this.#open({ ...same, answererTag, forkOf: first, previous: undefined })
  }

  /**
   * The answer; again with other octets, the one that replaces it. What repeats a description that this side gave in
   * a later exchange (UPDATE before the 2xx, RFC 3311 §5.1) is no news.
   */
  #answer(
    exchange: OpenExchange,
    answererTag: string,
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody,
  ): void {
    if (exchange.answerDigest === body.digest || exchange.state === 'refused') return
    if (exchange.answers.length > 0 && this.#isRepeatedLater(exchange, answererTag, body.digest)) return
    if (exchange.answers.length === MAX_ANSWERS) {
      this.#listener.onLimit?.('answersOfOffer', context.at)
      return
    }
    const answer = describe(message, context, body, this.#showsLines)
    exchange.answererTag ??= answererTag
    exchange.answerDigest = body.digest
    exchange.answers = grown(exchange.answers, answer)
    exchange.state = 'answered'
    this.#listener.onAnswer?.(exchange, answer)
  }

  #isRepeatedLater(exchange: OpenExchange, tag: string, digest: string): boolean {
    return this.#recent.some(
      (later) =>
        later.id > exchange.id &&
        ((later.offererTag === tag && later.offerDigest === digest) ||
          (later.answererTag === tag && later.answerDigest === digest)),
    )
  }

  /**
   * The response to a request that nobody saw the body of. Most requests carry the offer, so this is the answer: unless an
   * ACK turns out to answer it.
   */
  #answerUnseen(
    transaction: Transaction<unknown>,
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody,
  ): void {
    if (this.#isFull(context)) return
    const { fromTag: offererTag = '', toTag: answererTag = '' } = message
    const exchange = this.#open({
      transaction,
      offer: unseenOffer(message, context),
      offerDigest: '',
      offererTag,
      answererTag,
      offerInResponse: false,
      offerSeen: false,
      forkOf: undefined,
      previous: this.#latest(offererTag, answererTag, context),
    })
    this.#answer(exchange, answererTag, message, context, body)
  }

  /** RFC 3261 §13.2.1: the offer in the first reliable response. In an unreliable one it is a preview of it. */
  #offerInResponse(
    transaction: Transaction<unknown>,
    exchanges: readonly OpenExchange[],
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody,
  ): void {
    const { toTag: offererTag = '', fromTag: answererTag = '' } = message
    const known = exchanges.findLast((exchange) => exchange.offererTag === offererTag)
    if (known && known.offerDigest !== body.digest) {
      if (known.state === 'answered' || known.state === 'refused') {
        if (!this.#isRepeatedLater(known, offererTag, body.digest)) {
          const text = 'A response carries another description after its offer was answered (RFC 6337 §2.1).'
          this.#note('description-after-answer', text, context)
        }
        return
      }
      known.state = 'unanswered'
    }
    if (known?.offerDigest === body.digest) {
      if (message.rseq !== undefined && !known.rseqs.includes(message.rseq))
        known.rseqs = grown(known.rseqs, message.rseq)
      return
    }
    if (this.#isFull(context) || this.#isForkedOut(exchanges, context)) return
    const opened = this.#open({
      transaction,
      offer: describeOffer(message, context, body, this.#showsLines),
      offerDigest: body.digest,
      offererTag,
      answererTag,
      offerInResponse: true,
      forkOf: undefined,
      previous: known ?? this.#latest(offererTag, answererTag, context),
    })
    if (message.rseq !== undefined) opened.rseqs = [message.rseq]
  }

  /** RFC 3261 §13.2.1: an ACK answers the offer in the 2xx. It has a branch of its own (§13.2.2.4). */
  #observeAck(message: MessageFacts, context: MessageContext, body: SessionBody | undefined): void {
    const { fromTag = '', toTag = '' } = message
    const open = this.#recent.filter(
      (exchange) =>
        exchange.state === 'pending' &&
        exchange.offerInResponse &&
        exchange.offer.method === 'INVITE' &&
        exchange.cseq === message.cseq &&
        message.cseq >= 0 &&
        isOfDialog(exchange, fromTag, toTag),
    )
    const answered = onHop(open, context.source, context.destination)
    for (const exchange of answered) {
      if (body) this.#answer(exchange, fromTag, message, context, body)
      else if (!message.truncated) exchange.state = 'unanswered'
    }
    if (body && answered.length === 0 && !this.#answersUnseen(message, context, body)) {
      this.#note('ack-description-unexpected', 'An ACK carries a description that answers no open offer.', context)
    }
  }

  /** Whether an ACK shows that what was taken for the answer to an unseen offer was the offer itself. */
  #answersUnseen(message: MessageFacts, context: MessageContext, body: SessionBody): boolean {
    const { cseq, fromTag = '', toTag = '' } = message
    const taken = this.#recent.filter(
      (exchange) => !exchange.offerSeen && exchange.cseq === cseq && isOfDialog(exchange, fromTag, toTag),
    )
    for (const exchange of onHop(taken, context.source, context.destination)) {
      const offer = currentAnswer(exchange)
      if (offer === undefined) continue
      this.#exchanges = this.#exchanges.filter((one) => one !== exchange)
      exchange.answers = NONE
      exchange.state = 'unanswered'
      const { transaction, answerDigest: offerDigest = '', previous } = exchange
      const turned = { transaction, offer, offerDigest, previous, forkOf: undefined, offerInResponse: true }
      const opened = this.#open({ ...turned, offererTag: toTag, answererTag: fromTag })
      this.#answer(opened, fromTag, message, context, body)
    }
    return taken.length > 0
  }

  /** RFC 3262 §5: a PRACK answers the offer in the reliable response that its RAck names. */
  #answeredByPrack(message: MessageFacts, context: MessageContext, body: SessionBody | undefined): boolean {
    const { rack, fromTag = '', toTag = '' } = message
    if (!body || !rack) return false
    const open = this.#recent.filter(
      (exchange) =>
        exchange.state === 'pending' &&
        exchange.cseq === rack.cseq &&
        exchange.rseqs.includes(rack.rseq) &&
        isOfDialog(exchange, fromTag, toTag),
    )
    const answered = onHop(open, context.source, context.destination)
    for (const exchange of answered) this.#answer(exchange, fromTag, message, context, body)
    return answered.length > 0
  }

  #latest(a: string, b: string, { source, destination }: { source: Endpoint; destination: Endpoint }) {
    const ofDialog = this.#recent.filter((exchange) => isOfDialog(exchange, a, b))
    return onHop(ofDialog, source, destination).at(-1) ?? ofDialog.at(-1)
  }

  #isFull({ at }: MessageContext): boolean {
    if (this.#exchanges.length < MAX_EXCHANGES) return false
    this.#listener.onLimit?.('exchangesOfCall', at)
    return true
  }

  #isForkedOut(exchanges: readonly OpenExchange[], { at }: MessageContext): boolean {
    if (exchanges.length < MAX_EXCHANGES_PER_TRANSACTION) return false
    this.#listener.onLimit?.('forksOfOffer', at)
    return true
  }

  #open(opening: Opening): OpenExchange {
    const exchange = new OpenExchange(this.#nextId(), this.#callId, opening)
    this.#exchanges = grown(this.#exchanges, exchange)
    const passed = this.#exchanges[this.#exchanges.length - MAX_RECENT - 1]
    if (passed?.state === 'pending') this.#listener.onLimit?.('openExchanges', passed.offer.at)
    this.#listener.onOffer?.(exchange)
    return exchange
  }

  #note(reason: string, text: string, { at }: MessageContext): void {
    this.#listener.onAnomaly?.({ reason, text, at })
  }
}

/** A 2xx without a description, to an offer that none of its dialog's earlier responses answered. */
function giveUp(exchanges: readonly OpenExchange[], { toTag }: MessageFacts): void {
  const exchange = exchanges.find(({ answererTag }) => answererTag === undefined || answererTag === toTag)
  if (exchange?.state === 'pending') exchange.state = 'unanswered'
}

// Shared by all that have none yet.
const NONE: readonly never[] = []
