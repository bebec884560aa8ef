import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { Observed } from '../call-table.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import type { EndOf } from './end-of.ts'
import { OpenRequest } from './open-request.ts'
import type { Peers } from './peers.ts'
import { Recent } from './recent.ts'
import { UnansweredLog } from './unanswered-log.ts'
import type { Unread } from './unread.ts'

const MOST_OPEN = LIMITS.openRequests.most
const MOST_OF_CALL = LIMITS.openRequestsOfCall.most

/**
 * Requests that nobody answered. One is kept from when it was sent to its first response, which for nearly all is a moment;
 * what is left when the trace has ended, or when there is no room for it any more, is judged.
 */
export class Unanswered {
  readonly #peers: Peers
  readonly #unread: Unread
  readonly #onLimit: OnLimit
  /** By Call-ID, the last of them. */
  readonly #open = new Recent<OpenRequest>(MOST_OPEN)
  readonly #log = new UnansweredLog()

  constructor(peers: Peers, unread: Unread, onLimit: OnLimit) {
    this.#peers = peers
    this.#unread = unread
    this.#onLimit = onLimit
  }

  request(message: MessageFacts, context: MessageContext, { record, transaction, repeated }: Observed): void {
    const { method } = message
    const { callId } = record
    const last = this.#open.get(callId)
    if (last !== undefined && repeated) {
      for (let each: OpenRequest | undefined = last; each !== undefined; each = each.before)
        each.repeat(message, context)
    } else if (last !== undefined) {
      if (method === 'CANCEL' || method === 'BYE') {
        for (let each: OpenRequest | undefined = last; each !== undefined; each = each.before)
          each.end(message, context)
      }
      this.#close(callId, last, (each) => {
        const isAnswered = each.isAnsweredBy(message, context)
        if (isAnswered) this.#answeredUnseen(each)
        return isAnswered
      })
    }
    // That an ACK arrives is known only by what it ends (unacknowledged.ts). Two interfaces may write a response before its
    // request.
    if (method === 'ACK' || repeated || transaction.response !== undefined) return
    const before = last === undefined ? undefined : this.#open.get(callId)
    for (let each = before; each !== undefined; each = each.before) if (each.isSame(message)) return
    const request = new OpenRequest(message, context, record)
    request.before = before
    const gone = this.#open.set(callId, request)
    if (gone !== undefined) this.#giveUp(gone, context, 'openRequests')
    if (request.before !== undefined) this.#shorten(request, context)
  }

  response(message: MessageFacts, context: MessageContext, observed: Observed | undefined): void {
    const callId = observed?.record.callId ?? message.callId
    const last = this.#open.get(callId)
    if (last !== undefined) this.#close(callId, last, (each) => each.answer(message, context, observed?.transaction))
  }

  /** Of a peer that was answered and never heard the trace does not show the answers. */
  #answeredUnseen({ source, destination, transport, firstAt }: OpenRequest): void {
    if (this.#peers.lastAt(destination.address, source.address) !== undefined) return
    this.#unread.note(destination.address, source.address, transport, firstAt, Number.POSITIVE_INFINITY)
  }

  #close(callId: string, last: OpenRequest, isAnswered: (request: OpenRequest) => boolean): void {
    let first: OpenRequest | undefined
    let left: OpenRequest | undefined
    for (let each: OpenRequest | undefined = last; each !== undefined; each = each.before) {
      if (isAnswered(each)) continue
      if (left === undefined) first = each
      else left.before = each
      left = each
    }
    if (left !== undefined) left.before = undefined
    if (first === undefined) this.#open.delete(callId)
    else if (first !== last) this.#open.set(callId, first)
  }

  /** What is open counted as it stands. */
  unanswered(endOf: EndOf): UnansweredLog {
    const log = this.#log.copy()
    for (const last of this.#open.values()) this.#fold(last, endOf, log)
    return log
  }

  /** Above the ceiling the oldest of a Call-ID are judged. */
  #shorten(last: OpenRequest, context: MessageContext): void {
    let count = 1
    for (let each = last; each.before !== undefined; each = each.before) {
      if (++count <= MOST_OF_CALL) continue
      this.#giveUp(each.before, context, 'openRequestsOfCall')
      each.before = undefined
      return
    }
  }

  #giveUp(last: OpenRequest, { at }: MessageContext, limit: 'openRequests' | 'openRequestsOfCall'): void {
    const forgotten = this.#fold(last, () => at.timeUs, this.#log)
    for (let n = 0; n < forgotten; n++) this.#onLimit(limit, at)
  }

  /**
   * Takes a Call-ID's requests down as unanswered, oldest first, where that is known. Returns how many of the others might
   * have been answered yet.
   */
  #fold(last: OpenRequest, endOf: EndOf, log: UnansweredLog): number {
    let unanswered: readonly OpenRequest[] = NONE
    let awaited = 0
    for (let each: OpenRequest | undefined = last; each !== undefined; each = each.before) {
      const endUs = endOf(each.lastAt.capture)
      if (this.#isUnanswered(each, endUs) && !isSaidOfAnother(each, last)) unanswered = [each, ...unanswered]
      else if (each.isAwaited(endUs)) awaited++
    }
    for (const request of unanswered) log.keep(request)
    return awaited
  }

  #isUnanswered(request: OpenRequest, endUs: number): boolean {
    if (request.isYoung(endUs)) return false
    const { source, destination, transport, firstAt } = request
    const heardUs = this.#peers.lastAt(destination.address, source.address)?.timeUs ?? Number.NEGATIVE_INFINITY
    if (!request.isUnanswered(endUs, heardUs)) return false
    return !this.#unread.isSince(destination.address, source.address, transport, firstAt.timeUs)
  }
}

const NONE: readonly OpenRequest[] = []

/** What is said of an INVITE need not be said of its CANCEL, nor of a proxy what is said of whom it asked. */
function isSaidOfAnother(request: OpenRequest, last: OpenRequest): boolean {
  const { method, destination } = request
  for (let each: OpenRequest | undefined = last; each !== undefined; each = each.before) {
    if (request.isPassedOnAs(each)) return true
    if (method === 'CANCEL' && each.method === 'INVITE' && each.destination.address === destination.address) return true
  }
  return false
}
