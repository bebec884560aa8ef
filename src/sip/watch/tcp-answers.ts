import type { Endpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { TcpAnswer } from './connection-facts.ts'
import { FRAMES } from './facts.ts'

const MOST = LIMITS.tcpAnswers.most

/** Who answered an attempt to connect. */
export class TcpAnswers {
  readonly #kept = new Map<string, Growing<TcpAnswer>>()
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  count(kind: TcpAnswer['kind'], { address, port }: Endpoint, { address: destination }: Endpoint, at: FrameRef): void {
    const key = `${kind} ${address} ${port} ${destination}`
    const none = () => ({ kind, source: address, port, destination, count: 0, at: [] })
    const kept = keptIn(this.#kept, key, MOST, none)
    if (kept === undefined) {
      this.#onLimit('tcpAnswers', at)
      return
    }
    kept.count++
    if (kept.at.length < FRAMES) kept.at.push(at)
  }

  list(): readonly TcpAnswer[] {
    return [...this.#kept.values()]
  }
}
