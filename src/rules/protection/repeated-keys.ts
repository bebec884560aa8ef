import type { FrameRef } from '../../bytes/frame-ref.ts'
import { NumberIndex } from '../../bytes/number-index.ts'
import { LIMITS } from '../../limits/limits.ts'
import type { AnalysedCall, AnalysedStream, DescribedFact, DescribedMedia } from '../../model/analysis.ts'
import type { OnRuleLimit } from '../finding-room.ts'
import { agreedCryptoOf } from './agreed-crypto.ts'

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

/** Where a key was given in a call that counts. */
interface Use {
  readonly callId: string
  readonly at: FrameRef
}

/**
 * Keys that signalling agrees on more than once: whether media of them is in the capture does not matter. A call counts
 * where it was answered and ended, and the next one began after that: legs of one call, forks and further tries go on at the
 * same time or were not answered. Only who gave a key first counts as its maker; others pass it on.
 */
export class RepeatedKeys {
  /** Keys whose offer and answer are the same, the first of each. */
  readonly shared = new Map<string, SharedKey>()
  /** By 52 bits of their identities. Nearly all keys come once: what is kept of each stands in lists, in the places it gives. */
  readonly #numbers = new NumberIndex()
  readonly #hosts: string[] = []
  /** When the last call that counts ended. */
  readonly #endsUs: number[] = []
  readonly #callIds: string[] = []
  readonly #at: FrameRef[] = []
  /** Of those that come again, by their places. */
  readonly #later = new Map<number, Later>()
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
    const inOrder = [...this.#later].sort(([a], [b]) => a - b)
    return inOrder.map(([place, { calls, named }]) => {
      const uses = [{ callId: this.#callIds[place], at: this.#at[place] }, ...named]
      return {
        fingerprint: fingerprintOf(textOf(this.#numbers.at(place))),
        host: this.#hosts[place],
        calls,
        callIds: uses.map(({ callId }) => callId),
        at: uses.map(({ at }) => at),
      }
    })
  }

  #share(identity: string, { callId }: AnalysedCall, offer: Given, answer: Given): void {
    if (this.shared.has(identity)) return
    if (this.shared.size >= MOST_KEYS) this.#onLimit('keysRemembered')
    else this.shared.set(identity, { fingerprint: fingerprintOf(identity), callId, offer, answer })
  }

  #count(identity: string, { host, at }: Given, { callId, startUs }: AnalysedCall, endUs: number): void {
    const number = numberOf(identity)
    const place = this.#numbers.placeOf(number)
    if (place < 0) this.#keep(number, host, { callId, at }, endUs)
    else if (this.#hosts[place] === host) this.#countAgain(place, { callId, at }, startUs, endUs)
  }

  #keep(number: number, host: string, { callId, at }: Use, endUs: number): void {
    if (this.#numbers.size >= MOST_KEYS) {
      this.#onLimit('keysRemembered')
      return
    }
    this.#numbers.add(number)
    this.#hosts.push(host)
    this.#endsUs.push(endUs)
    this.#callIds.push(callId)
    this.#at.push(at)
  }

  #countAgain(place: number, use: Use, startUs: number, endUs: number): void {
    const later = this.#later.get(place)
    if (startUs - this.#endsUs[place] >= APART_US) {
      const { calls, named } = later ?? { calls: 1, named: [] }
      this.#later.set(place, { calls: calls + 1, named: calls < MOST_NAMED ? [...named, use] : named })
      this.#endsUs[place] = endUs
    } else if (endUs < this.#endsUs[place]) {
      // Of calls at the same time the one that ends first says most of those that follow.
      this.#endsUs[place] = endUs
      if (later === undefined) {
        this.#callIds[place] = use.callId
        this.#at[place] = use.at
      } else if (later.calls <= MOST_NAMED) later.named = [...later.named.slice(0, -1), use]
    }
  }
}

/** The calls behind the first that a key came again in. */
interface Later {
  /** All, the first with them. */
  readonly calls: number
  named: readonly Use[]
}

/** The first 52 bits, which a number holds exactly. */
const DIGITS = 13

function numberOf(identity: string): number {
  return Number.parseInt(identity.slice(0, DIGITS), 16)
}

function textOf(number: number): string {
  return number.toString(16).padStart(DIGITS, '0')
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
  #ofMedia: Map<DescribedMedia, ReadonlyMap<string, string>> | undefined

  of(media: DescribedMedia | undefined, fingerprint: string | undefined): string | undefined {
    if (media === undefined || fingerprint === undefined) return undefined
    const known = this.#ofMedia?.get(media)
    if (known !== undefined) return known.get(fingerprint)
    const names = media.keyIdentities
    // As nearly everyone has it.
    if (names.length === 1) return names[0].startsWith(fingerprint) ? names[0] : undefined
    const byFingerprint = new Map(names.map((name) => [fingerprintOf(name), name]))
    this.#ofMedia ??= new Map()
    this.#ofMedia.set(media, byFingerprint)
    return byFingerprint.get(fingerprint)
  }
}

function fingerprintOf(identity: string): string {
  return identity.slice(0, 8)
}

function lastOf({ lastUs }: AnalysedCall, streams: readonly AnalysedStream[]): number {
  return streams.reduce((last, { lastAt }) => Math.max(last, lastAt.timeUs), lastUs)
}
