import {
  DESCRIPTOR_BYTES,
  Descriptor,
  ENTRY_BYTES,
  Entry,
  FRAMES_KEPT,
  KIND_RTP,
  Lane,
  Method,
  NO_KEYING,
  Outcome,
  Stream,
} from '../generated/layout'
import { gcmRtcp, gcmRtp, settleGcm } from './gcm-jobs'
import { hmacRtcp, hmacRtp, settleHmac } from './hmac-jobs'
import { CHUNK, clearJobs } from './jobs'
import { recordOf } from './stream-table'

/**
 * Gives every packet of the slab its outcome. A packet that only the caller can judge becomes Outcome.Left.
 *
 * @returns how many are left to the caller
 */
export function verifySlab(lane: usize): i32 {
  const count = load<i32>(lane + Lane.Count)
  let left = 0
  for (let from = 0; from < count; from += CHUNK) {
    const end = min(count, from + CHUNK)
    clearJobs(lane)
    for (let n = from; n < end; n++) {
      const descriptor = load<usize>(lane + Lane.Descriptors) + <usize>n * DESCRIPTOR_BYTES
      const outcome = begin(lane, descriptor)
      store<i32>(descriptor + Descriptor.Outcome, outcome)
      if (outcome == Outcome.Left) left++
    }
    left += settleHmac(lane) + settleGcm(lane)
  }
  return left
}

/** What can be said at once, or Outcome.Pending for a packet that became a job. @inline */
function begin(lane: usize, descriptor: usize): i32 {
  const record = recordOf(load<usize>(lane + Lane.Streams), load<i32>(descriptor + Descriptor.Stream))
  const key = load<i32>(record + Stream.Key)
  if (key == 0 || isDeferred(lane, record, descriptor)) return Outcome.Deferred
  if (key == NO_KEYING) return Outcome.Unkeyed
  if (load<i32>(descriptor + Descriptor.Length) < load<i32>(descriptor + Descriptor.Announced)) return Outcome.Cut
  const isRtp = load<i32>(record + Stream.Kind) == KIND_RTP
  // Before the first packet's own period: only the second pass counts from further back.
  if (isRtp && load<i32>(descriptor + Descriptor.Roc) < 0) return Outcome.Deferred
  const entry = load<usize>(lane + Lane.Keys) + <usize>key * ENTRY_BYTES
  const method = load<u8>(entry + Entry.Method)
  if (method == Method.Hmac) return isRtp ? hmacRtp(lane, descriptor, entry) : hmacRtcp(lane, descriptor, entry)
  if (method == Method.Gcm) return isRtp ? gcmRtp(lane, descriptor, entry) : gcmRtcp(lane, descriptor, entry)
  return Outcome.Left
}

/**
 * In slab order: turns outcomes into the streams' counts; a stream's first surprise defers it from there on.
 *
 * @param from the first packet to commit
 * @returns the packets of the slab; or, where Lane.Spills is set, the number of a deferred one that the caller must
 * keep before it goes on with the next
 */
export function commitSlab(lane: usize, from: i32): i32 {
  const count = load<i32>(lane + Lane.Count)
  const streams = load<usize>(lane + Lane.Streams)
  const spills = load<i32>(lane + Lane.Spills) != 0
  for (let n = from; n < count; n++) {
    const descriptor = load<usize>(lane + Lane.Descriptors) + <usize>n * DESCRIPTOR_BYTES
    const record = recordOf(streams, load<i32>(descriptor + Descriptor.Stream))
    const outcome = load<i32>(descriptor + Descriptor.Outcome)
    if (outcome == Outcome.Deferred || isDeferred(lane, record, descriptor)) {
      if (load<f64>(record + Stream.DeferFrom) == 0) {
        store<f64>(record + Stream.DeferFrom, positionOf(lane, descriptor) + 1)
      }
      if (spills) return n
    } else if (outcome == Outcome.Plain) {
      const seen = increment(record + Stream.Plain)
      if (seen < FRAMES_KEPT) {
        store<i32>(record + Stream.PlainFrames + ((<usize>seen) << 2), load<i32>(descriptor + Descriptor.Frame))
      }
    } else if (outcome == Outcome.Cut) increment(record + Stream.Cut)
    else if (outcome == Outcome.Unkeyed) increment(record + Stream.Unkeyed)
    else commitVerified(record, descriptor, outcome)
  }
  return count
}

/** @inline */
function commitVerified(record: usize, descriptor: usize, outcome: i32): void {
  const roc = load<i32>(descriptor + Descriptor.Roc)
  const before = increment(record + Stream.Verified)
  if (before == 0) store<i32>(record + Stream.FirstRoc, roc)
  store<i32>(record + Stream.LastRoc, roc)
  if (outcome == Outcome.VerifiedShortTag) increment(record + Stream.ShortTags)
  if (load<i32>(record + Stream.Kind) != KIND_RTP) return
  // RFC 3711 §3.3.1: only a packet that verified moves the highest index.
  const sequence = <i32>bswap<u16>(load<u16>(<usize>load<u32>(descriptor + Descriptor.Offset) + 2))
  const highestRoc = load<i32>(record + Stream.AuthenticatedRoc)
  const isAhead = roc > highestRoc || (roc == highestRoc && sequence > load<i32>(record + Stream.AuthenticatedSequence))
  if (!isAhead && before > 0) return
  store<i32>(record + Stream.AuthenticatedRoc, roc)
  store<i32>(record + Stream.AuthenticatedSequence, sequence)
}

/** Adds one and returns what was there before. */
function increment(address: usize): i32 {
  const before = load<i32>(address)
  store<i32>(address, before + 1)
  return before
}

function positionOf(lane: usize, descriptor: usize): f64 {
  return load<f64>(lane + Lane.FirstPosition) + <f64>load<i32>(descriptor + Descriptor.Position)
}

/** Whether the stream's packets from this one's position on are the second pass's. @inline */
function isDeferred(lane: usize, record: usize, descriptor: usize): bool {
  const some =
    load<u64>(record + Stream.DeferFrom) |
    load<u64>(record + Stream.KeyUntil) |
    load<u64>(record + Stream.ReassembledFrom)
  return some != 0 && isAnyReached(record, positionOf(lane, descriptor))
}

function isAnyReached(record: usize, position: f64): bool {
  return (
    isReached(load<f64>(record + Stream.DeferFrom), position) ||
    isReached(load<f64>(record + Stream.KeyUntil), position) ||
    isReached(load<f64>(record + Stream.ReassembledFrom), position)
  )
}

/** @param from 1 + a position, or 0 for none */
function isReached(from: f64, position: f64): bool {
  return from != 0 && position >= from - 1
}
