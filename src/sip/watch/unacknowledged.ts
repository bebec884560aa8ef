import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { Observed } from '../call-table.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { Recent } from './recent.ts'
import { RepeatedUntilAcknowledged } from './repeated-response.ts'
import { UnacknowledgedLog } from './unacknowledged-log.ts'
import type { EndOf } from './unanswered.ts'

const MOST = LIMITS.repeatedResponses.most

/**
 * Responses that are sent again and again until they are acknowledged: a 2xx to an INVITE until its ACK comes (RFC 3261
 * §13.3.1.4), a reliable provisional response until its PRACK does (RFC 3262 §3). Nothing is kept of one that is not.
 */
export class Unacknowledged {
  readonly #onLimit: OnLimit
  /** By Call-ID, the last of them. */
  readonly #open = new Recent<RepeatedUntilAcknowledged>(MOST)
  readonly #log = new UnacknowledgedLog()
  #any = false

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  response(message: MessageFacts, context: MessageContext, { record, transaction, repeated }: Observed): void {
    const { method, status = 0, rseq } = message
    if (!repeated || method !== 'INVITE' || status >= 300 || (status < 200 && rseq === undefined)) return
    const last = this.#open.get(record.callId)
    let count = 0
    for (let each = last; each !== undefined; each = each.before) {
      if (each.isOf(message)) {
        each.repeat(context)
        return
      }
      count++
    }
    if (count >= MOST_OF_CALL) return
    const gone = this.#open.set(
      record.callId,
      new RepeatedUntilAcknowledged(message, context, record, transaction, last),
    )
    this.#any = true
    if (gone !== undefined) this.#giveUp(gone, context)
  }

  request(message: MessageFacts, context: MessageContext, observed: Observed): void {
    if (!this.#any) return
    for (let each = this.#open.get(observed.record.callId); each !== undefined; each = each.before) {
      each.request(message, context, observed.repeated)
    }
  }

  /** What goes on counted as it stands. */
  unacknowledged(endOf: EndOf): UnacknowledgedLog {
    const log = this.#log.copy()
    for (const last of this.#open.values()) fold(last, endOf, log)
    return log
  }

  #giveUp(last: RepeatedUntilAcknowledged, { at }: MessageContext): void {
    if (!fold(last, () => at.timeUs, this.#log)) this.#onLimit('repeatedResponses', at)
  }
}

/** Branches of a fork that answer and are not acknowledged; more are the first ones' fault. */
const MOST_OF_CALL = 16

/** Takes the responses of a Call-ID down where they are known not to be acknowledged; false where none is. */
function fold(last: RepeatedUntilAcknowledged, endOf: EndOf, log: UnacknowledgedLog): boolean {
  const responses: RepeatedUntilAcknowledged[] = []
  for (let each: RepeatedUntilAcknowledged | undefined = last; each !== undefined; each = each.before) {
    if (each.isUnacknowledged(endOf)) responses.unshift(each)
  }
  for (const one of responses) log.keep(one)
  return responses.length > 0
}
