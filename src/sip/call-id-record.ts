import type { OnLimit } from '../limits/limits.ts'
import type { MessagePath } from './call.ts'
import type { MessageContext, Transport } from './context.ts'
import { InviteFacts } from './invite-outcome.ts'
import type { MessageFacts } from './message-facts.ts'
import type { MessagePaths } from './message-paths.ts'
import { type Match, TransactionTable } from './transaction.ts'

/** What every Call-ID has, with an INVITE or without. */
export abstract class CallIdRecord {
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly transport: Transport
  readonly startUs: number
  lastUs: number
  messages = 0
  ways: MessagePaths
  attached: unknown
  protected readonly transactions = new TransactionTable<InviteFacts | undefined>(createFacts)

  /** @param ways none yet; shared by all records */
  constructor(message: MessageFacts, context: MessageContext, ways: MessagePaths, startUs = context.at.timeUs) {
    this.callId = message.callId
    this.from = message.from
    this.to = message.to
    this.transport = context.transport
    this.startUs = startUs
    this.lastUs = context.at.timeUs
    this.ways = ways
  }

  get paths(): readonly MessagePath[] {
    return this.ways.list()
  }

  protected count(message: MessageFacts, context: MessageContext, onLimit: OnLimit): Match<InviteFacts | undefined> {
    this.messages++
    this.lastUs = context.at.timeUs
    this.ways = this.ways.with(message.kind, context, onLimit)
    return this.transactions.observe(message, context, onLimit)
  }
}

function createFacts(method: string, cseq: number): InviteFacts | undefined {
  return method === 'INVITE' ? new InviteFacts(cseq) : undefined
}
