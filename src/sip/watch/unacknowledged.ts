import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { Observed } from '../call-table.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import type { EndOf } from './end-of.ts'
import { Recent } from './recent.ts'
import { RepeatedUntilAcknowledged } from './repeated-response.ts'
import { UnacknowledgedLog } from './unacknowledged-log.ts'

const MOST = LIMITS.repeatedResponses.most

/**
 * Responses that are sent again and again until they are acknowledged: a 2xx to an INVITE until its ACK comes (RFC 3261
 * §13.3.1.4), a reliable provisional response until its PRACK does (RFC 3262 §3). Nothing is kept of one that is not.
 */
export class Unacknowledged {
  readonly #onLimit: OnLimit
  /** By Call-ID. */
  readonly #open = new Recent<readonly RepeatedUntilAcknowledged[]>(MOST)
  readonly #log = new UnacknowledgedLog()

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  response(message: MessageFacts, context: MessageContext, { record, transaction, repeated }: Observed): void {
    const { method, status = 0, rseq } = message
    if (!repeated || method !== 'INVITE' || status >= 300 || (status < 200 && rseq === undefined)) return
    const ofCall = this.#open.get(record.callId) ?? []
    const known = ofCall.find((each) => each.isOf(message))
    known?.repeat(context)
    if (known !== undefined || ofCall.length >= MOST_OF_CALL) return
    const first = new RepeatedUntilAcknowledged(message, context, record, transaction)
    const gone = this.#open.set(record.callId, [...ofCall, first])
    if (gone !== undefined) this.#giveUp(gone, context)
  }

  request(message: MessageFacts, context: MessageContext, observed: Observed): void {
    for (const each of this.#open.get(observed.record.callId) ?? []) each.request(message, context, observed.repeated)
  }

  /** What goes on counted as it stands. */
  unacknowledged(endOf: EndOf): UnacknowledgedLog {
    const log = this.#log.copy()
    for (const ofCall of this.#open.values()) fold(ofCall, endOf, log)
    return log
  }

  #giveUp(ofCall: readonly RepeatedUntilAcknowledged[], { at }: MessageContext): void {
    if (!fold(ofCall, () => at.timeUs, this.#log)) this.#onLimit('repeatedResponses', at)
  }
}

/** Branches of a fork that answer and are not acknowledged; more are the first ones' fault. */
const MOST_OF_CALL = 16

/** Takes the responses of a Call-ID down where they are known not to be acknowledged; false where none is. */
function fold(ofCall: readonly RepeatedUntilAcknowledged[], endOf: EndOf, log: UnacknowledgedLog): boolean {
  const responses = ofCall.filter((each) => each.isUnacknowledged(endOf))
  for (const one of responses) log.keep(one)
  return responses.length > 0
}
