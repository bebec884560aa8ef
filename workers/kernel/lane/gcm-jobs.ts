import { GCM_CONTEXT_BYTES, gcmContext, verifyGcm } from '../gcm'
import {
  Descriptor,
  Entry,
  FLAG_SRTP_ENCRYPTED,
  GCM_CACHE_SLOTS,
  KEYS_LENGTH,
  KEYS_SALT,
  Lane,
  Outcome,
} from '../generated/layout'
import { settle } from './hmac-jobs'
import { JOB_BYTES, mkiMatches } from './jobs'
import { u16At } from './octets'

const RTP_HEADER: i32 = 12
const RTCP_HEADER: i32 = 8
const SRTCP_INDEX: i32 = 4
const IS_SRTCP: i32 = 0x100
/** The E bit of an SRTCP packet: its payload is encrypted. */
const ENCRYPTED: u8 = 0x80
/** RFC 9335 §5.1: "defined by profile" of a header extension that is encrypted with the payload. */
const CRYPTEX_ONE_BYTE: u32 = 0xc0de
const CRYPTEX_TWO_BYTE: u32 = 0xc2de
const EXTENSION_HEADER: i32 = 4

/**
 * The job of an SRTP packet: tag behind the ciphertext, MKI behind the tag (RFC 7714 §8.2, §11). Where the header extension is
 * encrypted too (RFC 9335), CSRCs lie between what is associated data: such a packet is left.
 */
export function gcmRtp(lane: usize, descriptor: usize, entry: usize): i32 {
  if ((load<u8>(entry + Entry.Flags) & FLAG_SRTP_ENCRYPTED) == 0) return Outcome.Left
  const tag = <i32>load<u8>(entry + Entry.SrtpTag)
  const packet = <usize>load<u32>(descriptor + Descriptor.Offset)
  const mkiAt = load<i32>(descriptor + Descriptor.Length) - <i32>load<u8>(entry + Entry.MkiLength)
  const tagAt = mkiAt - tag
  const header = headerLength(packet, tagAt)
  if (header < 0 || !mkiMatches(entry, packet + mkiAt)) return Outcome.Deferred
  const hidesHeader = isCryptex(packet)
  if (hidesHeader && (load<u8>(packet) & 15) != 0) return Outcome.Left
  const clear = hidesHeader ? RTP_HEADER + EXTENSION_HEADER : header
  addJob(lane, descriptor, entry, clear, tagAt, tag, load<i32>(descriptor + Descriptor.Roc), 0)
  return Outcome.Pending
}

/** The job of an SRTCP packet: tag behind the ciphertext, then E bit and index, then the MKI (RFC 7714 §9.2). */
export function gcmRtcp(lane: usize, descriptor: usize, entry: usize): i32 {
  const tag = <i32>load<u8>(entry + Entry.SrtcpTag)
  const packet = <usize>load<u32>(descriptor + Descriptor.Offset)
  const mkiAt = load<i32>(descriptor + Descriptor.Length) - <i32>load<u8>(entry + Entry.MkiLength)
  const indexAt = mkiAt - SRTCP_INDEX
  const tagAt = indexAt - tag
  if (tagAt < RTCP_HEADER || !mkiMatches(entry, packet + mkiAt)) return Outcome.Left
  if ((load<u8>(packet + indexAt) & ENCRYPTED) == 0) return Outcome.Left
  addJob(lane, descriptor, entry, RTCP_HEADER, tagAt, tag | IS_SRTCP, 0, packet + indexAt)
  return Outcome.Pending
}

/** Octets of the RTP header with CSRC list and extension (RFC 3550 §5.1, §5.3.1), -1 where it does not fit. */
function headerLength(packet: usize, length: i32): i32 {
  if (length < RTP_HEADER) return -1
  const first = <i32>load<u8>(packet)
  let header = RTP_HEADER + (first & 15) * 4
  if ((first & 0x10) != 0) {
    if (length < header + EXTENSION_HEADER) return -1
    header += EXTENSION_HEADER + <i32>u16At(packet + header + 2) * 4
  }
  return header <= length ? header : -1
}

/** Whether the extension of a packet that has room for its header is encrypted. */
function isCryptex(packet: usize): bool {
  const first = <i32>load<u8>(packet)
  if ((first & 0x10) == 0) return false
  const profile = u16At(packet + RTP_HEADER + (first & 15) * 4)
  return profile == CRYPTEX_ONE_BYTE || profile == CRYPTEX_TWO_BYTE
}

