import type { Endpoint } from '../bytes/endpoint.ts'
import { grown } from '../bytes/grown-list.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { MessageContext } from './context.ts'
import type { MessageFacts } from './message-facts.ts'

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
  readonly requestSeen: boolean
  /** Undefined as long as only requests were seen. */
  readonly response: SeenResponse | undefined
  /** What the owner of the table keeps with it. */
  readonly facts: T
}

export interface Match<T> {
  readonly transaction: Transaction<T>
  /**
   * True for a retransmission (§17.1.1.2), or a copy captured at another point of the same hop. Of an ACK without a body
   * never: it says nothing that could be said twice, and is not kept.
   */
  readonly repeated: boolean
}

/** What tells a response from its repetitions. */
export interface SeenResponse {
  readonly status: number | undefined
  readonly rseq: number | undefined
  readonly bodyLength: number
  readonly toTag: string | undefined
  readonly capture: number
  readonly earlier: SeenResponse | undefined
}

interface OpenTransaction<T> extends Transaction<T> {
  requestSeen: boolean
  /** The last response that was none of those before it. */
  response: SeenResponse | undefined
  /** The next one of the same method, CSeq and branch: another hop. */
  next: OpenTransaction<T> | undefined
}

/** Branches that name a transaction begin so (RFC 3261 §8.1.1.7). */
const MAGIC_COOKIE = 'z9hG4bK'

const MAX_TRANSACTIONS = LIMITS.transactionsOfCall.most
const MAX_SAME_BRANCH = LIMITS.hopsOfTransaction.most
const MAX_RESPONSES = LIMITS.responsesOfTransaction.most
/** Up to here a list is as quick as a table, and far smaller: an ordinary call has three transactions. */
const FEW = 8

/** The transactions of one Call-ID. Above its ceiling the oldest are forgotten. */
export class TransactionTable<T> {
  readonly #createFacts: (method: string, cseq: number) => T
  /** The first hop of each branch; in one of the two. */
  #few: readonly OpenTransaction<T>[] = []
  #byBranch: Map<string, OpenTransaction<T>> | undefined

  constructor(createFacts: (method: string, cseq: number) => T) {
    this.#createFacts = createFacts
  }

