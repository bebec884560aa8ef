import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Digest } from './digest.ts'
import { FRAMES } from './facts.ts'
import { shortKey } from './short-key.ts'

/** Clients that are told apart, and responses to one nonce. */
const MOST_CLIENTS = 64
const MOST_RESPONSES = 8
const MINUTE_US = 60_000_000

/**
 * What came of the passwords that one source gave for one account. A client keeps its Call-ID and its tag when it
 * registers again (RFC 3261 §10.2.4), however often: each try that has others looks like a new client. The
 * calls of one source count as one client: a PBX with a wrong password is no guesser.
 */
export class PasswordTries {
  refused = 0
  accepted = 0
  readonly at: FrameRef[] = []
  /** Refused clients that were new within the busiest minute. */
  busiest = 0
  /** Different responses to the very same nonce, cnonce and URI: so many passwords. */
  passwords = 0
  readonly #clients = new Set<string>()
  readonly #times: number[] = []
  #posed = ''
  readonly #responses = new Set<string>()

  refuse({ posed, response }: Digest, client: string, at: FrameRef): void {
    this.refused++
    if (this.at.length < FRAMES) this.at.push(at)
    if (posed !== this.#posed) {
      this.#posed = posed
      this.#responses.clear()
    }
    if (this.#responses.size < MOST_RESPONSES) this.#responses.add(shortKey(response))
    this.passwords = Math.max(this.passwords, this.#responses.size)
    const key = shortKey(client)
    if (this.#clients.has(key) || this.#clients.size >= MOST_CLIENTS) return
    this.#clients.add(key)
    this.#times.push(at.timeUs)
    while (at.timeUs - this.#times[0] > MINUTE_US) this.#times.shift()
    this.busiest = Math.max(this.busiest, this.#times.length)
  }
}
