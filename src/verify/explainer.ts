import type { KeyOwner, Keyring, KnownKey } from '../media/keyring.ts'
import { type Authenticator, Verdict } from '../srtp/authenticator.ts'
import type { StreamPlan } from './plan.ts'
import type { SampledPacket } from './resolver.ts'

/** Why packets do not verify under what was agreed (rules.md, "Explaining a failure"). */
export interface Explanation {
  readonly kind:
    | 'wire-other-key'
    | 'wire-other-direction-key'
    | 'wire-stale-key'
    | 'wire-early-key'
    | 'wire-other-call-key'
  readonly key: KnownKey
  /** The owner of the key that the kind speaks of. */
  readonly owner: KeyOwner
}

/** A hypothesis holds when so many packets, and this share of the sample, verify under it. */
const LEAST_PACKETS = 3
const LEAST_SHARE = 0.75
/** Keys of other calls that are tried, at most. */
const MAX_OTHER_KEYS = 1000

type Kind = Explanation['kind']

/** The order in which hypotheses are tried: what is nearest to the stream first. */
const RANK: Readonly<Record<Kind, number>> = {
  'wire-other-key': 0,
  'wire-other-direction-key': 1,
  'wire-stale-key': 2,
  'wire-early-key': 3,
  'wire-other-call-key': 4,
}

/** The first known key under which a stream's failed packets do verify, by whose key it is; nothing where none does. */
export function explainFailure(
  plan: StreamPlan,
  sample: readonly SampledPacket[],
  keyring: Keyring,
  authenticators: (key: number) => Authenticator,
): Explanation | undefined {
  if (sample.length < LEAST_PACKETS) return undefined
  const agreed = new Set(plan.keying.keys.map((entry) => entry.key))
  const hypotheses: Explanation[] = []
  for (const key of keyring.all) {
    if (!agreed.has(key.number)) hypotheses.push(nearestOwner(plan, key))
  }
  hypotheses.sort((a, b) => RANK[a.kind] - RANK[b.kind] || a.key.number - b.key.number)
  let others = 0
  for (const hypothesis of hypotheses) {
    if (hypothesis.kind === 'wire-other-call-key' && ++others > MAX_OTHER_KEYS) return undefined
    if (holds(authenticators(hypothesis.key.number), plan.stream.kind, sample)) return hypothesis
  }
  return undefined
}

/** What using this key would be called, by the owner that is nearest to the stream. */
function nearestOwner(plan: StreamPlan, key: KnownKey): Explanation {
  const all = key.owners.map((owner) => ({ kind: relationOf(plan, owner), key, owner }))
  return all.reduce((best, one) => (RANK[one.kind] < RANK[best.kind] ? one : best))
}

function relationOf({ keying }: StreamPlan, owner: KeyOwner): Kind {
  const { binding } = keying
  if (binding === undefined || owner.exchange === undefined || owner.callId !== binding.callId) {
    return 'wire-other-call-key'
  }
  const line = binding.lines.find(({ exchange }) => exchange.id === owner.exchange)
  if (line !== undefined) return owner.side === line.sender ? 'wire-other-key' : 'wire-other-direction-key'
  return owner.exchange < binding.lines[0].exchange.id ? 'wire-stale-key' : 'wire-early-key'
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
  for (const candidate of new Set([roc, 0, roc + 1, Math.max(0, roc - 1)])) {
    if (authenticator.verifyRtp(bytes, 0, bytes.length, candidate) === Verdict.Verified) return true
  }
  return false
}
