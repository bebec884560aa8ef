import { type Authenticator, isVerified, Verdict } from '../../srtp/authenticator.ts'
import { LEAST_SAMPLE } from '../../srtp/least-sample.ts'
import type { SampledPacket } from '../second-pass/resolution.ts'

/** Keys that are tried one after the other on the packets of a stream that fails. It can be sent to another thread. */
export interface KeyTrial {
  readonly kind: 'rtp' | 'rtcp'
  /** Numbers in the key table. */
  readonly keys: readonly number[]
  readonly sample: readonly SampledPacket[]
}

/** A hypothesis holds when LEAST_SAMPLE packets, and this share of the sample, verify under it. */
const LEAST_SHARE = 0.75

/** The first of the keys under which the sample holds; 0 where none does. */
export function firstThatHolds(
  { keys, kind, sample }: KeyTrial,
  authenticators: (key: number) => Authenticator,
): number {
  return keys.find((key) => holds(authenticators(key), kind, sample)) ?? 0
}

/** Whether the sample verifies, or enough of it. */
export function holds(authenticator: Authenticator, kind: 'rtp' | 'rtcp', sample: readonly SampledPacket[]): boolean {
  const needed = Math.max(LEAST_SAMPLE, Math.ceil(sample.length * LEAST_SHARE))
  let verified = 0
  for (let n = 0; n < sample.length; n++) {
    if (verifies(authenticator, kind, sample[n])) verified++
    // What is left cannot make it hold any more.
    if (verified + (sample.length - 1 - n) < needed) return false
  }
  return verified >= needed
}

function verifies(authenticator: Authenticator, kind: 'rtp' | 'rtcp', { bytes, roc }: SampledPacket): boolean {
  if (kind === 'rtcp') return isVerified(authenticator.verifyRtcp(bytes, 0, bytes.length))
  for (let n = 0; n < 4; n++) {
    const candidate = n === 0 ? roc : n === 1 ? 0 : n === 2 ? roc + 1 : roc - 1
    // Near the stream's beginning candidates fall together.
    if (candidate < 0 || (n > 0 && candidate === roc) || (n > 1 && candidate === 0)) continue
    if (authenticator.verifyRtp(bytes, 0, bytes.length, candidate) === Verdict.Verified) return true
  }
  return false
}
