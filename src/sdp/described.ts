import type { MessageContext } from '../sip/context.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { Described } from './exchange.ts'
import { asOffer } from './potential.ts'
import type { SessionBody } from './session-body.ts'
import { shownLines } from './shown-lines.ts'

/**
 * A description with what matters of the message that carried it.
 *
 * @param showsLines its lines are kept as well, as they may be shown
 */
export function describe(
  message: MessageFacts,
  context: MessageContext,
  { description, bytes }: SessionBody,
  showsLines: boolean,
): Described {
  const { at, source, destination, transport } = context
  const { method, status, contact, truncated } = message
  const described = { at, description, source, destination, transport, method, status, contact, truncated }
  // One text takes a fraction of what its lines take.
  return showsLines ? { ...described, shown: shownLines(bytes, truncated).join('\n') } : described
}

/** The same of a message that makes an offer. */
export function describeOffer(
  message: MessageFacts,
  context: MessageContext,
  body: SessionBody,
  showsLines: boolean,
): Described {
  const described = describe(message, context, body, showsLines)
  const description = asOffer(described.description)
  return description === described.description ? described : { ...described, description }
}

/** What stands for an offer that is not in the capture: who made it to whom. */
export function unseenOffer(
  { method }: MessageFacts,
  { at, source, destination, transport }: MessageContext,
): Described {
  return {
    at,
    description: { kind: 'description', groups: NONE, media: NONE, anomalies: NONE },
    source: destination,
    destination: source,
    transport,
    method,
    truncated: true,
  }
}

const NONE: readonly never[] = []
