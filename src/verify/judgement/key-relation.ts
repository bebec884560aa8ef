import { greatest } from '../../bytes/greatest.ts'
import type { KeyOwner, KnownKey } from '../../media/keyring.ts'
import type { Exchange } from '../../sdp/exchange.ts'
import type { StreamPlan } from './plan.ts'
import type { TraceKeys } from './trace-keys.ts'

/** What using a key that was not agreed is called, by whose key it is. */
export type KeyRelationKind =
  | 'wire-other-suite'
  | 'wire-other-key'
  | 'wire-other-direction-key'
  | 'wire-stale-key'
  | 'wire-early-key'
  | 'wire-other-call-key'

/** The order in which hypotheses are tried: what is nearest to the stream first. */
export const RANK: Readonly<Record<KeyRelationKind, number>> = {
  'wire-other-suite': 0,
  'wire-other-key': 1,
  'wire-other-direction-key': 2,
  'wire-stale-key': 3,
  'wire-early-key': 4,
  'wire-other-call-key': 5,
}

export interface KeyRelation {
  readonly kind: KeyRelationKind
  readonly key: KnownKey
  /** The owner of the key that the kind speaks of. */
  readonly owner: KeyOwner
}

/** Names keys by the owner that is nearest to a stream, for packets from `position` on. */
export class KeyRelations {
  readonly #plan: StreamPlan
  readonly #position: number
  readonly #keys: TraceKeys
  /** Suites of the agreed keys. */
  readonly #suites: ReadonlySet<string>

  constructor(plan: StreamPlan, position: number, keys: TraceKeys, agreed: readonly KnownKey[]) {
    this.#plan = plan
    this.#position = position
    this.#keys = keys
    this.#suites = new Set(agreed.map(({ master }) => master.suite.name))
  }

  nearest(key: KnownKey): KeyRelation {
    const all = key.owners.map((owner) => ({ kind: this.#kindOf(key, owner), key, owner }))
    return all.reduce((best, one) => (RANK[one.kind] < RANK[best.kind] ? one : best))
  }

  /** An agreed key under which packets verify at a time that it was not agreed for. */
  untimely(key: KnownKey): KeyRelation | undefined {
    const { keys, binding } = this.#plan.keying
    const entry = keys.find((scheduled) => scheduled.key === key.number)
    if (entry === undefined) return undefined
    const begun = keys.filter(({ from }) => from <= this.#position).map(({ agreement }) => agreement)
    const current = greatest(begun, Number.NEGATIVE_INFINITY)
    if (entry.agreement === current && entry.until > this.#position) return undefined
    const ids = new Set(binding?.lines.map(({ exchange }) => exchange.id))
    const own = key.owners.filter(({ exchange }) => exchange !== undefined && ids.has(exchange))
    // RFC 3264 §8: what was refused never came to hold.
    const isEarly = entry.agreement > current || (own.length > 0 && own.every((owner) => this.#isRefused(owner)))
    return { kind: isEarly ? 'wire-early-key' : 'wire-stale-key', key, owner: own[0] ?? key.owners[0] }
  }

  #isRefused({ exchange }: KeyOwner): boolean {
    return exchange !== undefined && this.#keys.exchange(exchange)?.state === 'refused'
  }

  #kindOf(key: KnownKey, owner: KeyOwner): KeyRelationKind {
    const { binding } = this.#plan.keying
    const { source, destination } = this.#plan.stream
    if (owner.flow === `${destination} > ${source}`) return 'wire-other-direction-key'
    if (binding === undefined || owner.exchange === undefined || owner.callId !== binding.callId) {
      return 'wire-other-call-key'
    }
    const line = binding.lines.find(({ exchange }) => exchange.id === owner.exchange)
    if (line !== undefined) {
      if (owner.side !== line.sender) return 'wire-other-direction-key'
      const isOtherSuite = owner.mediaIndex === line.index && !this.#suites.has(key.master.suite.name)
      return isOtherSuite && this.#suites.size > 0 ? 'wire-other-suite' : 'wire-other-key'
    }
    const exchange = this.#keys.exchange(owner.exchange)
    // Another leg of the call is another agreement.
    if (exchange === undefined || !binding.lines.some((bound) => sameHop(bound.exchange, exchange))) {
      return 'wire-other-call-key'
    }
    const current = binding.lines.filter(({ exchange: { offer } }) => offer.at.position <= this.#position).at(-1)
    return owner.exchange < (current ?? binding.lines[0]).exchange.id ? 'wire-stale-key' : 'wire-early-key'
  }
}

function sameHop(a: Exchange, b: Exchange): boolean {
  return hostsOf(a) === hostsOf(b)
}

function hostsOf({ hop }: Exchange): string {
  return [hop.offerer.address, hop.answerer.address].sort().join(' ')
}
