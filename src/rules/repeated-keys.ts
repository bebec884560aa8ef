import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import type { AnalysedCall, AnalysedStream, DescribedFact, DescribedMedia } from '../model/analysis.ts'
import { agreedCryptoOf } from './agreed-crypto.ts'
import type { OnRuleLimit } from './finding-room.ts'

const MOST_KEYS = LIMITS.keysRemembered.most
/** Calls that are named. */
const MOST_NAMED = 20
/** Who moves a call on ends one leg and begins the next at once, and may pass the other side's key on. */
const APART_US = 10_000_000

/** A key that its maker agreed on in several calls, one after the other. */
export interface RepeatedKey {
  readonly fingerprint: string
  /** The host that gave it. */
  readonly host: string
  readonly calls: number
  /** The first of them, and where they give the key. */
  readonly callIds: readonly string[]
  readonly at: readonly FrameRef[]
}

/** Both sides of an m= line agreed on one key. */
export interface SharedKey {
  readonly fingerprint: string
  readonly callId: string
  readonly offer: Given
  readonly answer: Given
}

/** Who gave a key, and where. */
interface Given {
  readonly host: string
  readonly at: FrameRef
}

interface Kept {
  readonly host: string
  calls: number
  /** When the last call that counts ended. */
  endUs: number
  callIds: readonly string[]
  at: readonly FrameRef[]
}

/**
 * Keys that signalling agrees on more than once: whether media of them is in the capture does not matter. A call counts
 * where it was answered and ended, and the next one began after that: legs of one call, forks and further tries go on at the
 * same time or were not answered. Only who gave a key first counts as its maker; others pass it on.
 */
export class RepeatedKeys {
  /** Keys whose offer and answer are the same, the first of each. */
  readonly shared = new Map<string, SharedKey>()
  readonly #kept = new Map<string, Kept>()
  readonly #onLimit: OnRuleLimit

  constructor(onLimit: OnRuleLimit) {
    this.#onLimit = onLimit
  }

  /** The next call, in the order in which they began. */
  add(call: AnalysedCall, streams: readonly AnalysedStream[]): void {
    const lines = agreedCryptoOf(call)
    if (lines.length === 0) return
    const makers = new Map<string, Given>()
    const identities = new Identities()
    for (const { exchange, index, offer, answer } of lines) {
      const answered = exchange.answers.at(-1)
      const offered = identities.of(exchange.offer.media[index], offer.fingerprint)
      const accepted = identities.of(answered?.media[index], answer.fingerprint)
      if (offered !== undefined) addFirst(makers, offered, givenBy(exchange.offer))
      if (accepted === undefined || answered === undefined) continue
      addFirst(makers, accepted, givenBy(answered))
      if (offered === accepted) this.#share(accepted, call, givenBy(exchange.offer), givenBy(answered))
    }
    if (call.answerUs === undefined) return
    const endUs = call.endUs === undefined ? Number.POSITIVE_INFINITY : lastOf(call, streams)
    for (const [identity, given] of makers) this.#count(identity, given, call, endUs)
  }

  list(): RepeatedKey[] {
    return [...this.#kept].flatMap(([identity, { host, calls, callIds, at }]) =>
      calls < 2 ? [] : [{ fingerprint: fingerprintOf(identity), host, calls, callIds, at }],
    )
  }

  #share(identity: string, { callId }: AnalysedCall, offer: Given, answer: Given): void {
    if (this.shared.has(identity)) return
    if (this.shared.size >= MOST_KEYS) this.#onLimit('keysRemembered')
    else this.shared.set(identity, { fingerprint: fingerprintOf(identity), callId, offer, answer })
  }

  #count(identity: string, { host, at }: Given, { callId, startUs }: AnalysedCall, endUs: number): void {
    const kept = this.#kept.get(identity)
    if (kept === undefined) {
      if (this.#kept.size >= MOST_KEYS) this.#onLimit('keysRemembered')
      else this.#kept.set(identity, { host, calls: 1, endUs, callIds: [callId], at: [at] })
      return
    }
    if (kept.host !== host) return
    if (startUs - kept.endUs >= APART_US) {
      kept.calls++
      kept.endUs = endUs
      if (kept.callIds.length < MOST_NAMED) {
        kept.callIds = [...kept.callIds, callId]
        kept.at = [...kept.at, at]
      }
    } else if (endUs < kept.endUs) {
      // Of calls at the same time the one that ends first says most of those that follow.
      kept.endUs = endUs
      if (kept.calls <= MOST_NAMED) {
        kept.callIds = [...kept.callIds.slice(0, -1), callId]
        kept.at = [...kept.at.slice(0, -1), at]
      }
    }
  }
}

function givenBy({ source, at }: DescribedFact): Given {
  return { host: source.address, at }
}

function addFirst(makers: Map<string, Given>, identity: string, given: Given): void {
  const known = makers.get(identity)
  if (known === undefined || given.at.position < known.at.position) makers.set(identity, given)
}

/** Identities of keys by their fingerprints: each m= section is asked once, however many of its lines are accepted. */
class Identities {
  readonly #ofMedia = new Map<DescribedMedia, ReadonlyMap<string, string>>()

  of(media: DescribedMedia | undefined, fingerprint: string | undefined): string | undefined {
    if (media === undefined || fingerprint === undefined) return undefined
    let known = this.#ofMedia.get(media)
    if (known === undefined) {
      known = new Map(media.keyIdentities.map((name) => [fingerprintOf(name), name]))
      this.#ofMedia.set(media, known)
    }
    return known.get(fingerprint)
  }
}

function fingerprintOf(identity: string): string {
  return identity.slice(0, 8)
}

function lastOf({ lastUs }: AnalysedCall, streams: readonly AnalysedStream[]): number {
  return streams.reduce((last, { lastAt }) => Math.max(last, lastAt.timeUs), lastUs)
}
