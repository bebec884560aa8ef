import { LIMITS } from '../../limits/limits.ts'
import type { KeyOwner, Keyring, KnownKey } from '../../media/keyring.ts'
import type { Exchange } from '../../sdp/exchange.ts'
import type { Authenticator } from '../../srtp/authenticator.ts'
import { LEAST_SAMPLE } from '../../srtp/least-sample.ts'
import type { SampledPacket } from '../second-pass/resolution.ts'
import { Allowance } from './allowance.ts'
import { type KeyRelationKind, KeyRelations, RANK } from './key-relation.ts'
import { firstThatHolds, holds, type KeyTrial } from './key-trial.ts'
import { type KeyVariant, VARIANTS, type VariantKind } from './key-variants.ts'
import type { StreamPlan } from './plan.ts'
import { MAX_OTHER_KEYS, type TraceKeys } from './trace-keys.ts'

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
  /** Agreed keys whose other uses were not tried because there are too many. */
  readonly otherUsesLeftOut?: number
  /** Too many streams fail: this one was not looked into. */
  readonly isSkipped?: boolean
}

/** What is explained: a stream's packets, and when they were, µs. */
export interface FailingStream {
  readonly plan: StreamPlan
  readonly sample: readonly SampledPacket[]
  readonly fromUs: number
  readonly untilUs: number
  /** Of all its packets: they pay for what is tried. */
  readonly octets: number
  /** Others verify before and after: then the key is right, and tags that fail are of packets that were changed. */
  readonly isAmongVerified?: boolean
}

/** A file without selectors may offer many keys for a stream: of so many the other uses are tried. */
const MAX_AGREED = LIMITS.keysUsedOtherwise.most
/** A key of another call is tried on several packets under several rollover counters. */
const OCTETS_A_TRIAL = 1024
/** What is near a stream is tried in some milliseconds. */
const OCTETS_AN_EXPLANATION = 65_536
const NONE_TRIED = { tried: 0, leftOut: 0 }

/** Keys of other calls for a stream, and how many there are beyond them. */
export interface OtherCalls extends KeyTrial {
  readonly leftOut: number
  readonly otherUsesLeftOut: number
  readonly agreed?: KnownKey
}

/**
 * Tries what could make a stream's failed packets verify, the nearest first: the agreed key used otherwise, then every
 * other key that is known, by whose key it is.
 */
export class Explainer {
  readonly #keyring: Keyring
  readonly #keys: TraceKeys
  readonly #authenticators: (key: number) => Authenticator
  readonly #explanations = new Allowance(LIMITS.explanations.most, OCTETS_AN_EXPLANATION)
  readonly #others = new Allowance(LIMITS.otherKeyTrials.most, OCTETS_A_TRIAL)

  constructor(keyring: Keyring, keys: TraceKeys, authenticators: (key: number) => Authenticator) {
    this.#keyring = keyring
    this.#keys = keys
    this.#authenticators = authenticators
  }

  readonly exchangeOf = (id: number): Exchange | undefined => this.#keys.exchange(id)

  explain(stream: FailingStream): Explained {
    const near = this.explainNear(stream)
    if (near !== undefined) return near
    const trial = this.otherCalls(stream)
    return this.explainByOther(trial, firstThatHolds(trial, this.#authenticators))
  }

  /** By what is near the stream; undefined where only keys of other calls are left to try. */
  explainNear(stream: FailingStream): Explained | undefined {
    if (stream.sample.length < LEAST_SAMPLE) return { otherKeys: NONE_TRIED }
    if (this.#explanations.of(1, stream.octets) === 0) return { otherKeys: NONE_TRIED, isSkipped: true }
    const agreed = this.#agreedFor(stream)
    const explanation = this.#otherUse(stream, agreed) ?? this.#nearKey(stream, agreed)
    return explanation === undefined ? undefined : { explanation, otherKeys: NONE_TRIED }
  }

  /** The keys of other calls that are worth trying: many, and any thread may try them. */
  otherCalls(stream: FailingStream): OtherCalls {
    const { plan, sample, fromUs, untilUs } = stream
    const agreed = this.#agreedFor(stream)
    const callId = plan.keying.binding?.callId
    const isNear = (key: KnownKey) => agreed.includes(key) || key.owners.some((owner) => isOf(owner, callId))
    const most = this.#others.of(Math.min(MAX_OTHER_KEYS, this.#keys.count), stream.octets)
    const { keys, leftOut } = this.#keys.between(fromUs, untilUs, isNear, most)
    const otherUsesLeftOut = Math.max(0, agreed.length - MAX_AGREED)
    const numbers = keys.map(({ number }) => number)
    return { kind: plan.stream.kind, keys: numbers, sample, leftOut, otherUsesLeftOut, ...agreedOf(agreed) }
  }

  /** @param found number of the key under which the trial holds; 0 for none */
  explainByOther({ keys, leftOut, otherUsesLeftOut, agreed }: OtherCalls, found: number): Explained {
    const otherKeys = { tried: keys.length, leftOut }
    if (found === 0) return { otherKeys, otherUsesLeftOut }
    const key = this.#keyring.get(found)
    const authenticator = this.#authenticators(found)
    const explanation: Explanation = {
      kind: 'wire-other-call-key',
      key,
      owner: key.owners[0],
      authenticator,
      ...(agreed !== undefined && { agreed }),
    }
    return { explanation, otherKeys, otherUsesLeftOut }
  }

  #agreedFor({ plan }: FailingStream): KnownKey[] {
    return [...new Set(plan.keying.keys.map(({ key }) => key))].map((key) => this.#keyring.get(key))
  }

  #otherUse({ plan, sample, isAmongVerified }: FailingStream, agreed: readonly KnownKey[]): Explanation | undefined {
    const { kind } = plan.stream
    for (const variants of VARIANTS) {
      for (const key of agreed.slice(0, MAX_AGREED)) {
        for (const variant of variants(key, kind, sample)) {
          if (isAmongVerified === true && variant.kind === 'wire-other-tag') continue
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
      if (!holds(authenticator, plan.stream.kind, sample)) continue
      // What was chosen instead stands in the same description; another agreement says nothing of this one.
      const beside = agreed.filter((key) => key.owners.some((owner) => isBeside(owner, hypothesis.owner)))
      return { ...hypothesis, authenticator, ...agreedOf(beside.length > 0 ? beside : agreed) }
    }
    return undefined
  }

  #ownOwner({ keying }: StreamPlan, key: KnownKey): KeyOwner {
    return key.owners.find(({ callId }) => callId === keying.binding?.callId) ?? key.owners[0]
  }
}

function agreedOf([agreed]: readonly KnownKey[]): { agreed?: KnownKey } {
  return agreed === undefined ? {} : { agreed }
}

function isBeside(one: KeyOwner, other: KeyOwner): boolean {
  const isSameSide = one.side === other.side && one.mediaIndex === other.mediaIndex
  return one.exchange !== undefined && one.exchange === other.exchange && isSameSide
}

/** Whether a key was given in a description of the call. */
function isOf({ callId, exchange }: KeyOwner, ofCall: string | undefined): boolean {
  return callId !== undefined && callId === ofCall && exchange !== undefined
}