  /** The transaction of a message, made where it is new. Repetitions are told by status, To tag, RSeq and body length. */
  observe(message: MessageFacts, context: MessageContext, onLimit: OnLimit): Match<T> {
    const { source, destination, at } = context
    const { method, cseq, branch } = message
    const first = this.#find(method, cseq, branch)
    const isRequest = message.kind === 'request'
    // A response travels the other way; its sender is the receiver of the request.
    const known = isRequest ? onHop(first, source, destination) : nearest(first, destination, source)
    if (known !== undefined) return { transaction: known, repeated: isRepeated(known, message, context, onLimit) }
    const transaction: OpenTransaction<T> = {
      method,
      cseq,
      branch,
      source: isRequest ? source : destination,
      destination: isRequest ? destination : source,
      facts: this.#createFacts(method, cseq),
      requestSeen: isRequest,
      response: isRequest ? undefined : seen(message, at.capture, undefined),
      next: undefined,
    }
    if (first !== undefined) {
      if (this.#addHop(first, transaction)) onLimit('hopsOfTransaction', at)
    } else if (!isBareAck(message)) {
      if (this.#add(transaction)) onLimit('transactionsOfCall', at)
    }
    return { transaction, repeated: false }
  }

  /** The INVITE that a CANCEL ends: the same branch on the same hop (§9.1). */
  findCancelled({ cseq, branch }: MessageFacts, { source, destination }: MessageContext): Transaction<T> | undefined {
    return onHop(this.#find('INVITE', cseq, branch), source, destination)
  }

  /**
   * The INVITE whose 2xx an ACK acknowledges: it has the CSeq number, comes from there, and has another branch, for only that
   * ACK is a transaction of its own (§13.2.2.4, §17.1.1.3). It is looked for among a call's first transactions.
   */
  findAcknowledged({ cseq, branch, toTag }: MessageFacts, { source }: MessageContext): Transaction<T> | undefined {
    if (toTag === undefined || !branch.startsWith(MAGIC_COOKIE)) return undefined
    if (this.#find('INVITE', cseq, branch) !== undefined) return undefined
    return this.#few.find(
      (each) =>
        each.method === 'INVITE' &&
        each.cseq === cseq &&
        each.branch.startsWith(MAGIC_COOKIE) &&
        each.source.address === source.address,
    )
  }

  #find(method: string, cseq: number, branch: string): OpenTransaction<T> | undefined {
    if (this.#byBranch !== undefined) return this.#byBranch.get(keyOf(method, cseq, branch))
    for (const each of this.#few) {
      if (each.cseq === cseq && each.method === method && each.branch === branch) return each
    }
    return undefined
  }

  /** True where the oldest was forgotten for it. */
  #add(transaction: OpenTransaction<T>): boolean {
    if (this.#byBranch === undefined) {
      this.#few = grown(this.#few, transaction)
      if (this.#few.length <= FEW) return false
      this.#byBranch = new Map(this.#few.map((each) => [keyOf(each.method, each.cseq, each.branch), each]))
      this.#few = []
      return false
    }
    const { method, cseq, branch } = transaction
    this.#byBranch.set(keyOf(method, cseq, branch), transaction)
    if (this.#byBranch.size <= MAX_TRANSACTIONS) return false
    this.#byBranch.delete(this.#byBranch.keys().next().value as string)
    return true
  }

  /** Above the ceiling the hop that was seen second is forgotten, for the first holds the others: true then. */
  #addHop(first: OpenTransaction<T>, transaction: OpenTransaction<T>): boolean {
    let last = first
    let hops = 1
    for (; last.next !== undefined; last = last.next) hops++
    last.next = transaction
    if (hops < MAX_SAME_BRANCH) return false
    first.next = first.next?.next
    return true
  }
}

function isBareAck({ method, bodyLength }: MessageFacts): boolean {
  return method === 'ACK' && bodyLength === 0
}

function keyOf(method: string, cseq: number, branch: string): string {
  return `${method} ${cseq} ${branch}`
}

function isRepeated<T>(
  transaction: OpenTransaction<T>,
  message: MessageFacts,
  { at }: MessageContext,
  onLimit: OnLimit,
): boolean {
  if (message.kind === 'request') {
    const repeated = transaction.requestSeen
    transaction.requestSeen = true
    return repeated
  }
  const { status, rseq, bodyLength, toTag } = message
  let responses = 0
  for (let each = transaction.response; each !== undefined; each = each.earlier) {
    if (each.status === status && each.rseq === rseq && each.bodyLength === bodyLength && each.toTag === toTag)
      return true
    responses++
  }
  if (responses < MAX_RESPONSES) transaction.response = seen(message, at.capture, transaction.response)
  else onLimit('responsesOfTransaction', at)
  return false
}

function seen(
  { status, rseq, bodyLength, toTag }: MessageFacts,
  capture: number,
  earlier: SeenResponse | undefined,
): SeenResponse {
  return { status, rseq, bodyLength, toTag, capture, earlier }
}

function onHop<T>(
  first: OpenTransaction<T> | undefined,
  source: Endpoint,
  destination: Endpoint,
): OpenTransaction<T> | undefined {
  for (let each = first; each !== undefined; each = each.next) {
    if (isSameEndpoint(each.source, source) && isSameEndpoint(each.destination, destination)) return each
  }
  return undefined
}

/**
 * The transaction whose request went from `source` to `destination`. Responses may come from or go to another port
 * (RFC 3261 §18.2.2, without RFC 3581), or another address where a NAT stands between; a branch is unique all the same.
 */
function nearest<T>(
  first: OpenTransaction<T> | undefined,
  source: Endpoint,
  destination: Endpoint,
): OpenTransaction<T> | undefined {
  const exact = onHop(first, source, destination)
  if (exact !== undefined) return exact
  for (let each = first; each !== undefined; each = each.next) {
    if (each.source.address === source.address && each.destination.address === destination.address) return each
  }
  return first?.next === undefined ? first : undefined
}

/** Address and port agree. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a === b || (a.port === b.port && a.address === b.address)
}
