import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { Transport } from '../sip/context.ts'
import { isSameEndpoint, type Transaction } from '../sip/transaction.ts'
import type { Described, Exchange, ExchangeState, RefusalTerms } from './exchange.ts'

/** What is known of an exchange when it opens. */
export interface Opening {
  readonly transaction: Transaction<unknown>
  readonly offer: Described
  readonly offerDigest: string
  readonly offererTag: string
  readonly answererTag: string | undefined
  readonly offerInResponse: boolean
  /** True unless told. */
  readonly offerSeen?: boolean
  readonly continuesUnseen?: boolean
  readonly forkOf: OpenExchange | undefined
  readonly previous: OpenExchange | undefined
}

/** An exchange as the tracker sees it. Only files of the tracker write to it. */
export class OpenExchange implements Exchange {
  readonly id: number
  readonly callId: string
  /** That of the INVITE, UPDATE or PRACK which carried the offer, or whose response did. */
  readonly transaction: Transaction<unknown>
  offer: Described
  offerDigest: string
  /** True where the offer is in a response: ACK or PRACK brings the answer. */
  readonly offerInResponse: boolean
  offerSeen: boolean
  readonly continuesUnseen: boolean
  readonly forkOf: OpenExchange | undefined
  readonly previous: OpenExchange | undefined
  readonly first: OpenExchange
  readonly depth: number
  readonly offererTag: string
  answererTag: string | undefined
  answers: readonly Described[] = NONE
  answerDigest: string | undefined
  state: ExchangeState = 'pending'
  refusedAt: FrameRef | undefined
  refusedStatus: number | undefined
  refusedWith: RefusalTerms | undefined
  /** RSeq values of the reliable provisional responses that carried the offer (RFC 3262 §3). */
  rseqs: readonly number[] = NONE

  constructor(id: number, callId: string, opening: Opening) {
    this.id = id
    this.callId = callId
    this.transaction = opening.transaction
    this.offer = opening.offer
    this.offerDigest = opening.offerDigest
    this.offerInResponse = opening.offerInResponse
    this.offerSeen = opening.offerSeen ?? true
    this.continuesUnseen = opening.continuesUnseen ?? false
    this.forkOf = opening.forkOf
    this.previous = opening.previous
    this.first = opening.previous?.first ?? this
    this.depth = opening.previous === undefined ? 0 : opening.previous.depth + 1
    this.offererTag = opening.offererTag
    this.answererTag = opening.answererTag
  }

  get hop(): Exchange['hop'] {
    return { offerer: this.offer.source, answerer: this.offer.destination }
  }

  get transport(): Transport {
    return this.offer.transport
  }

  get cseq(): number {
    return this.transaction.cseq
  }
}

// Shared by all that have none yet.
const NONE: readonly never[] = []

/** Whether two tags name the dialog of an exchange, in either order. */
export function isOfDialog(exchange: Exchange, a: string, b: string): boolean {
  const { offererTag, answererTag } = exchange
  return (offererTag === a && answererTag === b) || (offererTag === b && answererTag === a)
}

/**
 * Those of `exchanges` whose hop a message from `source` to `destination` travelled, in either direction. Where none has
 * both endpoints, those that share one address with it: within a dialog, requests may bypass the proxies that the first
 * one passed (RFC 3261 §16.6 step 4), and connections may change ports.
 */
export function onHop<E extends Exchange>(
  exchanges: readonly E[],
  source: Endpoint,
  destination: Endpoint,
): readonly E[] {
  const exact = exchanges.filter(
    ({ offer }) =>
      (isSameEndpoint(offer.source, source) && isSameEndpoint(offer.destination, destination)) ||
      (isSameEndpoint(offer.source, destination) && isSameEndpoint(offer.destination, source)),
  )
  if (exact.length > 0) return exact
  const addresses = new Set([source.address, destination.address])
  return exchanges.filter(
    ({ offer }) => addresses.has(offer.source.address) || addresses.has(offer.destination.address),
  )
}
