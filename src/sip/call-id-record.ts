import type { FrameRef } from '../bytes/frame-ref.ts'
import type { MessageSummary } from './call.ts'
import type { MessageContext, Transport } from './context.ts'
import type { InviteFacts } from './invite-outcome.ts'
import type { SipMessage } from './message.ts'
import { copyText, summarize } from './message-summary.ts'
import { type Transaction, TransactionTable } from './transaction.ts'

const createInviteFacts = (): InviteFacts => ({ initial: false, hops: 0 })

/** What every Call-ID has, with an INVITE or without. */
export abstract class CallIdRecord {
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly transport: Transport
  readonly start: FrameRef
  last: FrameRef
  messages = 0
  readonly summaries: MessageSummary[] = []
  protected readonly transactions = new TransactionTable<InviteFacts>(createInviteFacts)
  readonly #maxSummaries: number

  constructor(message: SipMessage, context: MessageContext, maxSummaries: number) {
    this.callId = copyText(message.callId) ?? ''
    this.from = copyText(message.from?.uri) ?? ''
    this.to = copyText(message.to?.uri) ?? ''
    this.transport = context.transport
    this.start = context.at
    this.last = context.at
    this.#maxSummaries = maxSummaries
  }

  protected count(
    message: SipMessage,
    context: MessageContext,
  ): { transaction: Transaction<InviteFacts>; first: boolean } {
    const { transaction, repeated } = this.transactions.observe(message, context)
    this.messages++
    this.last = context.at
    if (this.summaries.length < this.#maxSummaries) this.summaries.push(summarize(message, context, repeated))
    return { transaction, first: !repeated }
  }
}
