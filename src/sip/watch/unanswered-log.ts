import type { Growing } from '../../bytes/growing.ts'
import { LIMITS } from '../../limits/limits.ts'
import { isKnownMethod } from '../method-words.ts'
import { FRAMES, type RequestKind, type UnansweredRequests } from './facts.ts'
import { FEW, type OpenRequest } from './open-request.ts'

const MOST_KEPT = LIMITS.unansweredPeers.most

type Kept = Growing<UnansweredRequests>

/** Requests that nobody answered, by who sent them to whom. */
export class UnansweredLog {
  /** Requests between hosts beyond those kept. */
  beyond = 0
  readonly #kept = new Map<string, Kept>()
  /** Who knocked once or twice: of so little nothing would be said. */
  readonly #little = new Set<string>()

  copy(): UnansweredLog {
    const copy = new UnansweredLog()
    copy.beyond = this.beyond
    for (const [key, kept] of this.#kept)
      copy.#kept.set(key, { ...kept, methods: [...kept.methods], lost: [...kept.lost], at: [...kept.at] })
    for (const key of this.#little) copy.#little.add(key)
    return copy
  }

  list(): readonly UnansweredRequests[] {
    return [...this.#kept.values()].sort((a, b) => a.firstAt.position - b.firstAt.position)
  }

  keep(request: OpenRequest): void {
    const { transport, source, destination } = request
    const kind = kindOf(request)
    const key = `${kind} ${transport} ${source.address} ${destination.address}`
    let kept = this.#kept.get(key)
    if (kept === undefined) {
      if (this.#kept.size >= MOST_KEPT && !this.#makeRoom()) {
        this.beyond++
        return
      }
      kept = noneYet(kind, request)
      this.#kept.set(key, kept)
    }
    add(kept, request)
    if (transport === 'udp' && kept.transmissions < FEW) this.#little.add(key)
    else this.#little.delete(key)
  }

  /** Strangers give way, the first of them. */
  #makeRoom(): boolean {
    for (const key of this.#little) {
      this.beyond += this.#kept.get(key)?.requests ?? 0
      this.#little.delete(key)
      return this.#kept.delete(key)
    }
    return false
  }
}

function noneYet(kind: RequestKind, { transport, source, destination, record, firstAt, lastAt }: OpenRequest): Kept {
  return {
    kind,
    transport,
    source: source.address,
    destination: destination.address,
    port: destination.port,
    methods: [],
    requests: 0,
    transmissions: 0,
    lostCalls: 0,
    lost: [],
    longest: { transmissions: 0, spanUs: 0 },
    callId: record.callId,
    severalCalls: false,
    firstAt,
    lastAt,
    at: [],
  }
}

function add(
  kept: Kept,
  { method, destination, record, firstAt, lastAt, transmissions, spanUs, isForked }: OpenRequest,
) {
  kept.requests++
  kept.transmissions += transmissions
  if (destination.port !== kept.port) kept.port = undefined
  if (isKnownMethod(method) && !kept.methods.includes(method)) kept.methods.push(method)
  if (record.callId !== kept.callId) kept.severalCalls = true
  if (kept.kind === 'invite' && !isForked && record.kind === 'call' && record.answerUs === undefined) {
    kept.lostCalls++
    const { callId, from, to } = record
    const [firstUs, lastUs] = [firstAt.timeUs, lastAt.timeUs]
    if (kept.lost.length < FRAMES) kept.lost.push({ callId, from, to, firstUs, lastUs })
  }
  if (transmissions > kept.longest.transmissions) kept.longest = { transmissions, spanUs }
  if (firstAt.position < kept.firstAt.position) kept.firstAt = firstAt
  if (lastAt.position > kept.lastAt.position) kept.lastAt = lastAt
  for (const at of firstAt === lastAt ? [firstAt] : [firstAt, lastAt]) if (kept.at.length < FRAMES) kept.at.push(at)
}

function kindOf({ method, isInDialog, record }: OpenRequest): RequestKind {
  if (method === 'BYE') return 'bye'
  if (method === 'CANCEL') return 'other'
  if (isInDialog && record.kind === 'call') return 'in-dialog'
  if (method === 'INVITE') return 'invite'
  if (method === 'REGISTER') return 'register'
  return method === 'OPTIONS' ? 'options' : 'other'
}
