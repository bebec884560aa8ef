import type { Endpoint } from '../bytes/endpoint.ts'
import type { OnLimit } from '../limits/limits.ts'
import type { OutOfCall } from './call.ts'
import { CallIdRecord } from './call-id-record.ts'
import type { MessageContext } from './context.ts'
import type { MessageFacts } from './message-facts.ts'
import type { MessagePaths } from './message-paths.ts'
import type { Match } from './transaction.ts'

/** A Call-ID without an INVITE dialog, while it grows. */
export class OutOfCallRecord extends CallIdRecord implements OutOfCall {
  readonly kind = 'out-of-call'
  readonly method: string
  readonly requestUri?: string
  readonly source: Endpoint
  readonly destination: Endpoint
  finalStatus?: number

  constructor(message: MessageFacts, context: MessageContext, ways: MessagePaths) {
    super(message, context, ways)
    const isRequest = message.kind === 'request'
    this.method = message.method
    this.source = isRequest ? context.source : context.destination
    this.destination = isRequest ? context.destination : context.source
    if (message.requestUri !== undefined) this.requestUri = message.requestUri
  }

  get ended(): boolean {
    return this.finalStatus !== undefined
  }

  observe(message: MessageFacts, context: MessageContext, onLimit: OnLimit): Match<unknown> {
    const match = this.count(message, context, onLimit)
    const { status, method } = message
    if (!match.repeated && status !== undefined && status >= 200 && method === this.method) this.finalStatus = status
    return match
  }
}
