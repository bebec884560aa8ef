import { LIMITS } from '../../limits/limits.ts'
import type { AnalysedCall, AnalysedExchange } from '../../model/analysis.ts'
import { asksForSecurity, isRtp } from '../agreement.ts'
import type { OnRuleLimit } from '../finding-room.ts'

/** An offer that asked for protection, and its refusal. */
export interface RefusedOffer {
  readonly call: number
  readonly callId: string
  readonly exchange: AnalysedExchange
}

/** An offer without protection of the same caller to the same callee on the same hop, soon after a refused one with it. */
export interface PlainRetry {
  readonly refused: RefusedOffer
  readonly exchange: AnalysedExchange
}

const WITHIN_US = 10_000_000

/** Final responses that say something of the request's credentials, of the callee or of the network, and nothing of the offer. */
const ABOUT_OTHER_THINGS: ReadonlySet<number> = new Set([
  401, 402, 404, 407, 408, 410, 421, 422, 423, 480, 481, 482, 483, 484, 485, 486, 487, 489, 491, 600, 603, 604,
])

/** Watches the calls of a trace, in order, for callers that fall back to RTP in the clear when their SRTP is refused. */
export class SecureRetries {
  /** By parties and hop, in the order of the calls. */
  readonly #refused = new Map<string, RefusedOffer>()
  readonly #onLimit: OnRuleLimit

  constructor(onLimit: OnRuleLimit) {
    this.#onLimit = onLimit
  }

  /** The next call; each refused offer is named once, and each call names one. */
  take(call: AnalysedCall, index: number): PlainRetry | undefined {
    if (this.#refused.size > 0) this.#forget(call.startUs)
    let retry: PlainRetry | undefined
    for (const exchange of call.exchanges) {
      if (exchange.renegotiates) continue
      if (isRefused(exchange) && isProtected(exchange)) {
        this.#remember(partiesOf(call, exchange), { call: index, callId: call.callId, exchange })
      } else if (retry === undefined && this.#refused.size > 0) {
        retry = this.#retryOf(partiesOf(call, exchange), exchange)
      }
    }
    return retry
  }

  #remember(name: string, offer: RefusedOffer): void {
    this.#refused.delete(name)
    if (this.#refused.size >= LIMITS.refusedOffers.most) {
      this.#refused.delete(this.#refused.keys().next().value as string)
      this.#onLimit('refusedOffers')
    }
    this.#refused.set(name, offer)
  }

  #retryOf(name: string, exchange: AnalysedExchange): PlainRetry | undefined {
    const refused = this.#refused.get(name)
    if (refused === undefined || !isPlain(exchange)) return undefined
    const afterUs = exchange.offer.at.timeUs - refusedUs(refused.exchange)
    if (afterUs < 0 || afterUs > WITHIN_US) return undefined
    this.#refused.delete(name)
    return { refused, exchange }
  }

  /** Calls come in the order of their starts: what was refused long before this one's is not called again by any. */
  #forget(startUs: number): void {
    for (const [name, { exchange }] of this.#refused) {
      if (refusedUs(exchange) + WITHIN_US >= startUs) return
      this.#refused.delete(name)
    }
  }
}

function refusedUs({ refusedAt }: AnalysedExchange): number {
  return refusedAt?.timeUs ?? 0
}

function isRefused({ refusedAt, refusedStatus = 0 }: AnalysedExchange): boolean {
  return refusedAt !== undefined && refusedStatus >= 400 && !ABOUT_OTHER_THINGS.has(refusedStatus)
}

function isProtected({ offer }: AnalysedExchange): boolean {
  return offer.media.some((media) => !media.rejected && isRtp(media) && asksForSecurity(media))
}

function isPlain({ offer }: AnalysedExchange): boolean {
  const rtp = offer.media.filter((media) => !media.rejected && isRtp(media))
  return rtp.length > 0 && !rtp.some((media) => asksForSecurity(media) || media.isCut)
}

/** Caller, callee and the two hosts of the hop. */
function partiesOf({ report: { from, to } }: AnalysedCall, { offer }: AnalysedExchange): string {
  return `${addressOfRecord(from)} ${addressOfRecord(to)} ${offer.source.address} ${offer.destination.address}`
}

/** User and host, without scheme, port and parameters: a fallback may change these. */
function addressOfRecord(uri: string): string {
  const [, user = '', host = ''] = /^(?:sips?|tel):(?:([^@;?]{0,512})@)?([^;?]{0,512})/i.exec(uri) ?? []
  return `${user}@${host.replace(/:\d{1,5}$/, '').toLowerCase()}`
}
