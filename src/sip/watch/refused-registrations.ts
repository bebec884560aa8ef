import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS } from '../../limits/limits.ts'
import { CHALLENGES } from '../challenges.ts'
import { FRAMES, type RefusedRegistration } from './facts.ts'

/** Addresses of record that are kept. */
const MOST_KEPT = LIMITS.refusedRegistrations.most

/** A REGISTER that was refused. */
export interface Refusal {
  readonly status: number
  readonly at: FrameRef
  readonly registrar: string
  readonly withCredentials: boolean
  /** The credentials were right, and their nonce was not known any more (RFC 7616 §3.3). */
  readonly stale: boolean
}

interface Registering {
  readonly addressOfRecord: string
  readonly source: string
}

interface Kept extends Growing<Omit<RefusedRegistration, 'statuses'>> {
  readonly statuses: Map<number, number>
}

/** Refusals by address of record. */
export class RefusedRegistrations {
  /** Refusals of addresses beyond those kept. */
  beyond = 0
  readonly #kept = new Map<string, Kept>()

  copy(): RefusedRegistrations {
    const copy = new RefusedRegistrations()
    copy.beyond = this.beyond
    for (const [name, kept] of this.#kept) {
      copy.#kept.set(name, { ...kept, statuses: new Map(kept.statuses), at: [...kept.at] })
    }
    return copy
  }

  list(): readonly RefusedRegistration[] {
    return [...this.#kept.values()].map((kept) => ({ ...kept, statuses: [...kept.statuses] }))
  }

  accept(addressOfRecord: string): void {
    const kept = this.#kept.get(addressOfRecord)
    if (kept !== undefined) kept.acceptedLater = true
  }

  keep({ addressOfRecord, source }: Registering, refusals: readonly Refusal[], count: number): void {
    const none = (): Kept => ({
      addressOfRecord,
      source,
      registrar: refusals[0].registrar,
      statuses: new Map(),
      refusals: 0,
      stale: 0,
      unanswered: true,
      acceptedLater: false,
      at: [],
    })
    const kept = keptIn(this.#kept, addressOfRecord, MOST_KEPT, none)
    if (kept === undefined) {
      this.beyond += count
      return
    }
    kept.refusals += count
    for (const { status, at, withCredentials, stale } of refusals) {
      if (stale) kept.stale++
      kept.statuses.set(status, (kept.statuses.get(status) ?? 0) + 1)
      if (!CHALLENGES.has(status) || withCredentials) kept.unanswered = false
      if (kept.at.length < FRAMES) kept.at.push(at)
    }
    kept.acceptedLater = false
  }
}
