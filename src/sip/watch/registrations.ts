import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { MessageContext } from '../context.ts'
import type { MessageFacts } from '../message-facts.ts'
import { FRAMES, type RefusedRegistration } from './facts.ts'
import { Recent } from './recent.ts'

/** Registrations that are under way, and addresses of record that were refused. */
const MOST_OPEN = 8192
const MOST_KEPT = 2000

/**
 * Statuses that the client answers by another REGISTER: a challenge, a request for another expiry or extension, for a
 * security agreement (RFC 3261 §10.2.8, §22; RFC 3329).
 */
const TO_BE_RETRIED: ReadonlySet<number> = new Set([401, 407, 420, 421, 423, 494])
const CHALLENGES: ReadonlySet<number> = new Set([401, 407])

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

interface Refusal {
  readonly status: number
  readonly at: FrameRef
  readonly registrar: string
  readonly withCredentials: boolean
}

interface Kept extends Omit<RefusedRegistration, 'statuses'> {
  readonly statuses: Map<number, number>
  refusals: number
  unanswered: boolean
  acceptedLater: boolean
  readonly at: FrameRef[]
}

/** Which addresses of record could not be registered. */
export class Registrations {
  beyond = 0
  readonly #open = new Recent<Open>(MOST_OPEN)
  readonly #kept = new Map<string, Kept>()

  request({ callId, cseq, to, credentials }: MessageFacts, { source }: MessageContext): void {
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
    if (gone !== undefined) this.#fold(gone, false)
  }

  response({ callId, cseq, status = 0 }: MessageFacts, { source, at }: MessageContext): void {
    const open = this.#open.get(callId)
    if (open === undefined || open.cseq !== cseq || status < 200) return
    if (status < 300) this.#accept(open)
    else if (status >= 400 && open.refusedCseq !== cseq) {
      // The same refusal comes once on each hop.
      open.refusedCseq = cseq
      const refusal = { status, at, registrar: source.address, withCredentials: open.withCredentials }
      if (TO_BE_RETRIED.has(status)) {
        open.pendingCount++
        if (open.pending.length < FRAMES) open.pending.push(refusal)
      } else this.#keep(open, [refusal], 1)
    }
  }

  /** @param endUs time of the trace's last message */
  list(endUs: number): readonly RefusedRegistration[] {
    const accepted = new Set<string>()
    for (const open of this.#open.values()) if (open.accepted) accepted.add(open.addressOfRecord)
    for (const open of this.#open.values()) {
      const last = open.pending.at(-1)
      if (last === undefined) continue
      const givenUp = endUs - last.at.timeUs > GIVEN_UP_US && !accepted.has(open.addressOfRecord)
      this.#fold(open, givenUp)
      open.pending = []
    }
    return [...this.#kept.values()].map((kept) => ({ ...kept, statuses: [...kept.statuses] }))
  }

  /** A challenge whose answer succeeds is none, nor one of a nonce that had expired (RFC 7616 §3.3). */
  #accept(open: Open): void {
    open.accepted = true
    const refused = passwordRefusals(open)
    if (refused.length > 1) this.#keep(open, refused, refused.length)
    open.pending = []
    open.pendingCount = 0
    const kept = this.#kept.get(open.addressOfRecord)
    if (kept !== undefined) kept.acceptedLater = true
  }

  /** What was never mended. */
  #fold(open: Open, givenUp: boolean): void {
    const refused = passwordRefusals(open)
    const wasRefused = refused.length > 1 || (refused.length === 1 && givenUp)
    if (wasRefused) this.#keep(open, refused, refused.length + open.pendingCount - open.pending.length)
    else if (givenUp) this.#keep(open, open.pending, open.pendingCount)
  }

  #keep({ addressOfRecord, source }: Open, refusals: readonly Refusal[], count: number): void {
    let kept = this.#kept.get(addressOfRecord)
    if (kept === undefined) {
      if (this.#kept.size >= MOST_KEPT) {
        this.beyond += count
        return
      }
      kept = {
        addressOfRecord,
        source,
        registrar: refusals[0].registrar,
        statuses: new Map(),
        refusals: 0,
        unanswered: true,
        acceptedLater: false,
        at: [],
      }
      this.#kept.set(addressOfRecord, kept)
    }
    kept.refusals += count
    for (const { status, at, withCredentials } of refusals) {
      kept.statuses.set(status, (kept.statuses.get(status) ?? 0) + 1)
      if (!CHALLENGES.has(status) || withCredentials) kept.unanswered = false
      if (kept.at.length < FRAMES) kept.at.push(at)
    }
    kept.acceptedLater = false
  }
}

/** Challenges to a REGISTER that had credentials already: they were wrong, or their nonce had expired. */
function passwordRefusals({ pending }: Open): readonly Refusal[] {
  return pending.filter(({ status, withCredentials }) => withCredentials && CHALLENGES.has(status))
}
