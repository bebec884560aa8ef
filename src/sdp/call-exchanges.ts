import { grown } from '../bytes/grown-list.ts'
import { LIMITS } from '../limits/limits.ts'
import type { MessageContext } from '../sip/context.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { Match, Transaction } from '../sip/transaction.ts'
import { describe, describeOffer, unseenOffer } from './described.ts'
import { currentAnswer, type Described } from './exchange.ts'
import { ExchangeList, type Tracking } from './exchange-list.ts'
import { isOfDialog, type OpenExchange, onHop } from './open-exchange.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { readSessionBody, type SessionBody } from './session-body.ts'

const MAX_DELAYED = LIMITS.requestsWithoutOffer.most

/** Refusals that wait for their request: packets that are out of order are close to each other. */
const FEW = 4

/** Which messages of one Call-ID make offers, and which answer them (RFC 3264, RFC 6337 §2). */
export class CallExchanges {
  readonly #tracking: Tracking
  readonly #list: ExchangeList
  /** Those whose request surely carried no offer: its response makes one (RFC 3261 §13.2.1). */
  #delayed: readonly Transaction<unknown>[] = NONE
  /** Final refusals whose request was not captured so far. */
  #refusedAhead: readonly Refusal[] = NONE

  constructor(callId: string, tracking: Tracking) {
    this.#tracking = tracking
    this.#list = new ExchangeList(callId, tracking)
  }

  /** All, in the order of their offers. */
  get exchanges(): readonly OpenExchange[] {
    return this.#list.all
  }

  /** Takes in the next INVITE, ACK, PRACK or UPDATE of the call, or a response to one. */
  observe(message: MessageFacts, context: MessageContext, match: Match<unknown>): void {
    if (message.kind === 'request' && match.repeated) return
    const body = readSessionBody(message)
    if (body && 'reason' in body) this.#note(`sdp-${body.reason}`, context)
    const session = body && 'digest' in body ? body : undefined
    if (message.kind === 'response') this.#observeResponse(match.transaction, message, context, session)
    else if (message.method === 'ACK') this.#observeAck(message, context, session)
    else if (!(message.method === 'PRACK' && this.#answeredByPrack(message, context, session))) {
      // A cut or unreadable message may have carried an offer all the same.
      if (session) this.#offerInRequest(match.transaction, message, context, session)
      else if (body === undefined && !message.truncated) {
        if (this.#delayed.length === MAX_DELAYED) this.#tracking.listener.onLimit?.('requestsWithoutOffer', context.at)
        this.#delayed = grown(this.#delayed.slice(1 - MAX_DELAYED), match.transaction)
      }
    }
  }

  /** What is still open at the end will not be answered. */
  end(): void {
    this.#list.end()
  }

  #offerInRequest(
    transaction: Transaction<unknown>,
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody,
  ): void {
    // Packets of several interfaces need not be in the order of their times: the response may come before its request.
    const answered = this.#list.recent.filter((exchange) => !exchange.offerSeen && exchange.transaction === transaction)
    for (const exchange of answered) this.#list.fillIn(exchange, this.#offerOf(message, context, body), body.digest)
    if (answered.length > 0 || this.#list.isFull(context)) return
    const { fromTag = '', toTag } = message
    const previous = toTag === undefined ? undefined : this.#list.latest(fromTag, toTag, context)
    const opened = this.#list.open({
      transaction,
      offer: this.#offerOf(message, context, body),
      offerDigest: body.digest,
      offererTag: fromTag,
      answererTag: toTag,
      offerInResponse: false,
      continuesUnseen: toTag !== undefined && previous === undefined,
      forkOf: undefined,
      previous,
    })
    const ahead = this.#refusedAhead.find((refusal) => refusal.transaction === transaction)
    if (ahead !== undefined) this.#list.refuse([opened], ahead)
  }

