import type { MessageContext } from '../sip/context.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { SessionDescription } from './description.ts'
import type { Described } from './exchange.ts'

/** A description with what matters of the message that carried it. */
export function describe(message: MessageFacts, context: MessageContext, description: SessionDescription): Described {
  const { at, source, destination, transport } = context
  const { method, status, contact, truncated } = message
  return { at, description, source, destination, transport, method, status, contact, truncated }
}
