import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import { CHALLENGES } from '../challenges.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import type { EndOf } from './end-of.ts'
import { FRAMES } from './facts.ts'
import { Recent } from './recent.ts'
import { type Refusal, RefusedRegistrations } from './refused-registrations.ts'

/** Registrations that are under way. */
const MOST_OPEN = LIMITS.openRegistrations.most

/**
 * Statuses that the client answers by another REGISTER: a challenge, a request for another expiry or extension, for a
 * security agreement (RFC 3261 §10.2.8, §22; RFC 3329).
 */
const TO_BE_RETRIED: ReadonlySet<number> = new Set([...CHALLENGES, 420, 421, 423, 494])

/** So often the same refusal, of a client that could have answered it. */
const UNMENDED = 3

/** `stale=true` of a challenge (RFC 7616 §3.3). */
const STALE = /\bstale\s*=\s*"?true\b/i

/** Silence of this length after a challenge means that it will not be answered. */
const GIVEN_UP_US = 10_000_000

interface Open {
  readonly addressOfRecord: string
  readonly source: string
  cseq: number
  withCredentials: boolean
  /** Refusals since the last success that another REGISTER may mend. */
  pending: Refusal[]
  pendingCount: number
  refusedCseq: number
  accepted: boolean
}

/** Which addresses of record could not be registered. */
export class Registrations {
  readonly #open = new Recent<Open>(MOST_OPEN)
  readonly #refused = new RefusedRegistrations()
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  request({ callId, cseq, to, credentials }: MessageFacts, { source, at }: MessageContext): void {
    const withCredentials = credentials !== undefined
    const open = this.#open.get(callId)
    if (open !== undefined) {
      // Who guesses passwords may not count: another try from where the first one came is no hop.
      if (open.source === source.address) open.refusedCseq = -1
      open.cseq = cseq
      open.withCredentials = withCredentials
      return
    }
    const gone = this.#open.set(callId, {
      addressOfRecord: to,
      source: source.address,
      cseq,
      withCredentials,
      pending: [],
      pendingCount: 0,
      refusedCseq: -1,
      accepted: false,
    })
    if (gone === undefined) return
    this.#onLimit('openRegistrations', at)
    fold(gone, false, this.#refused)
  }

  response({ callId, cseq, status = 0, challenge }: MessageFacts, { source, at }: MessageContext): void {
    const open = this.#open.get(callId)
    if (open === undefined || open.cseq !== cseq || status < 200) return
    if (status < 300) this.#accept(open)
    else if (status >= 400 && open.refusedCseq !== cseq) {
      // The same refusal comes once on each hop.
      open.refusedCseq = cseq
      const { withCredentials } = open
      const stale = withCredentials && challenge !== undefined && STALE.test(challenge)
      const refusal = { status, at, registrar: source.address, withCredentials, stale }
      if (TO_BE_RETRIED.has(status)) {
        open.pendingCount++
        if (open.pending.length < FRAMES) open.pending.push(refusal)
      } else this.#refused.keep(open, [refusal], 1)
    }
  }

  /**
   * Those refused, what is under way counted as it stands.
   *
   * @param endOf until when each capture goes on
   */
  refused(endOf: EndOf): RefusedRegistrations {
    const refused = this.#refused.copy()
    const accepted = new Set<string>()
    for (const open of this.#open.values()) if (open.accepted) accepted.add(open.addressOfRecord)
    for (const open of this.#open.values()) {
      const last = open.pending.at(-1)
      if (last === undefined) continue
      const isGivenUp = endOf(last.at.capture) - last.at.timeUs > GIVEN_UP_US || isUnmended(open)
      fold(open, isGivenUp && !accepted.has(open.addressOfRecord), refused)
    }
    return refused
  }

  /** A challenge whose answer succeeds is none, nor one of a nonce that had expired (RFC 7616 §3.3). */
  #accept(open: Open): void {
    open.accepted = true
    const refused = passwordRefusals(open)
    if (refused.length > 1) this.#refused.keep(open, refused, refused.length)
    open.pending = []
    open.pendingCount = 0
    this.#refused.accept(open.addressOfRecord)
  }
}

/** It tries again and again, and what it was asked for is not in what it sends. */
function isUnmended({ pending }: Open): boolean {
  const last = pending.at(-1)
  const alike = pending.filter(
    ({ status, withCredentials }) => status === last?.status && !(withCredentials && CHALLENGES.has(status)),
  )
  return alike.length >= UNMENDED && alike.at(-1) === last
}

/** What was never mended. */
function fold(open: Open, givenUp: boolean, into: RefusedRegistrations): void {
  const refused = passwordRefusals(open)
  const wasRefused = refused.length > 1 || (refused.length === 1 && givenUp)
  if (wasRefused) into.keep(open, refused, refused.length + open.pendingCount - open.pending.length)
  else if (givenUp) into.keep(open, open.pending, open.pendingCount)
}

/** Challenges to a REGISTER that had credentials already: they were wrong, or their nonce had expired. */
function passwordRefusals({ pending }: Open): readonly Refusal[] {
  return pending.filter(({ status, withCredentials }) => withCredentials && CHALLENGES.has(status))
}
