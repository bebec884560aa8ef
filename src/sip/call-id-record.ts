import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { MessagePath } from './call.ts'
import type { MessageContext, Transport } from './context.ts'
import { InviteFacts } from './invite-outcome.ts'
import type { MessageFacts } from './message-facts.ts'
import type { MessagePaths } from './message-paths.ts'
import { type Match, TransactionTable } from './transaction.ts'

/**
 * What a Call-ID takes by itself, a message of it, and an octet of a session description: measured on calls of ordinary
 * devices (docs/decisions/limits.md).
 */
const OCTETS = 700
const OCTETS_OF_MESSAGE = 200
const OCTETS_OF_BODY_OCTET = 2
/** A request and a response of each transaction. */
const MOST_MESSAGES = 2 * LIMITS.transactionsOfCall.most

/** What every Call-ID has, with an INVITE or without. */
export abstract class CallIdRecord {
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly transport: Transport
  readonly startUs: number
  lastUs: number
  messages = 0
  /** What is kept of its messages, by estimate. */
  octets = OCTETS
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
    const match = this.transactions.observe(message, context, onLimit)
    if (!match.repeated) this.octets += this.#octetsOf(message)
    return match
  }

  /** An ACK without a body is not kept; and with its transactions the number of messages that are has a ceiling. */
  #octetsOf({ method, bodyLength }: MessageFacts): number {
    if (bodyLength === 0 && method === 'ACK') return 0
    return (this.messages <= MOST_MESSAGES ? OCTETS_OF_MESSAGE : 0) + OCTETS_OF_BODY_OCTET * bodyLength
  }
}

function createFacts(method: string, cseq: number): InviteFacts | undefined {
  return method === 'INVITE' ? new InviteFacts(cseq) : undefined
}
