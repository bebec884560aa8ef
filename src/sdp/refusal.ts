import type { FrameRef } from '../bytes/frame-ref.ts'
import type { MessageContext } from '../sip/context.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import { isUsualPhrase } from '../sip/reason-phrases.ts'
import type { Transaction } from '../sip/transaction.ts'
import { acceptableMedia } from './acceptable-media.ts'
import type { RefusalTerms } from './exchange.ts'
import type { SessionBody } from './session-body.ts'

/** A final response that refuses what its transaction offers. */
export interface Refusal {
  readonly transaction: Transaction<unknown>
  readonly status: number
  readonly at: FrameRef
  readonly terms: RefusalTerms | undefined
}

export function refusalOf(
  transaction: Transaction<unknown>,
  status: number,
  message: MessageFacts,
  { at }: MessageContext,
  body: SessionBody | undefined,
): Refusal {
  return { transaction, status, at, terms: termsOf(message, body) }
}

function termsOf(
  { status, reasonPhrase, reason, warning, accept }: MessageFacts,
  body: SessionBody | undefined,
): RefusalTerms | undefined {
  const acceptable = body && acceptableMedia(body.description)
  const phrase = isUsualPhrase(status, reasonPhrase) ? undefined : reasonPhrase
  if ((phrase ?? reason ?? warning ?? accept ?? acceptable) === undefined) return undefined
  return { phrase, reason, warning, accept, acceptable }
}