/** Jobs wait in a list for each slot of the context cache, so that a key's context is made once and used in one run. */
function addJob(
  lane: usize,
  descriptor: usize,
  entry: usize,
  header: i32,
  tagAt: i32,
  tag: i32,
  roc: i32,
  indexAt: usize,
): void {
  const n = load<i32>(lane + Lane.GcmJobs)
  store<i32>(lane + Lane.GcmJobs, n + 1)
  const packet = <usize>load<u32>(descriptor + Descriptor.Offset)
  const job = load<usize>(lane + Lane.GcmAt) + <usize>n * JOB_BYTES
  store<u32>(job, packet)
  store<i32>(job, header, 4)
  store<i32>(job, tagAt - header, 8)
  store<i32>(job, tag, 12)
  store<u32>(job, packet + tagAt, 16)
  store<u32>(job, keysOf(entry, tag), 20)
  store<i32>(job, roc, 24)
  store<u32>(job, indexAt, 28)
  const owner = load<usize>(lane + Lane.GcmOwners) + ((<usize>n) << 3)
  const head = headOf(lane, keysOf(entry, tag))
  store<u32>(owner, descriptor)
  store<i32>(owner, load<i32>(head), 4)
  store<i32>(head, n + 1)
}

/** The keys of one protocol in their entry: what a context is made from, and its name in the cache. */
function keysOf(entry: usize, tag: i32): usize {
  return entry + ((tag & IS_SRTCP) != 0 ? Entry.Srtcp : Entry.Srtp)
}

function slotOf(keys: usize): usize {
  // Entries are 512 octets apart, the keys of their two protocols 80.
  return (((keys >> 9) << 1) | ((keys >> 6) & 1)) & (GCM_CACHE_SLOTS - 1)
}

export function headOf(lane: usize, keys: usize): usize {
  return load<usize>(lane + Lane.GcmHeads) + (slotOf(keys) << 2)
}

/** Verifies the jobs, key by key, and gives their packets their outcomes; returns how many are left to the caller. */
export function settleGcm(lane: usize): i32 {
  const count = load<i32>(lane + Lane.GcmJobs)
  const jobs = load<usize>(lane + Lane.GcmAt)
  let left = 0
  let waiting = 0
  for (let n = 0; n < count; n++) {
    const head = headOf(lane, <usize>load<u32>(jobs + <usize>n * JOB_BYTES, 20))
    // All jobs of one slot, key by key: mostly there is one.
    while (load<i32>(head) != 0) {
      const keys = <usize>load<u32>(jobs + <usize>(load<i32>(head) - 1) * JOB_BYTES, 20)
      if (waiting > 0 && isOfOthers(lane, keys)) {
        left += settleRun(lane, waiting)
        waiting = 0
      }
      waiting = addRun(lane, head, keys, waiting)
    }
  }
  return left + settleRun(lane, waiting)
}

/** Takes the jobs of these keys out of their slot's list, to those that wait already; returns how many wait then. */
function addRun(lane: usize, head: usize, keys: usize, waiting: i32): i32 {
  const jobs = load<usize>(lane + Lane.GcmAt)
  const owners = load<usize>(lane + Lane.GcmOwners)
  const run = load<usize>(lane + Lane.GcmRun)
  const runOwners = load<usize>(lane + Lane.GcmRunOwners)
  const context = contextOf(lane, keys)
  let count = waiting
  let link = head
  for (let n = load<i32>(link); n != 0; n = load<i32>(link)) {
    const job = jobs + <usize>(n - 1) * JOB_BYTES
    const owner = owners + ((<usize>(n - 1)) << 3)
    if (<usize>load<u32>(job, 20) != keys) {
      link = owner + 4
      continue
    }
    store<i32>(link, load<i32>(owner, 4))
    const member = run + <usize>count * JOB_BYTES
    memory.copy(member, job, JOB_BYTES)
    store<u32>(member, context, 20)
    store<u32>(runOwners + ((<usize>count) << 2), load<u32>(owner))
    count++
  }
  return count
}

/** Verifies the jobs that wait. */
function settleRun(lane: usize, waiting: i32): i32 {
  const run = load<usize>(lane + Lane.GcmRun)
  const runOwners = load<usize>(lane + Lane.GcmRunOwners)
  let left = 0
  verifyGcm(run, waiting)
  for (let n = 0; n < waiting; n++) {
    const descriptor = <usize>load<u32>(runOwners + ((<usize>n) << 2))
    left += settle(lane, descriptor, load<i32>(run + <usize>n * JOB_BYTES, 24) != 0)
  }
  return left
}

/** Whether the slot of these keys holds the context of others, which jobs that wait may need. */
function isOfOthers(lane: usize, keys: usize): bool {
  const name = load<u32>(load<usize>(lane + Lane.GcmNames) + (slotOf(keys) << 2))
  return name != 0 && <usize>name != keys
}

/** The context of a protocol's keys, from the cache or made. */
export function contextOf(lane: usize, keys: usize): usize {
  const slot = slotOf(keys)
  const context = load<usize>(lane + Lane.GcmContexts) + slot * GCM_CONTEXT_BYTES
  const name = load<usize>(lane + Lane.GcmNames) + (slot << 2)
  if (<usize>load<u32>(name) != keys) {
    gcmContext(keys, load<u8>(keys + KEYS_LENGTH), keys + KEYS_SALT, context)
    store<u32>(name, keys)
  }
  return context
}
