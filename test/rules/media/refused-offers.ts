import type { AnalysedCall, AnalysedExchange } from '../../../src/model/analysis.ts'
import { ExchangeFacts } from '../../../src/model/exchanges.ts'
import { acceptableMedia } from '../../../src/sdp/acceptable-media.ts'
import type { Exchange } from '../../../src/sdp/exchange.ts'
import { audio, described, exchange } from '../../media/exchanges.ts'
import { callOf, frameAt } from '../media-trace.ts'
import { line } from '../protection/agreed-suites.ts'

export const A = '203.0.113.10'
export const B = '198.51.100.20'

export const PLAIN = audio(A, 4000, 'RTP/AVP')
export const SECURE = audio(A, 4000, 'RTP/SAVP', line(1, 'AES_CM_128_HMAC_SHA1_80'))
export const BEST_EFFORT = audio(A, 4000, 'RTP/AVP', line(1, 'AES_CM_128_HMAC_SHA1_80'))

export interface OfferOptions {
  /** Frame of the offer, which is the second it stands at; its response comes two later. */
  readonly frame?: number
  readonly source?: string
  readonly destination?: string
  readonly status?: number
  readonly reason?: string
  readonly warning?: string
  readonly phrase?: string
  readonly accept?: string
  /** The description in the refusal. */
  readonly body?: string
  /** An agreement that the offer is to change. */
  readonly previous?: Exchange
}

/** An offer that was refused. */
export function refused(offer: string, options: OfferOptions = {}): AnalysedExchange {
  const {
    frame = 1,
    source = A,
    destination = B,
    status = 488,
    reason,
    warning,
    phrase,
    accept,
    body,
    previous,
  } = options
  const one = exchange('one', described(frame, offer, source, destination), [], {
    state: 'refused',
    refusedAt: described(frame + 2, offer).at,
    ...(previous !== undefined && { previous }),
  })
  const acceptable = body === undefined ? undefined : acceptableMedia(described(frame + 2, body).description)
  return new ExchangeFacts(
    { ...one, refusedStatus: status, refusedWith: { phrase, reason, warning, accept, acceptable } },
    false,
  )
}

/** An offer that was answered. */
export function answered(offer: string, answer: string, options: OfferOptions = {}): AnalysedExchange {
  const { frame = 1, source = A, destination = B } = options
  const one = exchange('one', described(frame, offer, source, destination), [
    described(frame + 2, answer, destination, source),
  ])
  return new ExchangeFacts(one, false)
}

export interface PartyOptions {
  readonly callId?: string
  readonly from?: string
  readonly to?: string
  readonly state?: AnalysedCall['state']
}

/** A call of these exchanges, whose offers decide when it began. */
export function callBetween(exchanges: readonly AnalysedExchange[], options: PartyOptions = {}): AnalysedCall {
  const { callId = 'one', from = 'sip:alice@example.com', to = 'sip:bob@example.com', state = 'failed' } = options
  const call = callOf({ callId, exchanges, state })
  const startUs = exchanges[0]?.offer.at.timeUs ?? frameAt(1).timeUs
  return { ...call, startUs, report: { ...call.report, from, to } }
}
