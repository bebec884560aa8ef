import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Growing } from '../../bytes/growing.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { MessageContext } from '../context.ts'
import { FRAMES, type PeerFacts } from './facts.ts'

const MOST = LIMITS.sipPeers.most

/** Who sent SIP to whom, by address. */
export class Peers {
  beyond = 0
  /** By source, then by destination: no text is made for a message between known ones. */
  readonly #bySource = new Map<string, Map<string, Growing<PeerFacts>>>()
  readonly #kept: Growing<PeerFacts>[] = []
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  count(isRequest: boolean, { source, destination, at }: MessageContext): void {
    const known = this.#bySource.get(source.address)?.get(destination.address)
    const kept = known ?? this.#keep(source.address, destination.address, at)
    if (kept === undefined) {
      this.beyond++
      this.#onLimit('sipPeers', at)
      return
    }
    if (isRequest) kept.requests++
    else {
      kept.responses++
      if (kept.responsesAt.length < FRAMES) kept.responsesAt.push(at)
    }
    if (kept.at.length < FRAMES) kept.at.push(at)
    kept.lastAt = at
  }

  list(): readonly PeerFacts[] {
    return this.#kept
  }

  /** Where one was heard by the other last. */
  lastAt(source: string, destination: string): FrameRef | undefined {
    return this.#bySource.get(source)?.get(destination)?.lastAt
  }

  #keep(source: string, destination: string, lastAt: FrameRef): Growing<PeerFacts> | undefined {
    if (this.#kept.length >= MOST) return undefined
    const kept = { source, destination, requests: 0, responses: 0, at: [], responsesAt: [], lastAt }
    const ofSource = this.#bySource.get(source)
    if (ofSource === undefined) this.#bySource.set(source, new Map([[destination, kept]]))
    else ofSource.set(destination, kept)
    this.#kept.push(kept)
    return kept
  }
}
