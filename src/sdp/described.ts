import type { MessageContext } from '../sip/context.ts'
import type { Draft } from '../sip/message.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { SessionDescription } from './description.ts'
import type { Described } from './exchange.ts'

/** A description with what matters of the message that carried it. */
export function describe(message: MessageFacts, context: MessageContext, description: SessionDescription): Described {
  const { status, contact } = message
  const described: Draft<Described> = {
    at: context.at,
    description,
    source: context.source,
    destination: context.destination,
    transport: context.transport,
    method: message.method,
    truncated: message.truncated,
  }
  if (status !== undefined) described.status = status
  if (contact !== undefined) described.contact = contact
  return described
}
