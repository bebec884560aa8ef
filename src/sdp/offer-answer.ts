import type { SipCall } from '../sip/call.ts'
import type { Observed } from '../sip/call-table.ts'
import type { MessageContext } from '../sip/context.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import { CallExchanges } from './call-exchanges.ts'
import type { Exchange, ExchangeListener } from './exchange.ts'
import type { Tracking } from './exchange-list.ts'

/** Methods whose transactions carry offers and answers (RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311 §5). */
export const OFFER_ANSWER_METHODS: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'PRACK', 'UPDATE'])

/** Pairs the offers of a trace with their answers, per hop and per dialog, and tells a listener in frame order. */
export class OfferAnswerTracker {
  readonly #tracking: Tracking
  readonly #calls = new Map<string, CallExchanges>()

  /** @param showsLines the lines of descriptions are kept, without their secrets */
  constructor(listener: ExchangeListener = {}, showsLines = false) {
    let exchanges = 0
    this.#tracking = { listener, nextId: () => exchanges++, showsLines }
  }

  /** Takes in the next message of the trace, whose place the call table knows. Methods without offers are passed over. */
  observe(message: MessageFacts, context: MessageContext, observed: Observed): void {
    if (!OFFER_ANSWER_METHODS.has(message.method)) return
    const { record } = observed
    let call = record.attached as CallExchanges | undefined
    if (call === undefined) {
      // An ACK alone opens nothing.
      if (message.method === 'ACK' && message.bodyLength === 0) return
      call = new CallExchanges(record.callId, this.#tracking)
      record.attached = call
      this.#calls.set(record.callId, call)
    }
    call.observe(message, context, observed)
  }

  /** The exchanges of a call, in the order of their offers. */
  exchangesOf({ attached }: SipCall): readonly Exchange[] {
    return (attached as CallExchanges | undefined)?.exchanges ?? []
  }

  /** The call table has forgotten a call: offers still open become `unanswered`. */
  forget(callId: string): void {
    this.#calls.get(callId)?.end()
    this.#calls.delete(callId)
  }

  /** The trace is over: offers still open become `unanswered`. */
  end(): void {
    for (const call of this.#calls.values()) call.end()
  }
}
