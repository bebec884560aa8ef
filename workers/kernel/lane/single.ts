import { verifyGcm } from '../gcm'
import { Descriptor, Entry, JOBS_AT_ONCE, Lane, Method, Outcome } from '../generated/layout'
import { verifyHmac } from '../hmac'
import { contextOf, gcmRtcp, gcmRtp, headOf } from './gcm-jobs'
import { hmacRtcp, hmacRtp } from './hmac-jobs'
import { clearJobs, JOB_BYTES } from './jobs'

/** What verifying one packet can come to; anything unusual is the caller's. */
const FAILED: i32 = 0
const VERIFIED: i32 = 1
const LEFT: i32 = 2

/** Verifies one RTP packet, outside any slab. @param entry of the key; @param packet address of the RTP header */
export function verifyOneRtp(lane: usize, entry: usize, packet: usize, length: i32, roc: i32): i32 {
  clearJobs(lane)
  const descriptor = describe(lane, packet, length, roc)
  const isGcm = load<u8>(entry + Entry.Method) == Method.Gcm
  const outcome = isGcm ? gcmRtp(lane, descriptor, entry) : hmacRtp(lane, descriptor, entry)
  return settleOne(lane, isGcm, outcome)
}

/** The same for an RTCP packet. */
export function verifyOneRtcp(lane: usize, entry: usize, packet: usize, length: i32): i32 {
  clearJobs(lane)
  const descriptor = describe(lane, packet, length, 0)
  const isGcm = load<u8>(entry + Entry.Method) == Method.Gcm
  const outcome = isGcm ? gcmRtcp(lane, descriptor, entry) : hmacRtcp(lane, descriptor, entry)
  return settleOne(lane, isGcm, outcome)
}

/**
 * The rollover counter in [from, end) under which an RTP packet verifies, -1 for none, or -2 where that is not the kernel's to
 * say.
 */
export function findRolloverCounter(lane: usize, entry: usize, packet: usize, length: i32, from: i32, end: i32): i32 {
  if (load<u8>(entry + Entry.Method) != Method.Hmac) {
    for (let roc = from; roc < end; roc++) {
      const found = verifyOneRtp(lane, entry, packet, length, roc)
      if (found == VERIFIED) return roc
      if (found == LEFT) return -2
    }
    return -1
  }
  for (let first = from; first < end; first += JOBS_AT_ONCE) {
    clearJobs(lane)
    const count = min(JOBS_AT_ONCE, end - first)
    for (let n = 0; n < count; n++) {
      if (hmacRtp(lane, describe(lane, packet, length, first + n), entry) != Outcome.Pending) return -1
    }
    const jobs = load<usize>(lane + Lane.HmacAt)
    verifyHmac(jobs, count, load<usize>(lane + Lane.HmacScratch), 0)
    for (let n = 0; n < count; n++) if (load<i32>(jobs + <usize>n * JOB_BYTES, 24) != 0) return first + n
  }
  return -1
}

/** A descriptor of the lane's own, for a packet that is in no slab. */
function describe(lane: usize, packet: usize, length: i32, roc: i32): usize {
  const descriptor = lane + Lane.Single
  store<u32>(descriptor + Descriptor.Offset, packet)
  store<i32>(descriptor + Descriptor.Length, length)
  store<i32>(descriptor + Descriptor.Roc, roc)
  return descriptor
}

function settleOne(lane: usize, isGcm: bool, outcome: i32): i32 {
  if (outcome != Outcome.Pending) return LEFT
  const job = load<usize>(lane + (isGcm ? Lane.GcmAt : Lane.HmacAt))
  if (isGcm) {
    const keys = <usize>load<u32>(job, 20)
    store<i32>(headOf(lane, keys), 0)
    store<u32>(job, contextOf(lane, keys), 20)
    verifyGcm(job, 1)
  } else {
    verifyHmac(job, 1, load<usize>(lane + Lane.HmacScratch), 0)
  }
  return load<i32>(job, 24) != 0 ? VERIFIED : FAILED
}
