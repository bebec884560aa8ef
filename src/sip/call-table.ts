import type { OutOfCall, SipCall } from './call.ts'
import { CallRecord } from './call-record.ts'
import type { MessageContext } from './context.ts'
import type { SipMessage } from './message.ts'
import { copyText } from './message-summary.ts'
import { OutOfCallRecord } from './out-of-call-record.ts'

export interface CallTableOptions {
  /** Call-IDs kept at a time; 100,000 unless told; a call of six messages takes some 4 KB. */
  readonly maxCallIds?: number
  /** Messages kept individually per Call-ID; 256 unless told. Those beyond are only counted. */
  readonly maxSummaries?: number
  /** Called with each record that the ceiling pushes out, before it is forgotten. */
  readonly onEvicted?: (record: SipCall | OutOfCall) => void
}

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
  readonly #maxSummaries: number
  readonly #onEvicted: CallTableOptions['onEvicted']
  readonly #records = new Map<string, CallRecord | OutOfCallRecord>()
  readonly #ended = new Set<string>()

  constructor({ maxCallIds = 100_000, maxSummaries = 256, onEvicted }: CallTableOptions = {}) {
    this.#maxCallIds = maxCallIds
    this.#maxSummaries = maxSummaries
    this.#onEvicted = onEvicted
  }

  /** The calls, in the order of their first messages. */
  get calls(): readonly SipCall[] {
    return [...this.#records.values()].filter((record) => record.kind === 'call')
  }

  /** The Call-IDs without an INVITE dialog, in the order of their first messages. */
  get outOfCalls(): readonly OutOfCall[] {
    return [...this.#records.values()].filter((record) => record.kind === 'out-of-call')
  }

  get(callId: string): SipCall | OutOfCall | undefined {
    return this.#records.get(copyText(callId) as string)
  }

  /** Takes in the next message of the trace; gives the record that it belongs to, undefined without a Call-ID. */
  observe(message: SipMessage, context: MessageContext): SipCall | OutOfCall | undefined {
    if (message.callId === '') {
      this.withoutCallId++
      return undefined
    }
    const record = this.#recordOf(message, context)
    record.observe(message, context)
    if (record.ended) this.#ended.add(record.callId)
    else this.#ended.delete(record.callId)
    return record
  }

  #recordOf(message: SipMessage, context: MessageContext): CallRecord | OutOfCallRecord {
    const known = this.#records.get(copyText(message.callId) as string)
    const isCall = CALL_METHODS.has(message.method)
    if (known && (known.kind === 'call' || !isCall)) return known
    if (!known && this.#records.size >= this.#maxCallIds) this.#evict()
    const record = isCall
      ? new CallRecord(message, context, this.#maxSummaries, known?.kind === 'out-of-call' ? known : undefined)
      : new OutOfCallRecord(message, context, this.#maxSummaries)
    this.#records.set(record.callId, record)
    return record
  }

  #evict(): void {
    const callId = this.#ended.keys().next().value ?? this.#records.keys().next().value
    const record = callId === undefined ? undefined : this.#records.get(callId)
    if (!record) return
    this.#ended.delete(record.callId)
    this.#records.delete(record.callId)
    this.evicted++
    this.#onEvicted?.(record)
  }
}
