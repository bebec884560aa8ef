import { addToList } from '../bytes/lists-by-key.ts'
import type { OnLimit } from '../limits/limits.ts'
import { LIMITS } from '../limits/limits.ts'
import type { Observed } from '../sip/call-table.ts'
import type { MessageContext } from '../sip/context.ts'
import { findHeaderEnd } from '../sip/header-lines.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { BodyPart } from '../sip/multipart.ts'
import type { SessionDescription } from './description.ts'
import { OFFER_ANSWER_METHODS } from './offer-answer.ts'
import { parseSdp } from './parse.ts'
import { sessionPart } from './session-body.ts'

const MOST = LIMITS.keysElsewhere.most

/** Descriptions with keys in a message that makes no offer and gives no answer by them. */
export interface DescribedElsewhere extends MessageContext {
  readonly callId: string
  /** Method of the request, or of the CSeq of the response, and the status of a response. */
  readonly method: string
  readonly status?: number | undefined
  readonly descriptions: readonly SessionDescription[]
}

/**
 * Keys in descriptions that no offer and no answer has: in what refuses an offer (RFC 3261 §21.4.26), in the bodies of other
 * methods, in further parts of a multipart body (RFC 3959, RFC 2046 §5.1.4), and in messages that a body quotes (RFC 3420).
 */
export class KeysElsewhere {
  readonly #kept = new Map<string, DescribedElsewhere[]>()
  readonly #onLimit: OnLimit
  #size = 0

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  observe(message: MessageFacts, context: MessageContext, { repeated }: Observed): void {
    const { bodyLength, callId, method, status, truncated } = message
    if (bodyLength === 0 || repeated) return
    const taken = isOfferOrAnswer(message) ? sessionPart(message) : undefined
    if (taken !== undefined && message.parts.length === 1) return
    const descriptions = message.parts.flatMap((part) => {
      const bytes = part === taken ? undefined : descriptionIn(part)
      const description = bytes && parseSdp(bytes, truncated)
      return description?.kind === 'description' && hasKeys(description) ? [description] : []
    })
    if (descriptions.length === 0) return
    if (this.#size >= MOST) {
      this.#onLimit('keysElsewhere', context.at)
      return
    }
    this.#size++
    const { at, source, destination, transport } = context
    const one = { at, source, destination, transport, callId, method, status, descriptions }
    addToList(this.#kept, callId, one)
  }

  /** All, by Call-ID in the order of their first. */
  list(): readonly DescribedElsewhere[] {
    return [...this.#kept.values()].flat()
  }

  forget(callId: string): void {
    this.#size -= this.#kept.get(callId)?.length ?? 0
    this.#kept.delete(callId)
  }
}

function isOfferOrAnswer({ method, status = 0 }: MessageFacts): boolean {
  return OFFER_ANSWER_METHODS.has(method) && status < 300
}

const QUOTED: ReadonlySet<string> = new Set(['message/sipfrag', 'message/sip'])

/** The octets of a description: of the part itself, or of the message that it quotes. */
function descriptionIn({ contentType, bytes }: BodyPart): Uint8Array | undefined {
  if (contentType === 'application/sdp') return bytes
  const end = QUOTED.has(contentType) ? findHeaderEnd(bytes, 0, bytes.length) : 0
  const body = end < 0 ? undefined : bytes.subarray(end)
  // `v=0` leaves no doubt, whatever it is called.
  return body?.[0] === 0x76 && body[1] === 0x3d ? body : undefined
}

function hasKeys({ media, otherKeys }: SessionDescription): boolean {
  return otherKeys !== undefined || media.some(({ crypto }) => crypto.length > 0)
}
