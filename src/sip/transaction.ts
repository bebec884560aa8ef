import type { Endpoint } from '../bytes/endpoint.ts'
import type { MessageContext } from './context.ts'
import type { SipMessage } from './message.ts'
import { copyText } from './message-summary.ts'

/**
 * One transaction on one hop, as seen from outside (RFC 3261 §17). A proxy makes a transaction of its own on each hop,
 * with a branch of its own; the same branch between other addresses is the same transaction seen beyond a NAT, and
 * counts as a hop of its own too.
 */
export interface Transaction<T> {
  readonly method: string
  /** CSeq number; -1 where it is missing. */
  readonly cseq: number
  /** Top Via branch; '' where none is given (RFC 2543). */
  readonly branch: string
  /** Sender and receiver of the request. */
  readonly source: Endpoint
  readonly destination: Endpoint
  /** False as long as only responses were seen. */
  requestSeen: boolean
  /** What the owner of the table keeps with it. */
  readonly facts: T
  /** The responses seen, each once. */
  readonly seen: string[]
}

export interface Match<T> {
  readonly transaction: Transaction<T>
  /** True for a retransmission (§17.1.1.2), or a copy captured at another point of the same hop. */
  readonly repeated: boolean
}

const MAX_TRANSACTIONS = 1024
const MAX_SAME_BRANCH = 16
const MAX_RESPONSES = 256

/** The transactions of one Call-ID. Above its ceiling the oldest are forgotten. */
export class TransactionTable<T> {
  readonly #createFacts: () => T
  readonly #byBranch = new Map<string, Transaction<T>[]>()

  constructor(createFacts: () => T) {
    this.#createFacts = createFacts
  }

  /** The transaction of a message, made where it is new. Repetitions are told by status, To tag, RSeq and body length. */
  observe(message: SipMessage, context: MessageContext): Match<T> {
    // Copied, like the branch: a slice would keep the text of the whole message alive.
    const key = copyText(transactionKey(message)) as string
    let same = this.#byBranch.get(key)
    if (!same) {
      same = []
      this.#byBranch.set(key, same)
      if (this.#byBranch.size > MAX_TRANSACTIONS) this.#byBranch.delete(this.#byBranch.keys().next().value as string)
    }
    return message.kind === 'request'
      ? this.#observeRequest(same, message, context)
      : this.#observeResponse(same, message, context)
  }

  /** The INVITE that a CANCEL ends: the same branch on the same hop (§9.1). */
  findCancelled(cancel: SipMessage, context: MessageContext): Transaction<T> | undefined {
    const same = this.#byBranch.get(
      copyText(keyOf('INVITE', cancel.cseq?.number ?? -1, cancel.via[0]?.branch ?? '')) as string,
    )
    return same?.find((each) => isSame(each, context.source, context.destination))
  }

  #observeRequest(same: Transaction<T>[], message: SipMessage, { source, destination }: MessageContext): Match<T> {
    const known = same.find((each) => isSame(each, source, destination))
    if (!known) return { transaction: this.#create(same, message, source, destination), repeated: false }
    const repeated = known.requestSeen
    known.requestSeen = true
    return { transaction: known, repeated }
  }

  #observeResponse(same: Transaction<T>[], message: SipMessage, context: MessageContext): Match<T> {
    // The response travels the other way; its sender is the receiver of the request.
    const transaction =
      nearest(same, context.destination, context.source) ??
      this.#create(same, message, context.destination, context.source)
    const { status, rseq = '', body, to } = message
    const signature = copyText(`${status} ${rseq} ${body.length} ${to?.tag ?? ''}`) as string
    const repeated = transaction.seen.includes(signature)
    if (!repeated && transaction.seen.length < MAX_RESPONSES) transaction.seen.push(signature)
    return { transaction, repeated }
  }

  #create(same: Transaction<T>[], message: SipMessage, source: Endpoint, destination: Endpoint): Transaction<T> {
    const transaction: Transaction<T> = {
      method: message.method,
      cseq: message.cseq?.number ?? -1,
      branch: copyText(message.via[0]?.branch) ?? '',
      source,
      destination,
      requestSeen: message.kind === 'request',
      facts: this.#createFacts(),
      seen: [],
    }
    if (same.length === MAX_SAME_BRANCH) same.shift()
    same.push(transaction)
    return transaction
  }
}

function transactionKey(message: SipMessage): string {
  return keyOf(message.method, message.cseq?.number ?? -1, message.via[0]?.branch ?? '')
}

function keyOf(method: string, cseq: number, branch: string): string {
  return `${method} ${cseq} ${branch}`
}

function isSame(transaction: Transaction<unknown>, source: Endpoint, destination: Endpoint): boolean {
  return isSameEndpoint(transaction.source, source) && isSameEndpoint(transaction.destination, destination)
}

/** Address and port agree. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address
}

/**
 * The transaction whose request went from `source` to `destination`. Responses may come from or go to another port
 * (RFC 3261 §18.2.2, without RFC 3581), or another address where a NAT stands between; a branch is unique all the same.
 */
function nearest<T>(
  same: readonly Transaction<T>[],
  source: Endpoint,
  destination: Endpoint,
): Transaction<T> | undefined {
  return (
    same.find((each) => isSame(each, source, destination)) ??
    same.find((each) => each.source.address === source.address && each.destination.address === destination.address) ??
    (same.length === 1 ? same[0] : undefined)
  )
}
