import { LIMITS } from '../limits/limits.ts'
import { AnomalyList } from './anomalies.ts'
import type { RAck, SipAnomaly, SipMessage } from './message.ts'
import type { BodyPart } from './multipart.ts'

/**
 * What transactions, dialogs, calls, offers and answers read of a message. Every text is storage of its own, at most
 * 1,024 characters long: keeping one keeps nothing else alive.
 */
export interface MessageFacts {
  readonly kind: 'request' | 'response'
  /** The request's method; for a response that of CSeq, '' where that is missing. */
  readonly method: string
  readonly status: number | undefined
  /** '' when absent. */
  readonly callId: string
  /** CSeq number; -1 where it is missing. */
  readonly cseq: number
  /** Top Via branch; '' where none is given (RFC 2543). */
  readonly branch: string
  /** Values of Via: 1 for a request on the hop next to its sender. */
  readonly hops: number
  /** URIs of From and To; '' where they are missing. */
  readonly from: string
  readonly to: string
  readonly fromTag: string | undefined
  readonly toTag: string | undefined
  readonly requestUri: string | undefined
  /** URI of the first Contact. */
  readonly contact: string | undefined
  /** User-Agent of a request, Server (else User-Agent) of a response. */
  readonly product: string | undefined
  /** Value of Session-ID. */
  readonly sessionId: string | undefined
  /** Value of Session-Expires (RFC 4028 §4). */
  readonly sessionExpires: string | undefined
  /** Of a response: what its sender wrote behind the status. */
  readonly reasonPhrase: string | undefined
  /** The first line of Reason; Warning, all of its lines as one (RFC 3261 §7.3.1). */
  readonly reason: string | undefined
  readonly warning: string | undefined
  /** Accept of a response, all of its lines as one. */
  readonly accept: string | undefined
  /** Value of the first Authorization or Proxy-Authorization. Proves that its sender knows a password: never shown. */
  readonly credentials: string | undefined
  /** Value of the first WWW-Authenticate or Proxy-Authenticate. */
  readonly challenge: string | undefined
  readonly rseq: number | undefined
  readonly rack: RAck | undefined
  /** Media type of the body, lower case, without parameters. */
  readonly contentType: string | undefined
  readonly bodyLength: number
  /** Leaf bodies. Views of octets that may be used again for the next message. */
  readonly parts: readonly BodyPart[]
  /** True where the capture does not hold all octets of the message. */
  readonly truncated: boolean
  readonly anomalies: readonly SipAnomaly[]
}

const CHALLENGES: ReadonlySet<string> = new Set(['www-authenticate', 'proxy-authenticate'])
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization'])

/** The facts of a message that was parsed in full. */
export function factsOf(message: SipMessage): MessageFacts {
  const { kind, from, to } = message
  const rack = message.rack
  const product = kind === 'request' ? message.userAgent : (message.server ?? message.userAgent)
  const branch = message.via[0]?.branch
  const contact = message.contact[0]?.uri
  const [reason] = message.header('reason')
  const [sessionExpires] = message.header('session-expires')
  const warning = listOf(message.header('warning'))
  const accept = kind === 'response' ? listOf(message.header('accept')) : undefined
  const told = [message.method, message.callId, branch, from?.uri, to?.uri, from?.tag, to?.tag, message.requestUri]
  const isShortened = [...told, contact, product, message.sessionId, sessionExpires, reason, warning, accept].some(
    isTooLong,
  )
  return {
    kind,
    method: copyText(message.method),
    status: message.status,
    callId: copyText(message.callId),
    cseq: message.cseq?.number ?? -1,
    branch: copyText(branch ?? ''),
    hops: message.via.length,
    from: copyText(from?.uri ?? ''),
    to: copyText(to?.uri ?? ''),
    fromTag: copied(from?.tag),
    toTag: copied(to?.tag),
    requestUri: copied(message.requestUri),
    contact: copied(contact),
    product: copied(product),
    sessionId: copied(message.sessionId),
    sessionExpires: copied(sessionExpires),
    reasonPhrase: kind === 'response' ? copied(message.reason) : undefined,
    reason: copied(reason),
    warning: copied(warning),
    accept: copied(accept),
    credentials: copied(message.headers.find(([name]) => CREDENTIALS.has(name))?.[1]),
    challenge: copied(message.headers.find(([name]) => CHALLENGES.has(name))?.[1]),
    rseq: message.rseq,
    rack: rack && { ...rack, method: copyText(rack.method) },
    contentType: copied(message.contentType),
    bodyLength: message.body.length,
    parts: message.parts,
    truncated: message.truncated,
    anomalies: isShortened ? [...message.anomalies, ...TEXT_SHORTENED] : message.anomalies,
  }
}

/** Of credentials and challenges it says nothing when they are shortened: what is read of them stands in front. */
function isTooLong(text: string | undefined): boolean {
  return text !== undefined && text.length > MAX_TEXT
}

const TEXT_OVER_LIMIT = new AnomalyList()
TEXT_OVER_LIMIT.add('text-over-limit')
const TEXT_SHORTENED = TEXT_OVER_LIMIT.list()

export const MAX_TEXT: number = LIMITS.sipText.most
/** V8 copies substrings below this length of itself. */
const SLICED_FROM = 13
const SCRATCH = Buffer.alloc(MAX_TEXT * 3)

/** The same text in storage of its own, at most 1,024 characters: a slice would keep the text of the whole message alive. */
export function copyText(text: string): string {
  if (text.length < SLICED_FROM) return text
  return SCRATCH.toString('utf8', 0, SCRATCH.write(text.slice(0, MAX_TEXT)))
}

/** The lines of a header that is a list (RFC 3261 §7.3.1). */
function listOf(lines: readonly string[]): string | undefined {
  return lines.length < 2 ? lines[0] : lines.join(', ')
}

function copied(text: string | undefined): string | undefined {
  return text === undefined ? undefined : copyText(text)
}
