import type { Endpoint } from '../bytes/endpoint.ts'
import type { MessageContext } from '../sip/context.ts'
import type { SipMessage } from '../sip/message.ts'
import { copyText } from '../sip/message-summary.ts'
import { type Transaction, TransactionTable } from '../sip/transaction.ts'
import { describe } from './described.ts'
import type { ExchangeListener } from './exchange.ts'
import { isOfDialog, type OpenExchange, onHop } from './open-exchange.ts'
import { readSessionBody, type SessionBody } from './session-body.ts'

const MAX_EXCHANGES = 256
const MAX_EXCHANGES_PER_TRANSACTION = 64
const MAX_ANSWERS = 16

interface OfferFacts {
  /** True where the request carried an offer. */
  offered: boolean
  /** True where the request surely carried none: its transaction's response makes the offer (RFC 3261 §13.2.1). */
  delayed: boolean
  /** Those whose offer this transaction carried, one per To tag. */
  readonly exchanges: OpenExchange[]
}

type OfferTransaction = Transaction<OfferFacts>

/** The exchanges of one Call-ID (RFC 3264, RFC 6337 §2). */
export class CallExchanges {
  readonly #callId: string
  readonly #listener: ExchangeListener
  readonly #nextId: () => number
  readonly #transactions = new TransactionTable<OfferFacts>(() => ({ offered: false, delayed: false, exchanges: [] }))
  readonly #exchanges: OpenExchange[] = []

  constructor(callId: string, listener: ExchangeListener, nextId: () => number) {
    this.#callId = callId
    this.#listener = listener
    this.#nextId = nextId
  }

  get exchanges(): readonly OpenExchange[] {
    return this.#exchanges
  }

