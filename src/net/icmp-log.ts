import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { addToList } from '../bytes/lists-by-key.ts'
import { OldestFirst } from '../bytes/oldest-first.ts'
import { ceilingOf, LIMITS, type LimitName, memoryBytes, type OnLimit } from '../limits/limits.ts'
import type { IcmpError } from './icmp-error.ts'

/** Errors by one host about datagrams of one flow, for one reason, that followed one another. */
export interface IcmpErrorRun extends IcmpError {
  /** Who sends them: the receiver itself, or a host on the way. */
  readonly by: string
  readonly count: number
  readonly first: FrameRef
  readonly last: FrameRef
}

/** What follows later is a run of its own, so that a run says when, though one flow may be in use for days. */
const WITHIN_US = 5_000_000
const MOST_OF_FLOW = LIMITS.icmpRunsOfFlow.most

interface Growing {
  readonly flow: string
  readonly error: IcmpError
  readonly by: string
  readonly first: FrameRef
  last: FrameRef
  count: number
}

/** Keeps what ICMP errors said, in the order of their first frames. Bounded: anybody can send them. */
export class IcmpLog {
  readonly #most: number
  readonly #onLimit: OnLimit | undefined
  readonly #runs = new Set<Growing>()
  /** Of each flow, whoever sends them and why, in their order: both are the choice of who sends them. */
  readonly #byFlow = new Map<string, Growing[]>()
  readonly #oldest = new OldestFirst(this.#runs)

  constructor(maxMemoryBytes: number = memoryBytes(), onLimit?: OnLimit) {
    this.#most = ceilingOf('icmpErrorRuns', maxMemoryBytes)
    this.#onLimit = onLimit
  }

  add(error: IcmpError, by: string, at: FrameRef): void {
    const flow = `${error.transport} ${flowName(error.source, error.destination)}`
    const last = this.#byFlow.get(flow)?.findLast((run) => run.by === by && isSameReason(run.error, error))
    if (last !== undefined && Math.abs(at.timeUs - last.last.timeUs) <= WITHIN_US) {
      last.count++
      last.last = at
      return
    }
    this.#makeRoom(flow, at)
    const run = { flow, error, by, first: at, last: at, count: 1 }
    this.#runs.add(run)
    addToList(this.#byFlow, flow, run)
  }

  /** The runs up to now: what is added later does not change them. */
  list(): IcmpErrorRun[] {
    return Array.from(this.#runs, ({ error, by, count, first, last }) => ({ ...error, by, count, first, last }))
  }

  /** One flow that is refused now and then for days takes the room of no other. */
  #makeRoom(flow: string, at: FrameRef): void {
    const ofFlow = this.#byFlow.get(flow)
    if (ofFlow !== undefined && ofFlow.length >= MOST_OF_FLOW) this.#forget(ofFlow[0], 'icmpRunsOfFlow', at)
    if (this.#runs.size < this.#most) return
    const oldest = this.#oldest.take()
    if (oldest !== undefined) this.#forget(oldest, 'icmpErrorRuns', at)
  }

  /** The oldest of all is the oldest of its flow as well. */
  #forget(run: Growing, limit: LimitName, at: FrameRef): void {
    this.#runs.delete(run)
    const ofFlow = this.#byFlow.get(run.flow) ?? []
    ofFlow.shift()
    if (ofFlow.length === 0) this.#byFlow.delete(run.flow)
    this.#onLimit?.(limit, at)
  }
}

function isSameReason(a: IcmpError, b: IcmpError): boolean {
  return a.type === b.type && a.code === b.code && a.mtu === b.mtu
}

/** `192.0.2.1:5060 > 192.0.2.2:5060`. */
export function flowName(source: Endpoint, destination: Endpoint): string {
  return `${formatEndpoint(source)} > ${formatEndpoint(destination)}`
}
