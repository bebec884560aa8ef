import type { MessageSummary } from './call.ts'
import type { MessageContext } from './context.ts'
import type { SipMessage } from './message.ts'

/** What the rules need of a message. Its texts are copies: a slice would keep the octets of the whole message alive. */
export function summarize(message: SipMessage, context: MessageContext, repeated: boolean): MessageSummary {
  const isRequest = message.kind === 'request'
  const contact = copyText(message.contact[0]?.uri)
  const route = copyText(message.route[0]?.uri)
  const product = copyText(isRequest ? message.userAgent : (message.server ?? message.userAgent))
  const toTag = copyText(message.to?.tag)
  const requestUri = copyText(message.requestUri)
  return {
    at: context.at,
    kind: message.kind,
    method: copyText(message.method) ?? '',
    ...(message.status !== undefined && { status: message.status }),
    ...(message.cseq && { cseq: message.cseq.number }),
    source: context.source,
    destination: context.destination,
    transport: context.transport,
    ...(requestUri !== undefined && { requestUri }),
    ...(contact !== undefined && { contact }),
    ...(route !== undefined && { route }),
    ...(product !== undefined && { product }),
    ...(toTag !== undefined && { toTag }),
    repeated,
  }
}

const MAX_TEXT = 1024
/** V8 copies substrings below this length of itself. */
const SLICED_FROM = 13

/** The same text in storage of its own, at most 1,024 characters. */
export function copyText(text: string | undefined): string | undefined {
  if (text === undefined || text.length < SLICED_FROM) return text
  return Buffer.from(text.slice(0, MAX_TEXT)).toString()
}
