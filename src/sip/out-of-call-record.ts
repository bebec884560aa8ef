import type { Endpoint } from '../bytes/endpoint.ts'
import type { OutOfCall } from './call.ts'
import { CallIdRecord } from './call-id-record.ts'
import type { MessageContext } from './context.ts'
import type { SipMessage } from './message.ts'
import { copyText } from './message-summary.ts'

/** A Call-ID without an INVITE dialog, while it grows. */
export class OutOfCallRecord extends CallIdRecord implements OutOfCall {
  readonly kind = 'out-of-call'
  readonly method: string
  readonly requestUri?: string
  readonly source: Endpoint
  readonly destination: Endpoint
  finalStatus?: number

  constructor(message: SipMessage, context: MessageContext, maxSummaries: number) {
    super(message, context, maxSummaries)
    const isRequest = message.kind === 'request'
    const requestUri = copyText(message.requestUri)
    this.method = copyText(message.method) ?? ''
    this.source = isRequest ? context.source : context.destination
    this.destination = isRequest ? context.destination : context.source
    if (requestUri !== undefined) this.requestUri = requestUri
  }

  get ended(): boolean {
    return this.finalStatus !== undefined
  }

  observe(message: SipMessage, context: MessageContext): void {
    const { first } = this.count(message, context)
    const { status } = message
    if (first && status !== undefined && status >= 200 && message.method === this.method) this.finalStatus = status
  }
}