  /** Takes in the next INVITE, ACK, PRACK or UPDATE of the call, or a response to one. */
  observe(message: SipMessage, context: MessageContext): void {
    const { transaction, repeated } = this.#transactions.observe(message, context)
    if (message.kind === 'request' && repeated) return
    const body = readSessionBody(message)
    if (body && 'reason' in body) this.#note(`sdp-${body.reason}`, body.text, context)
    const session = body && 'digest' in body ? body : undefined
    if (message.kind === 'response') this.#observeResponse(transaction, message, context, session)
    else if (message.method === 'ACK') this.#observeAck(message, context, session)
    else if (!(message.method === 'PRACK' && this.#answeredByPrack(message, context, session))) {
      transaction.facts.offered = session !== undefined
      // A cut or unreadable message may have carried an offer all the same.
      transaction.facts.delayed = body === undefined && !message.truncated
      if (session) this.#offerInRequest(transaction, message, context, session)
    }
  }

  /** What is still open at the end will not be answered. */
  end(): void {
    for (const exchange of this.#exchanges) if (exchange.state === 'pending') exchange.state = 'unanswered'
  }

  #offerInRequest(
    transaction: OfferTransaction,
    message: SipMessage,
    context: MessageContext,
    body: SessionBody,
  ): void {
    const fromTag = copyText(message.from?.tag) ?? ''
    const toTag = copyText(message.to?.tag)
    const previous = toTag === undefined ? undefined : this.#latest(fromTag, toTag, context)
    this.#open(transaction, {
      hop: { offerer: context.source, answerer: context.destination },
      offer: describe(message, context, body.description),
      offerDigest: body.digest,
      offererTag: fromTag,
      ...(toTag !== undefined && { answererTag: toTag }),
      offerInResponse: false,
      requestSeen: true,
      transport: context.transport,
      ...(previous && { previous }),
    })
  }

  #observeResponse(
    transaction: OfferTransaction,
    message: SipMessage,
    context: MessageContext,
    body: SessionBody | undefined,
  ): void {
    const status = message.status ?? 0
    if (status <= 100) return
    if (status >= 300) this.#refuse(transaction, status, context)
    else if (body && transaction.facts.offered) this.#answerInResponse(transaction, message, context, body)
    else if (body) this.#offerInResponse(transaction, message, context, body)
    else if (status >= 200 && transaction.facts.offered) this.#giveUp(transaction, message)
  }

  #refuse({ facts }: OfferTransaction, status: number, context: MessageContext): void {
    for (const exchange of facts.exchanges) {
      // A 2xx has settled it; after that no other final response can be true (RFC 3261 §17.1.1).
      const settled = exchange.answers.some((answer) => (answer.status ?? 0) >= 200)
      if (settled || exchange.state === 'refused') continue
      exchange.state = 'refused'
      exchange.refusedAt = context.at
      exchange.refusedStatus = status
      this.#listener.onRefused?.(exchange)
    }
  }

  /** A 2xx without a description, to an offer that none of its dialog's earlier responses answered. */
  #giveUp({ facts }: OfferTransaction, message: SipMessage): void {
    const toTag = message.to?.tag
    const exchange = facts.exchanges.find(({ answererTag }) => answererTag === undefined || answererTag === toTag)
    if (exchange?.state === 'pending') exchange.state = 'unanswered'
  }

  #answerInResponse(
    transaction: OfferTransaction,
    message: SipMessage,
    context: MessageContext,
    body: SessionBody,
  ): void {
    const { exchanges } = transaction.facts
    const toTag = copyText(message.to?.tag) ?? ''
    const exchange =
      exchanges.find(({ answererTag }) => answererTag === toTag) ??
      exchanges.find(({ answererTag }) => answererTag === undefined) ??
      this.#fork(transaction, toTag)
    if (exchange) this.#answer(exchange, toTag, message, context, body)
  }

  /** The same offer for another branch of a fork (RFC 3261 §13.2.2.4; RFC 6337 §2.3). */
  #fork(transaction: OfferTransaction, answererTag: string): OpenExchange | undefined {
    const { exchanges } = transaction.facts
    const [first] = exchanges
    if (!first || exchanges.length === MAX_EXCHANGES_PER_TRANSACTION) return undefined
    const { hop, offer, offerDigest, offererTag, offerInResponse, requestSeen, transport } = first
    const same = { hop, offer, offerDigest, offererTag, offerInResponse, requestSeen, transport }
    return this.#open(transaction, { ...same, answererTag, forkOf: first })
  }

  /**
   * The answer; again with other octets, the one that replaces it. What repeats a description that this side gave in
   * a later exchange (UPDATE before the 2xx, RFC 3311 §5.1) is no news.
   */
  #answer(
    exchange: OpenExchange,
    answererTag: string,
    message: SipMessage,
    context: MessageContext,
    body: SessionBody,
  ): void {
    if (exchange.answerDigest === body.digest || exchange.state === 'refused') return
    if (exchange.answers.length > 0 && this.#isRepeatedLater(exchange, answererTag, body.digest)) return
    if (exchange.answers.length === MAX_ANSWERS) return
    const answer = describe(message, context, body.description)
    exchange.answererTag ??= answererTag
    exchange.answerDigest = body.digest
    exchange.answers.push(answer)
    exchange.state = 'answered'
    this.#listener.onAnswer?.(exchange, answer)
  }

  #isRepeatedLater(exchange: OpenExchange, tag: string, digest: string): boolean {
    return this.#exchanges.some(
      (later) =>
        later.id > exchange.id &&
        ((later.offererTag === tag && later.offerDigest === digest) ||
          (later.answererTag === tag && later.answerDigest === digest)),
    )
  }

  /** RFC 3261 §13.2.1: the offer in the first reliable response. In an unreliable one it is a preview of it. */
  #offerInResponse(
    transaction: OfferTransaction,
    message: SipMessage,
    context: MessageContext,
    body: SessionBody,
  ): void {
    const { exchanges, delayed } = transaction.facts
    const offererTag = copyText(message.to?.tag) ?? ''
    const answererTag = copyText(message.from?.tag) ?? ''
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
      if (message.rseq !== undefined && !known.rseqs.includes(message.rseq)) known.rseqs.push(message.rseq)
      return
    }
    const previous = known ?? this.#latest(offererTag, answererTag, context)
    const opened = this.#open(transaction, {
      hop: { offerer: context.source, answerer: context.destination },
      offer: describe(message, context, body.description),
      offerDigest: body.digest,
      offererTag,
      answererTag,
      offerInResponse: true,
      requestSeen: delayed,
      transport: context.transport,
      ...(previous && { previous }),
    })
    if (opened && message.rseq !== undefined) opened.rseqs.push(message.rseq)
  }

  /** RFC 3261 §13.2.1: an ACK answers the offer in the 2xx. It has a branch of its own (§13.2.2.4). */
  #observeAck(message: SipMessage, context: MessageContext, body: SessionBody | undefined): void {
    const fromTag = message.from?.tag ?? ''
    const toTag = message.to?.tag ?? ''
    const open = this.#exchanges.filter(
      (exchange) =>
        exchange.state === 'pending' &&
        exchange.offerInResponse &&
        exchange.offer.method === 'INVITE' &&
        exchange.cseq === message.cseq?.number &&
        isOfDialog(exchange, fromTag, toTag),
    )
    const answered = onHop(open, context.source, context.destination)
    for (const exchange of answered) {
      if (body) this.#answer(exchange, copyText(fromTag) ?? '', message, context, body)
      else if (!message.truncated) exchange.state = 'unanswered'
    }
    if (body && answered.length === 0) {
      this.#note('ack-description-unexpected', 'An ACK carries a description that answers no open offer.', context)
    }
  }

  /** RFC 3262 §5: a PRACK answers the offer in the reliable response that its RAck names. */
  #answeredByPrack(message: SipMessage, context: MessageContext, body: SessionBody | undefined): boolean {
    const { rack } = message
    const fromTag = message.from?.tag ?? ''
    const toTag = message.to?.tag ?? ''
    if (!body || !rack) return false
    const open = this.#exchanges.filter(
      (exchange) =>
        exchange.state === 'pending' &&
        exchange.cseq === rack.cseq &&
        exchange.rseqs.includes(rack.rseq) &&
        isOfDialog(exchange, fromTag, toTag),
    )
    const answered = onHop(open, context.source, context.destination)
    for (const exchange of answered) this.#answer(exchange, copyText(fromTag) ?? '', message, context, body)
    return answered.length > 0
  }

  #latest(a: string, b: string, { source, destination }: { source: Endpoint; destination: Endpoint }) {
    const ofDialog = this.#exchanges.filter((exchange) => isOfDialog(exchange, a, b))
    return onHop(ofDialog, source, destination).at(-1) ?? ofDialog.at(-1)
  }

  #open(
    transaction: OfferTransaction,
    given: Omit<OpenExchange, 'id' | 'callId' | 'answers' | 'state' | 'cseq' | 'branch' | 'rseqs'>,
  ): OpenExchange | undefined {
    const { exchanges } = transaction.facts
    if (exchanges.length === MAX_EXCHANGES_PER_TRANSACTION) return undefined
    const exchange: OpenExchange = {
      ...given,
      id: this.#nextId(),
      callId: this.#callId,
      cseq: transaction.cseq,
      branch: copyText(transaction.branch) ?? '',
      answers: [],
      rseqs: [],
      state: 'pending',
    }
    exchanges.push(exchange)
    this.#exchanges.push(exchange)
    if (this.#exchanges.length > MAX_EXCHANGES) this.#exchanges.shift()
    this.#listener.onOffer?.(exchange)
    return exchange
  }

  #note(reason: string, text: string, { at }: MessageContext): void {
    this.#listener.onAnomaly?.({ reason, text, at })
  }
}
