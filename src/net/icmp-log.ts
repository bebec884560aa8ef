import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { OldestFirst } from '../bytes/oldest-first.ts'
import { ceilingOf, DEFAULT_MEMORY_MB, type OnLimit } from '../limits/limits.ts'
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
/** Where a trace goes on, runs are kept for as long as a call is that nothing is heard of (src/scan/settled.ts). */
const KEPT_US = 3_600_000_000

/** `key` names its flow, sender and reason. */
interface Growing {
  readonly key: string
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
  /** The last run of each flow, sender and reason. */
  readonly #last = new Map<string, Growing>()
  readonly #oldest = new OldestFirst(this.#runs)

  constructor(maxMemoryBytes: number = DEFAULT_MEMORY_MB << 20, onLimit?: OnLimit) {
    this.#most = ceilingOf('icmpErrorRuns', maxMemoryBytes)
    this.#onLimit = onLimit
  }

  add(error: IcmpError, by: string, at: FrameRef): void {
    const key = keyOf(error, by)
    const known = this.#last.get(key)
    if (known !== undefined && Math.abs(at.timeUs - known.last.timeUs) <= WITHIN_US) {
      known.count++
      known.last = at
      return
    }
    if (this.#runs.size >= this.#most) this.#giveUpOldest(at)
    const run = { key, error, by, first: at, last: at, count: 1 }
    this.#runs.add(run)
    this.#last.set(key, run)
  }

  /** The runs up to now: what is added later does not change them. */
  list(): IcmpErrorRun[] {
    return Array.from(this.#runs, ({ error, by, count, first, last }) => ({ ...error, by, count, first, last }))
  }

  /** Lets go of what was said long before a time, µs. */
  release(quietUs: number): void {
    for (const run of this.#runs) if (run.last.timeUs < quietUs - KEPT_US) this.#forget(run)
  }

  #giveUpOldest(at: FrameRef): void {
    const oldest = this.#oldest.take()
    if (oldest === undefined) return
    this.#forget(oldest)
    this.#onLimit?.('icmpErrorRuns', at)
  }

  #forget(run: Growing): void {
    this.#runs.delete(run)
    if (this.#last.get(run.key) === run) this.#last.delete(run.key)
  }
}

function keyOf({ type, code, transport, source, destination, mtu }: IcmpError, by: string): string {
  return `${by} ${type} ${code} ${mtu ?? ''} ${transport} ${flowName(source, destination)}`
}

/** `192.0.2.1:5060 > 192.0.2.2:5060`. */
export function flowName(source: Endpoint, destination: Endpoint): string {
  return `${formatEndpoint(source)} > ${formatEndpoint(destination)}`
}
