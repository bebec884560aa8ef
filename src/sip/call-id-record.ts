import type { FrameRef } from '../bytes/frame-ref.ts'
import type { MessagePath } from './call.ts'
import type { MessageContext, Transport } from './context.ts'
import type { InviteFacts } from './invite-outcome.ts'
import type { MessageFacts } from './message-facts.ts'
import { isSameEndpoint, type Match, TransactionTable } from './transaction.ts'

const MAX_PATHS = 256

/** What every Call-ID has, with an INVITE or without. */
export abstract class CallIdRecord {
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly transport: Transport
  readonly start: FrameRef
  last: FrameRef
  messages = 0
  paths: readonly MessagePath[] = []
  protected readonly transactions = new TransactionTable<InviteFacts | undefined>(createFacts)

  constructor(message: MessageFacts, context: MessageContext) {
    this.callId = message.callId
    this.from = message.from
    this.to = message.to
    this.transport = context.transport
    this.start = context.at
    this.last = context.at
  }

  protected count(message: MessageFacts, context: MessageContext): Match<InviteFacts | undefined> {
    this.messages++
    this.last = context.at
    this.#addPath(message, context)
    return this.transactions.observe(message, context)
  }

  #addPath({ kind }: MessageFacts, { source, destination, transport }: MessageContext): void {
    for (const path of this.paths) {
      const same = isSameEndpoint(path.source, source) && isSameEndpoint(path.destination, destination)
      if (same && path.transport === transport) return
    }
    if (this.paths.length < MAX_PATHS) this.paths = [...this.paths, { kind, source, destination, transport }]
  }
}

function createFacts(method: string, cseq: number): InviteFacts | undefined {
  return method === 'INVITE' ? { cseq, requestSeen: false, initial: false, hops: 0 } : undefined
}
