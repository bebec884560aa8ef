import { Descriptor, Entry, KIND_RTP, Lane, Outcome, Stream } from '../generated/layout'
import { verifyHmac } from '../hmac'
import { JOB_BYTES, mkiMatches } from './jobs'
import { recordOf } from './stream-table'

const RTP_HEADER: i32 = 12
/** First header, E bit and index. */
const RTCP_MINIMUM: i32 = 12
const APPEND_ROC: i32 = 0x100

/** The job of an SRTP packet: tag over header, payload and ROC (RFC 3711 §4.2); the MKI stands in between. @inline */
export function hmacRtp(lane: usize, descriptor: usize, entry: usize): i32 {
  const tag = <i32>load<u8>(entry + Entry.SrtpTag)
  const packet = <usize>load<u32>(descriptor + Descriptor.Offset)
  const length = load<i32>(descriptor + Descriptor.Length)
  const authenticated = length - tag - <i32>load<u8>(entry + Entry.MkiLength)
  if (tag == 0 || authenticated < RTP_HEADER || !mkiMatches(entry, packet + authenticated)) return Outcome.Deferred
  addJob(lane, descriptor, packet, authenticated, tag | APPEND_ROC, packet + length - tag, entry + Entry.SrtpStates)
  return Outcome.Pending
}

/** The job of an SRTCP packet: tag over all before the MKI (RFC 3711 §3.4). */
export function hmacRtcp(lane: usize, descriptor: usize, entry: usize): i32 {
  const tag = <i32>load<u8>(entry + Entry.SrtcpTag)
  const packet = <usize>load<u32>(descriptor + Descriptor.Offset)
  const length = load<i32>(descriptor + Descriptor.Length)
  const authenticated = length - tag - <i32>load<u8>(entry + Entry.MkiLength)
  if (tag == 0 || authenticated < RTCP_MINIMUM || !mkiMatches(entry, packet + authenticated)) return Outcome.Left
  addJob(lane, descriptor, packet, authenticated, tag, packet + length - tag, entry + Entry.SrtcpStates)
  return Outcome.Pending
}

/** @inline */
function addJob(
  lane: usize,
  descriptor: usize,
  packet: usize,
  authenticated: i32,
  tag: i32,
  tagAt: usize,
  states: usize,
): void {
  const n = load<i32>(lane + Lane.HmacJobs)
  store<i32>(lane + Lane.HmacJobs, n + 1)
  const job = load<usize>(lane + Lane.HmacAt) + <usize>n * JOB_BYTES
  store<u32>(job, packet)
  store<i32>(job, authenticated, 4)
  store<i32>(job, load<i32>(descriptor + Descriptor.Roc), 8)
  store<i32>(job, tag, 12)
  store<u32>(job, tagAt, 16)
  store<u32>(job, states, 20)
  store<u32>(load<usize>(lane + Lane.HmacOwners) + ((<usize>n) << 2), descriptor)
}

/** Verifies the jobs and gives their packets their outcomes; returns how many are left to the caller. */
export function settleHmac(lane: usize): i32 {
  const count = load<i32>(lane + Lane.HmacJobs)
  if (count == 0) return 0
  const jobs = load<usize>(lane + Lane.HmacAt)
  const owners = load<usize>(lane + Lane.HmacOwners)
  verifyHmac(jobs, count, load<usize>(lane + Lane.HmacScratch), load<i32>(lane + Lane.Nines))
  let left = 0
  for (let n = 0; n < count; n++) {
    const verified = load<i32>(jobs + <usize>n * JOB_BYTES, 24) != 0
    left += settle(lane, <usize>load<u32>(owners + ((<usize>n) << 2)), verified)
  }
  return left
}

/** An RTP packet that does not verify is the second pass's; an RTCP packet may have a shorter tag, or be in the clear. */
export function settle(lane: usize, descriptor: usize, verified: bool): i32 {
  let outcome = Outcome.Verified
  if (!verified) {
    const record = recordOf(load<usize>(lane + Lane.Streams), load<i32>(descriptor + Descriptor.Stream))
    outcome = load<i32>(record + Stream.Kind) == KIND_RTP ? Outcome.Deferred : Outcome.Left
  }
  store<i32>(descriptor + Descriptor.Outcome, outcome)
  return outcome == Outcome.Left ? 1 : 0
}