  #observeResponse(
    transaction: Transaction<unknown>,
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody | undefined,
  ): void {
    const status = message.status ?? 0
    if (status <= 100) return
    const exchanges = this.#list.recent.filter((exchange) => exchange.transaction === transaction)
    const [first] = exchanges
    const offered = first !== undefined && !first.offerInResponse
    if (status >= 300) {
      const refusal = refusalOf(transaction, status, message, context, body)
      if (first === undefined && !transaction.requestSeen)
        this.#refusedAhead = [...this.#refusedAhead, refusal].slice(-FEW)
      else this.#list.refuse(exchanges, refusal)
    } else if (body && offered) this.#answerInResponse(exchanges, message, context, body)
    else if (body && first === undefined && !this.#delayed.includes(transaction)) {
      this.#answerUnseen(transaction, message, context, body)
    } else if (body) this.#offerInResponse(transaction, exchanges, message, context, body)
    else if (status >= 200 && offered) giveUp(exchanges, message)
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
    if (this.#list.isFull(context) || this.#list.isForkedOut(exchanges, context)) return undefined
    const [first] = exchanges
    const { transaction, offer, offerDigest, offererTag, offerInResponse, offerSeen } = first
    const same = { transaction, offer, offerDigest, offererTag, offerInResponse, offerSeen }
    return this.#list.open({ ...same, answererTag, forkOf: first, previous: undefined })
  }

  #answer(
    exchange: OpenExchange,
    answererTag: string,
    message: MessageFacts,
    context: MessageContext,
    body: SessionBody,
  ): void {
    if (!this.#list.isNews(exchange, answererTag, body.digest, context)) return
    const answer = describe(message, context, body, this.#tracking.showsLines)
    this.#list.answer(exchange, answererTag, answer, body.digest)
    if (exchange.offerSeen && areOtherLines(exchange.offer, answer)) this.#note('answer-lines-differ', context)
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
    if (this.#list.isFull(context)) return
    const { fromTag: offererTag = '', toTag: answererTag = '' } = message
    const exchange = this.#list.open({
      transaction,
      offer: unseenOffer(message, context),
      offerDigest: '',
      offererTag,
      answererTag,
      offerInResponse: false,
      offerSeen: false,
      forkOf: undefined,
      previous: this.#list.latest(offererTag, answererTag, context),
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
        // RFC 6337 §2.1.
        if (!this.#list.isRepeatedLater(known, offererTag, body.digest)) {
          this.#note('description-after-answer', context)
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
    if (this.#list.isFull(context) || this.#list.isForkedOut(exchanges, context)) return
    const opened = this.#list.open({
      transaction,
      offer: this.#offerOf(message, context, body),
      offerDigest: body.digest,
      offererTag,
      answererTag,
      offerInResponse: true,
      forkOf: undefined,
      previous: known ?? this.#list.latest(offererTag, answererTag, context),
    })
    if (message.rseq !== undefined) opened.rseqs = [message.rseq]
  }

  /** RFC 3261 §13.2.1: an ACK answers the offer in the 2xx. It has a branch of its own (§13.2.2.4). */
  #observeAck(message: MessageFacts, context: MessageContext, body: SessionBody | undefined): void {
    const { fromTag = '', toTag = '' } = message
    const open = this.#list.recent.filter(
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
      this.#note('ack-description-unexpected', context)
    }
  }

  /** Whether an ACK shows that what was taken for the answer to an unseen offer was the offer itself. */
  #answersUnseen(message: MessageFacts, context: MessageContext, body: SessionBody): boolean {
    const { cseq, fromTag = '', toTag = '' } = message
    const taken = this.#list.recent.filter(
      (exchange) => !exchange.offerSeen && exchange.cseq === cseq && isOfDialog(exchange, fromTag, toTag),
    )
    for (const exchange of onHop(taken, context.source, context.destination)) {
      const offer = currentAnswer(exchange)
      if (offer === undefined) continue
      this.#list.takeBack(exchange)
      const { transaction, answerDigest: offerDigest = '', previous } = exchange
      const turned = { transaction, offer, offerDigest, previous, forkOf: undefined, offerInResponse: true }
      const opened = this.#list.open({ ...turned, offererTag: toTag, answererTag: fromTag })
      this.#answer(opened, fromTag, message, context, body)
    }
    return taken.length > 0
  }

  /** RFC 3262 §5: a PRACK answers the offer in the reliable response that its RAck names. */
  #answeredByPrack(message: MessageFacts, context: MessageContext, body: SessionBody | undefined): boolean {
    const { rack, fromTag = '', toTag = '' } = message
    if (!body || !rack) return false
    const open = this.#list.recent.filter(
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

  #offerOf(message: MessageFacts, context: MessageContext, body: SessionBody): Described {
    return describeOffer(message, context, body, this.#tracking.showsLines)
  }

  #note(reason: string, { at }: MessageContext): void {
    this.#tracking.listener.onAnomaly?.(reason, at)
  }
}

/** Whether the m= lines of an answer are not those of the offer, each of its kind and in its place (RFC 3264 §6); of what is cut nobody can say. */
function areOtherLines(offer: Described, answer: Described): boolean {
  if (offer.truncated || answer.truncated) return false
  const [offered, answered] = [offer.description.media, answer.description.media]
  return offered.length !== answered.length || answered.some(({ kind }, n) => kind !== offered[n].kind)
}

/** A 2xx without a description, to an offer that none of its dialog's earlier responses answered. */
function giveUp(exchanges: readonly OpenExchange[], { toTag }: MessageFacts): void {
  const exchange = exchanges.find(({ answererTag }) => answererTag === undefined || answererTag === toTag)
  if (exchange?.state === 'pending') exchange.state = 'unanswered'
}

// Shared by all that have none yet.
const NONE: readonly never[] = []
