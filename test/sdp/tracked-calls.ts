import type { ExchangeListener } from '../../src/sdp/exchange.ts'
import { OfferAnswerTracker } from '../../src/sdp/offer-answer.ts'
import { CallTable, type CallTableOptions } from '../../src/sip/call-table.ts'
import type { MessageContext } from '../../src/sip/context.ts'
import type { MessageFacts } from '../../src/sip/message-facts.ts'

/** A call table and a tracker that hear the same messages, as a scan has them. */
export class TrackedCalls {
  readonly calls: CallTable
  readonly tracker: OfferAnswerTracker

  constructor(listener: ExchangeListener = {}, options: CallTableOptions = {}) {
    this.tracker = new OfferAnswerTracker(listener)
    this.calls = new CallTable({ ...options, onEvicted: ({ callId }) => this.tracker.forget(callId) })
  }

  observe(message: MessageFacts, context: MessageContext): void {
    const observed = this.calls.observe(message, context)
    if (observed !== undefined) this.tracker.observe(message, context, observed)
  }

  end(): void {
    this.tracker.end()
  }
}
