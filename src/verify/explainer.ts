import type { KeyOwner, Keyring, KnownKey } from '../media/keyring.ts'
import type { Exchange } from '../sdp/exchange.ts'
import { type Authenticator, Verdict } from '../srtp/authenticator.ts'
import { type KeyRelationKind, KeyRelations, RANK } from './key-relation.ts'
import { type KeyVariant, VARIANTS, type VariantKind } from './key-variants.ts'
import type { StreamPlan } from './plan.ts'
import type { SampledPacket } from './resolution.ts'
import type { TraceKeys } from './trace-keys.ts'

/** Why packets do not verify under what was agreed (rules.md, "Explaining a failure"). */
export interface Explanation extends Omit<KeyVariant, 'kind'> {
  readonly kind: VariantKind | KeyRelationKind
  /** The key that verifies the packets: the agreed one, where that is used otherwise than agreed. */
  readonly key: KnownKey
  /** The owner of the key that the kind speaks of. */
  readonly owner: KeyOwner
  /** The key that was agreed; of several the first. */
  readonly agreed?: KnownKey
}

/** What came of explaining a stream. */
export interface Explained {
  readonly explanation?: Explanation
  /** Keys of other calls that were tried, and those that were not because there are too many. */
  readonly otherKeys: { readonly tried: number; readonly leftOut: number }
}

/** What is explained: a stream's packets, and when they were, µs. */
export interface FailingStream {
  readonly plan: StreamPlan
  readonly sample: readonly SampledPacket[]
  readonly fromUs: number
  readonly untilUs: number
}

/** A hypothesis holds when so many packets, and this share of the sample, verify under it. */
const LEAST_PACKETS = 3
const LEAST_SHARE = 0.75
/** A file without selectors may offer many keys for a stream: of so many the other uses are tried. */
const MAX_AGREED = 8
const NONE_TRIED = { tried: 0, leftOut: 0 }

/**
 * Tries what could make a stream's failed packets verify, the nearest first: the agreed key used otherwise, then every
 * other key that is known, by whose key it is.
 */
export class Explainer {
  readonly #keyring: Keyring
  readonly #keys: TraceKeys
  readonly #authenticators: (key: number) => Authenticator

  constructor(keyring: Keyring, keys: TraceKeys, authenticators: (key: number) => Authenticator) {
    this.#keyring = keyring
    this.#keys = keys
    this.#authenticators = authenticators
  }

  readonly exchangeOf = (id: number): Exchange | undefined => this.#keys.exchange(id)

  explain(stream: FailingStream): Explained {
    const { plan, sample } = stream
    if (sample.length < LEAST_PACKETS) return { otherKeys: NONE_TRIED }
    const agreed = [...new Set(plan.keying.keys.map(({ key }) => key))].map((key) => this.#keyring.get(key))
    const explanation = this.#otherUse(stream, agreed) ?? this.#nearKey(stream, agreed)
    if (explanation !== undefined) return { explanation, otherKeys: NONE_TRIED }
    return this.#otherCall(stream, agreed)
  }

  #otherUse({ plan, sample }: FailingStream, agreed: readonly KnownKey[]): Explanation | undefined {
    const { kind } = plan.stream
    for (const variants of VARIANTS) {
      for (const key of agreed.slice(0, MAX_AGREED)) {
        for (const variant of variants(key, kind, sample)) {
          if (!holds(variant.authenticator, kind, sample)) continue
          return { ...variant, key, owner: this.#ownOwner(plan, key), agreed: key }
        }
      }
      // An offered line of another suite comes right behind the agreed key split for another suite.
      if (variants === VARIANTS[1]) {
        const found = this.#keyOfCall(plan, sample, agreed, (rank) => rank === RANK['wire-other-suite'])
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  #nearKey({ plan, sample }: FailingStream, agreed: readonly KnownKey[]): Explanation | undefined {
    return this.#keyOfCall(plan, sample, agreed, (rank) => rank > RANK['wire-other-suite'])
  }

  /** The first of the call's own keys that holds. */
  #keyOfCall(
    plan: StreamPlan,
    sample: readonly SampledPacket[],
    agreed: readonly KnownKey[],
    wanted: (rank: number) => boolean,
  ): Explanation | undefined {
    const { binding } = plan.keying
    if (binding === undefined) return undefined
    const relations = new KeyRelations(plan, sample[0].position, this.#keys, agreed)
    const hypotheses = this.#keys
      .ofCall(binding.callId)
      .flatMap((key) => (agreed.includes(key) ? (relations.untimely(key) ?? []) : relations.nearest(key)))
      .filter(({ kind }) => wanted(RANK[kind]))
    hypotheses.sort((a, b) => RANK[a.kind] - RANK[b.kind] || a.key.number - b.key.number)
    for (const hypothesis of hypotheses) {
      const authenticator = this.#authenticators(hypothesis.key.number)
      if (holds(authenticator, plan.stream.kind, sample)) return { ...hypothesis, authenticator, ...agreedOf(agreed) }
    }
    return undefined
  }

  #otherCall({ plan, sample, fromUs, untilUs }: FailingStream, agreed: readonly KnownKey[]): Explained {
    const callId = plan.keying.binding?.callId
    const isNear = (key: KnownKey) => agreed.includes(key) || key.owners.some((owner) => isOf(owner, callId))
    const { keys, leftOut } = this.#keys.between(fromUs, untilUs, isNear)
    const otherKeys = { tried: keys.length, leftOut }
    for (const key of keys) {
      const authenticator = this.#authenticators(key.number)
      if (!holds(authenticator, plan.stream.kind, sample)) continue
      const kind = 'wire-other-call-key'
      return { explanation: { kind, key, owner: key.owners[0], authenticator, ...agreedOf(agreed) }, otherKeys }
    }
    return { otherKeys }
  }

  #ownOwner({ keying }: StreamPlan, key: KnownKey): KeyOwner {
    return key.owners.find(({ callId }) => callId === keying.binding?.callId) ?? key.owners[0]
  }
}

function agreedOf([agreed]: readonly KnownKey[]): { agreed?: KnownKey } {
  return agreed === undefined ? {} : { agreed }
}

/** Whether a key was given in a description of the call. */
function isOf({ callId, exchange }: KeyOwner, ofCall: string | undefined): boolean {
  return callId !== undefined && callId === ofCall && exchange !== undefined
}

function holds(authenticator: Authenticator, kind: 'rtp' | 'rtcp', sample: readonly SampledPacket[]): boolean {
  const needed = Math.max(LEAST_PACKETS, Math.ceil(sample.length * LEAST_SHARE))
  let verified = 0
  for (let n = 0; n < sample.length; n++) {
    if (verifies(authenticator, kind, sample[n])) verified++
    // What is left cannot make it hold any more.
    if (verified + (sample.length - 1 - n) < needed) return false
  }
  return verified >= needed
}

function verifies(authenticator: Authenticator, kind: 'rtp' | 'rtcp', { bytes, roc }: SampledPacket): boolean {
  if (kind === 'rtcp') {
    const verdict = authenticator.verifyRtcp(bytes, 0, bytes.length)
    return verdict === Verdict.Verified || verdict === Verdict.VerifiedShortTag
  }
  for (let n = 0; n < 4; n++) {
    const candidate = n === 0 ? roc : n === 1 ? 0 : n === 2 ? roc + 1 : roc - 1
    // Near the stream's beginning candidates fall together.
    if (candidate < 0 || (n > 0 && candidate === roc) || (n > 1 && candidate === 0)) continue
    if (authenticator.verifyRtp(bytes, 0, bytes.length, candidate) === Verdict.Verified) return true
  }
  return false
}
