import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { MessageContext } from './context.ts'
import type { MessageFacts } from './message-facts.ts'
import { REASON_PHRASES } from './reason-phrases.ts'

/** One message of a call, as an arrow from its source to its destination. */
export interface LadderStep {
  readonly at: FrameRef
  readonly source: Endpoint
  readonly destination: Endpoint
  /** `INVITE`, `200 OK (INVITE)`. */
  readonly label: string
  /** It carries a session description. */
  readonly describes: boolean
  /** A retransmission, or a copy. */
  readonly repeated: boolean
}

const MOST_STEPS = LIMITS.ladderSteps.most
const NONE: readonly LadderStep[] = []

/** The messages of calls in their order. Kept only where somebody wants to look at them: a trace has very many. */
export class Ladders {
  readonly #ofCall = new Map<string, LadderStep[]>()
  readonly #onLimit: OnLimit | undefined

  constructor(onLimit?: OnLimit) {
    this.#onLimit = onLimit
  }

  add(callId: string, message: MessageFacts, { at, source, destination }: MessageContext, repeated: boolean): void {
    const steps = this.#ofCall.get(callId) ?? []
    if (steps.length === 0) this.#ofCall.set(callId, steps)
    if (steps.length >= MOST_STEPS) {
      this.#onLimit?.('ladderSteps', at)
      return
    }
    const describes = message.parts.some(({ contentType }) => contentType === 'application/sdp')
    steps.push({ at, source, destination, label: labelOf(message), describes, repeated })
  }

  of(callId: string): readonly LadderStep[] {
    return this.#ofCall.get(callId) ?? NONE
  }

  forget(callId: string): void {
    this.#ofCall.delete(callId)
  }
}

function labelOf({ kind, method, status = 0 }: MessageFacts): string {
  if (kind === 'request') return method
  const phrase = REASON_PHRASES.get(status)
  return `${status}${phrase === undefined ? '' : ` ${phrase}`} (${method})`
}
