import type { Endpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { MessageFacts } from '../message-facts.ts'
import { FRAMES } from './facts.ts'
import { shortKey } from './short-key.ts'

/** Requests that reach for somebody who may not be there. Pings by NOTIFY come from registrars (RFC 6223, vendors). */
const REACHING: ReadonlySet<string> = new Set(['OPTIONS', 'REGISTER', 'INVITE', 'SUBSCRIBE', 'MESSAGE', 'PUBLISH'])

/** Targets and accounts that are kept of a source. */
const MOST = 128

/** What came of reaching for an account; the highest counts. */
export const Outcome = { Ringing: 0, Unanswered: 1, Refused: 2, Reached: 3 } as const
type Outcome = (typeof Outcome)[keyof typeof Outcome]

/** There is no such account (RFC 3261 §21.4.5, §21.4.11, §21.4.22, §21.6.3), or it is not shown to who has no password. */
const REFUSALS: ReadonlySet<number> = new Set([401, 404, 407, 410, 484, 604])

/** The first hosts and accounts that one source reached for outside of dialogs, and what came of it. */
export class Probes {
  readonly at: FrameRef[] = []
  /** More than are kept. */
  more = false
  readonly #targets = new Map<Endpoint, boolean>()
  /** By URI of To: of a registration it names the account, of others it hardly ever differs from the Request-URI. */
  readonly #accounts = new Map<string, Outcome>()

  reset(): void {
    this.at.length = 0
    this.more = false
    this.#targets.clear()
    this.#accounts.clear()
  }

  request({ method, to, toTag, credentials }: MessageFacts, target: Endpoint, at: FrameRef): void {
    if (toTag !== undefined || !REACHING.has(method)) return
    const isNewTarget = !this.#targets.has(target) && this.#keep(this.#targets, target, false)
    const open = method === 'INVITE' ? Outcome.Ringing : Outcome.Unanswered
    const account = shortKey(to)
    const isNewAccount = !this.#accounts.has(account) && this.#keep(this.#accounts, account, open)
    // Who answers the challenge to a call has an account, and dials: it does not look for whom it calls (RFC 3261 §22.3).
    if (method === 'INVITE' && credentials !== undefined && this.#accounts.get(account) === Outcome.Refused)
      this.#accounts.set(account, Outcome.Reached)
    if ((isNewTarget || isNewAccount) && this.at.length < FRAMES) this.at.push(at)
  }

  response({ method, to, status = 0 }: MessageFacts, target: Endpoint): void {
    if (this.#targets.get(target) === false) this.#targets.set(target, true)
    if (status === 100) return
    const account = shortKey(to)
    const known = this.#accounts.get(account)
    if (known === undefined || known === Outcome.Reached) return
    const refused = REFUSALS.has(status) || (status === 403 && method !== 'INVITE')
    const outcome = refused ? Outcome.Refused : Outcome.Reached
    if (outcome > known) this.#accounts.set(account, outcome)
  }

  /** By address and port: one that was made anew meanwhile is the same target. */
  get targets(): ReadonlyMap<string, boolean> {
    const targets = new Map<string, boolean>()
    for (const [{ address, port }, answered] of this.#targets) {
      const key = `${address} ${port}`
      targets.set(key, answered || targets.get(key) === true)
    }
    return targets
  }

  get accounts(): ReadonlyMap<string, Outcome> {
    return this.#accounts
  }

  #keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): boolean {
    if (map.size >= MOST) {
      this.more = true
      return false
    }
    map.set(key, value)
    return true
  }
}
