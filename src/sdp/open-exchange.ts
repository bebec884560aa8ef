import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { isSameEndpoint } from '../sip/transaction.ts'
import type { Described, Exchange, ExchangeState } from './exchange.ts'

/** An exchange as the tracker sees it. Only files of the tracker write to it. */
export interface OpenExchange extends Exchange {
  state: ExchangeState
  answererTag?: string
  refusedAt?: FrameRef
  refusedStatus?: number
  answers: readonly Described[]
  readonly offerDigest: string
  answerDigest?: string
  /** RSeq values of the reliable provisional responses that carried the offer (RFC 3262 §3). */
  rseqs: readonly number[]
  /** True where the offer is in a response: ACK or PRACK brings the answer. */
  readonly offerInResponse: boolean
}

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
    ({ hop }) =>
      (isSameEndpoint(hop.offerer, source) && isSameEndpoint(hop.answerer, destination)) ||
      (isSameEndpoint(hop.offerer, destination) && isSameEndpoint(hop.answerer, source)),
  )
  if (exact.length > 0) return exact
  const addresses = new Set([source.address, destination.address])
  return exchanges.filter(({ hop }) => addresses.has(hop.offerer.address) || addresses.has(hop.answerer.address))
}
