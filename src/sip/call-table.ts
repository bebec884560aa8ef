import { OldestFirst } from '../bytes/oldest-first.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { OutOfCall, SipCall } from './call.ts'
import { CallRecord } from './call-record.ts'
import type { MessageContext } from './context.ts'
import type { MessageFacts } from './message-facts.ts'
import { MessagePaths } from './message-paths.ts'
import { OutOfCallRecord } from './out-of-call-record.ts'
import type { Match } from './transaction.ts'

export interface CallTableOptions {
  /** Call-IDs kept at a time; the limit's unless told. */
  readonly maxCallIds?: number
  /** What is kept of all their messages, octets by estimate; the limit's unless told. */
  readonly maxOctets?: number
  /** Called with each record that the ceiling pushes out, before it is forgotten. */
  readonly onEvicted?: (record: SipCall | OutOfCall) => void
  readonly onLimit?: OnLimit | undefined
}

/** A message's place: what it belongs to, and which transaction it is of. */
export interface Observed extends Match<unknown> {
  readonly record: SipCall | OutOfCall
}

/** Call-IDs that are known as let go. */
const RELEASED_KEPT = 20_000

/** Methods that exist only with an INVITE dialog (RFC 3261 §9, §13, §15; RFC 3262; RFC 3311). */
const CALL_METHODS: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE'])

/**
 * Sorts the messages of a trace by Call-ID: those of an INVITE dialog into calls, the others apart. Above the ceiling
 * the Call-ID that ended first gives way, else the oldest.
 */
export class CallTable {
  /** Call-IDs that the ceiling pushed out, and messages without a Call-ID. */
  evicted = 0
  withoutCallId = 0
  readonly #maxCallIds: number
  readonly #maxOctets: number
  readonly #onEvicted: CallTableOptions['onEvicted']
  readonly #onLimit: OnLimit
  readonly #noWays = new MessagePaths()
  #octets = 0
  readonly #records = new Map<string, CallRecord | OutOfCallRecord>()
  readonly #ended = new Set<CallRecord | OutOfCallRecord>()
  readonly #oldest = new OldestFirst(this.#records)
  readonly #endedFirst = new OldestFirst(this.#ended)
  /** Call-IDs that were let go last: what still comes of them is no call of its own. */
  readonly #released = new Set<string>()

  constructor({
    maxCallIds = LIMITS.callIds.most,
    maxOctets = LIMITS.callOctets.most,
    onEvicted,
    onLimit = () => undefined,
  }: CallTableOptions = {}) {
    this.#onLimit = onLimit
    this.#maxOctets = maxOctets
    this.#maxCallIds = maxCallIds
    this.#onEvicted = onEvicted
  }

  /** The calls, in the order of their first messages. */
  get calls(): readonly SipCall[] {
    return [...this.#records.values()].filter((record) => record.kind === 'call')
  }

  /** Call-IDs that are kept, with an INVITE or without. */
  get size(): number {
    return this.#records.size
  }

  get(callId: string): SipCall | OutOfCall | undefined {
    return this.#records.get(callId)
  }

  /** Lets go of calls, and of what is no call and was silent since `quietUs`. */
  release(callIds: ReadonlySet<string>, quietUs: number): void {
    for (const callId of callIds) {
      const record = this.#records.get(callId)
      if (record === undefined) continue
      this.#forget(record)
      this.#released.add(callId)
    }
    for (const callId of this.#released) {
      if (this.#released.size <= RELEASED_KEPT) break
      this.#released.delete(callId)
    }
    for (const record of this.#records.values()) {
      if (record.kind === 'out-of-call' && record.lastUs < quietUs) this.#forget(record)
    }
  }

  /** Takes in the next message of the trace; undefined for one without a Call-ID, or of a call that was let go. */
  observe(message: MessageFacts, context: MessageContext): Observed | undefined {
    const { callId } = message
    if (callId === '') {
      this.withoutCallId++
      return undefined
    }
    if (this.#released.has(callId)) return undefined
    while (this.#octets > this.#maxOctets && this.#records.size > 0) {
      this.#onLimit('callOctets', context.at)
      this.#evict()
    }
    const record = this.#recordOf(callId, message, context)
    const hadEnded = record.ended
    const { octets } = record
    const { transaction, repeated } = record.observe(message, context, this.#onLimit)
    this.#octets += record.octets - octets
    if (record.ended && !hadEnded) this.#ended.add(record)
    else if (hadEnded && !record.ended) this.#ended.delete(record)
    return { record, transaction, repeated }
  }

  #recordOf(callId: string, message: MessageFacts, context: MessageContext): CallRecord | OutOfCallRecord {
    const known = this.#records.get(callId)
    if (known?.kind === 'call') return known
    const isCall = CALL_METHODS.has(message.method)
    if (known !== undefined && !isCall) return known
    if (known === undefined && this.#records.size >= this.#maxCallIds) {
      this.evicted++
      this.#evict()
    }
    if (known !== undefined) {
      this.#ended.delete(known)
      this.#octets -= known.octets
    }
    const record = isCall
      ? new CallRecord(message, context, this.#noWays, known)
      : new OutOfCallRecord(message, context, this.#noWays)
    this.#records.set(callId, record)
    this.#octets += record.octets
    return record
  }

  #evict(): void {
    const record = this.#endedFirst.take() ?? this.#records.get(this.#oldest.take() ?? '')
    if (record === undefined) return
    this.#forget(record)
    this.#onEvicted?.(record)
  }

  #forget(record: CallRecord | OutOfCallRecord): void {
    this.#octets -= record.octets
    this.#ended.delete(record)
    this.#records.delete(record.callId)
  }
}
