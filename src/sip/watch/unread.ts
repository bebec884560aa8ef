import type { FrameRef } from '../../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import type { Transport } from '../context.ts'

const MOST = LIMITS.unreadPeers.most

/** What one host sent to another and could not be read, by the last time: an answer may have been in it. */
export class Unread {
  readonly #lastUs = new Map<string, number>()
  /** Of everybody. */
  #allUs = Number.NEGATIVE_INFINITY
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  /** @param timeUs infinite where nothing of it can be read */
  note(source: string, destination: string, transport: Transport, at: FrameRef, timeUs: number = at.timeUs): void {
    const key = keyOf(source, destination, transport)
    const known = this.#lastUs.get(key)
    if (known === undefined && this.#lastUs.size >= MOST) {
      this.#onLimit('unreadPeers', at)
      this.#allUs = Math.max(this.#allUs, timeUs)
    } else this.#lastUs.set(key, Math.max(known ?? timeUs, timeUs))
  }

  /** Whether something was there to be read at that time or later, µs. */
  isSince(source: string, destination: string, transport: Transport, timeUs: number): boolean {
    const lastUs = this.#lastUs.get(keyOf(source, destination, transport)) ?? Number.NEGATIVE_INFINITY
    return Math.max(lastUs, this.#allUs) >= timeUs
  }
}

/** A response comes back over UDP, or else over some connection (RFC 3261 §18.2.2). */
function keyOf(source: string, destination: string, transport: Transport): string {
  return `${transport === 'udp'} ${source} ${destination}`
}
