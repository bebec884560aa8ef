import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { Observed } from '../call-table.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { isKnownMethod } from '../method-words.ts'
import { FRAMES, type UnheardResponses } from './facts.ts'
import { Recent } from './recent.ts'
import { endsRepetition, RepeatedRequest } from './repeated-request.ts'

const MOST = LIMITS.repeatedRequests.most
const MOST_KEPT = LIMITS.unansweredPeers.most
/** Requests of a Call-ID that go on; more are the first ones' fault. */
const MOST_OF_CALL = 16

/**
 * Requests over UDP that go on although their response is in the capture: it does not reach their sender. Nothing is kept of
 * one that does not.
 */
export class Unheard {
  readonly #onLimit: OnLimit
  /** By Call-ID. */
  readonly #open = new Recent<readonly RepeatedRequest[]>(MOST)
  readonly #log = new UnheardLog()
  /** How often requests came again whose responses did arrive, by hosts: so slow is the way between them. */
  readonly #heardLate = new Recent<number>(MOST)

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  request(message: MessageFacts, context: MessageContext, observed: Observed): void {
    const { method } = message
    const { record, transaction, repeated } = observed
    this.#hear(message, context, record.callId)
    if (method === 'ACK' || method === 'PRACK') return
    const { response } = transaction
    if (!repeated || context.transport !== 'udp' || !endsRepetition(method, response?.status)) return
    // Another file may go by another clock.
    if (response?.capture !== context.at.capture) return
    const ofCall = this.#open.get(record.callId) ?? []
    const known = ofCall.find((each) => each.transaction === transaction)
    known?.repeat(context)
    if (known !== undefined || ofCall.length >= MOST_OF_CALL) return
    const gone = this.#open.set(record.callId, [...ofCall, new RepeatedRequest(message, context, observed)])
    if (gone !== undefined && !this.#fold(gone, this.#log)) this.#onLimit('repeatedRequests', context.at)
  }

  response(context: MessageContext, { record, transaction }: Observed): void {
    for (const each of this.#open.get(record.callId) ?? []) if (each.transaction === transaction) each.answer(context)
  }

  /** What goes on counted as it stands. */
  unheard(): UnheardLog {
    const log = this.#log.copy()
    for (const ofCall of this.#open.values()) this.#fold(ofCall, log)
    return log
  }

  #hear(message: MessageFacts, context: MessageContext, callId: string): void {
    for (const each of this.#open.get(callId) ?? []) {
      each.request(message, context)
      if (!each.isHeardLate) continue
      const hosts = hostsOf(each)
      const gone = this.#heardLate.set(hosts, Math.max(this.#heardLate.get(hosts) ?? 0, each.repeats))
      if (gone !== undefined) this.#onLimit('repeatedRequests', context.at)
    }
  }

  /** Takes the requests of a Call-ID down whose sender hears no response; false where there is none. */
  #fold(ofCall: readonly RepeatedRequest[], log: UnheardLog): boolean {
    const unheard = ofCall.filter((each) => each.isUnheard && each.repeats > (this.#heardLate.get(hostsOf(each)) ?? 0))
    for (const one of unheard) log.keep(one)
    return unheard.length > 0
  }
}

function hostsOf({ source, destination }: RepeatedRequest): string {
  return `${source.address} ${destination.address}`
}

type Kept = Growing<UnheardResponses>

/** Responses that do not reach who asked, by who sent the requests to whom. */
class UnheardLog {
  /** Requests between hosts beyond those kept. */
  beyond = 0
  readonly #kept = new Map<string, Kept>()

  copy(): UnheardLog {
    const copy = new UnheardLog()
    copy.beyond = this.beyond
    for (const [key, kept] of this.#kept)
      copy.#kept.set(key, { ...kept, methods: [...kept.methods], lost: [...kept.lost], at: [...kept.at] })
    return copy
  }

  list(): readonly UnheardResponses[] {
    return [...this.#kept.values()].sort((a, b) => a.at[0].position - b.at[0].position)
  }

  keep(request: RepeatedRequest): void {
    const { source, destination, record, method, at, isInDialog } = request
    const isAccepted = method === 'INVITE' && request.isAccepted
    const key = `${hostsOf(request)} ${isAccepted}`
    const none = () => {
      const counts = { requests: 0, lostCalls: 0, severalCalls: false, methods: [], lost: [], at: [] }
      const hosts = { source: source.address, destination: destination.address }
      return { ...hosts, isAccepted, callId: record.callId, longest: factsOf(request), ...counts }
    }
    const kept = keptIn(this.#kept, key, MOST_KEPT, none)
    if (kept === undefined) {
      this.beyond++
      return
    }
    kept.requests++
    if (isKnownMethod(method) && !kept.methods.includes(method)) kept.methods.push(method)
    if (record.callId !== kept.callId) kept.severalCalls = true
    if (request.repeats > kept.longest.repeats) kept.longest = factsOf(request)
    if (method === 'INVITE' && !isInDialog && record.kind === 'call' && record.answerUs === undefined) {
      kept.lostCalls++
      const { callId, from, to } = record
      const [firstUs, lastUs] = [at[0].timeUs, at[0].timeUs + request.spanUs]
      if (kept.lost.length < FRAMES) kept.lost.push({ callId, from, to, firstUs, lastUs })
    }
    for (const one of at) if (kept.at.length < FRAMES) kept.at.push(one)
  }
}

function factsOf(request: RepeatedRequest): UnheardResponses['longest'] {
  const { status, repeats, spanUs, source, sentElsewhere, isPassedOn } = request
  return { status, repeats, spanUs, from: formatEndpoint(source), sentElsewhere, isPassedOn }
}
