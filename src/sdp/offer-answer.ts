import type { MessageContext } from '../sip/context.ts'
import type { SipMessage } from '../sip/message.ts'
import { copyText } from '../sip/message-summary.ts'
import { CallExchanges } from './call-exchanges.ts'
import type { Exchange, ExchangeListener } from './exchange.ts'

/** Methods whose transactions carry offers and answers (RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311 §5). */
const METHODS: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'PRACK', 'UPDATE'])

export interface OfferAnswerOptions {
  /** Call-IDs followed at a time; 50,000 unless told, with some 6 KB each. Above it the one that was silent longest ends. */
  readonly maxCallIds?: number
}

/** Pairs the offers of a trace with their answers, per hop and per dialog, and tells a listener in frame order. */
export class OfferAnswerTracker {
  /** Call-IDs that the ceiling pushed out. */
  evicted = 0
  readonly #listener: ExchangeListener
  readonly #maxCallIds: number
  readonly #calls = new Map<string, CallExchanges>()
  #exchanges = 0

  constructor(listener: ExchangeListener = {}, { maxCallIds = 50_000 }: OfferAnswerOptions = {}) {
    this.#listener = listener
    this.#maxCallIds = maxCallIds
  }

  /** Takes in the next message of the trace. Those without a Call-ID, and methods without offers, are passed over. */
  observe(message: SipMessage, context: MessageContext): void {
    if (!METHODS.has(message.method) || message.callId === '') return
    const callId = copyText(message.callId) as string
    let call = this.#calls.get(callId)
    if (!call) {
      // An ACK alone opens nothing.
      if (message.method === 'ACK' && message.parts.length === 0) return
      call = new CallExchanges(callId, this.#listener, () => this.#exchanges++)
      if (this.#calls.size >= this.#maxCallIds) this.#evict()
    } else this.#calls.delete(callId)
    this.#calls.set(callId, call)
    call.observe(message, context)
  }

  /** The exchanges of a call that is still followed, the latest 256 of them. */
  exchangesOf(callId: string): readonly Exchange[] {
    return this.#calls.get(copyText(callId) as string)?.exchanges ?? []
  }

  /** The trace is over: offers still open become `unanswered`. */
  end(): void {
    for (const call of this.#calls.values()) call.end()
  }

  #evict(): void {
    const [oldest] = this.#calls
    if (!oldest) return
    oldest[1].end()
    this.#calls.delete(oldest[0])
    this.evicted++
  }
}
