import type { MessageContext } from '../sip/context.ts'
import type { SipMessage } from '../sip/message.ts'
import { copyText } from '../sip/message-summary.ts'
import type { SessionDescription } from './description.ts'
import type { Described } from './exchange.ts'

/** A description with what matters of the message that carried it. */
export function describe(message: SipMessage, context: MessageContext, description: SessionDescription): Described {
  const contact = copyText(message.contact[0]?.uri)
  return {
    at: context.at,
    description,
    source: context.source,
    destination: context.destination,
    transport: context.transport,
    method: copyText(message.method) ?? '',
    ...(message.status !== undefined && { status: message.status }),
    ...(contact !== undefined && { contact }),
    truncated: message.truncated,
  }
}
