import { JUMPED, PAYLOAD_TYPE_USE_BYTES, PAYLOAD_TYPE_USES, Stream } from '../generated/layout'
import { MAX_DROPOUT } from './dropout'
import { updateJitter } from './jitter'
import { u16At, u32At } from './octets'
import { isProbed, probePayload } from './payload-probe'
import { samplePayload, wantsSample } from './payload-sample'
import { noteRepeat } from './repeats'
import { TALK_GAP_US } from './silence'
import { enterStep, noteMissing } from './timelines'

const WINDOW: i32 = 128
/** The same packet at a second capture point follows within this time. */
const CAPTURE_DUPLICATE_US: i32 = 10_000
/** Numbers that pass faster than this each, and more than LEAP of them, were never sent: the source renumbered itself. */
const FASTEST_US: f64 = 25
const LEAP: i32 = 100
/** RFC 3389: how often comfort noise is sent is of no interest. */
const COMFORT_NOISE: i32 = 13

/**
 * Counts that every stream keeps, RTP or not.
 *
 * @param position ordinal of the packet's record in the trace; @param frame its number in the capture
 * @inline
 */
export function countPacket(record: usize, position: f64, timeUs: f64, capture: i32, frame: u32, octets: i32): void {
  const packets = load<i32>(record + Stream.Packets)
  if (packets == 0) {
    store<f64>(record + Stream.FirstPosition, position)
    store<f64>(record + Stream.FirstTimeUs, timeUs)
    store<f64>(record + Stream.FirstFrame, frame)
    store<i32>(record + Stream.FirstCapture, capture)
  } else {
    const gap = timeUs - load<f64>(record + Stream.LastTimeUs)
    if (gap > 0 && gap < TALK_GAP_US) store<f64>(record + Stream.TalkUs, load<f64>(record + Stream.TalkUs) + gap)
  }
  enterStep(record, timeUs, packets == 0)
  store<i32>(record + Stream.Packets, packets + 1)
  store<f64>(record + Stream.Bytes, load<f64>(record + Stream.Bytes) + <f64>octets)
  store<f64>(record + Stream.LastPosition, position)
  store<f64>(record + Stream.LastTimeUs, timeUs)
  store<f64>(record + Stream.LastFrame, frame)
  store<i32>(record + Stream.LastCapture, capture)
}

/**
 * Takes an RTP packet into its stream's statistics and returns the estimate of its rollover counter relative to the
 * first packet's (RFC 3711 Appendix A on the sequence numbers seen so far, unauthenticated); -1 stands for the period
 * before the first packet's.
 *
 * @param identity 16 bits that stay the same for one packet seen at two capture points
 * @param packet address of the RTP header; `length` octets are present, 12 at least
 * @inline
 */
export function countRtp(
  record: usize,
  position: f64,
  timeUs: f64,
  capture: i32,
  frame: u32,
  identity: i32,
  packet: usize,
  length: i32,
): i32 {
  const sequence = <i32>u16At(packet + 2)
  const type = <i32>load<u8>(packet + 1) & 127
  const first = load<i32>(record + Stream.Packets) == 0
  const changes = load<i32>(record + Stream.LastPayloadType) != type + 1
  if (changes) changeType(record, type, timeUs, capture, frame)
  countPacket(record, position, timeUs, capture, frame, length)
  if (first) {
    store<i32>(record + Stream.BaseSequence, sequence)
    store<i32>(record + Stream.HighestSequence, sequence)
    store<i32>(record + Stream.SeenWindow, 1)
    remember(record, sequence, identity, timeUs)
    store<i32>(record + Stream.FirstRtpTimestamp, u32At(packet + 4))
    store<i32>(record + Stream.LastRtpTimestamp, u32At(packet + 4))
    store<f64>(record + Stream.JitterArrivalUs, timeUs)
    const payload = payloadOffset(packet, length)
    samplePayload(record, packet + payload, length - payload)
    if (isProbed(sequence)) probePayload(record, sequence, packet + payload, length - payload, frame)
    noteMissing(record, 0, sequence)
    return 0
  }
  const highest = load<i32>(record + Stream.HighestSequence)
  // The candidate nearest to the highest number seen: a signed 16-bit difference.
  const ahead = <i32>(<i16>(sequence - highest))
  const extended = highest + ahead
  if (ahead > MAX_DROPOUT || ahead < -MAX_DROPOUT) {
    takeJump(record, extended, sequence, position, timeUs, frame, capture)
  } else if (ahead > 0) {
    store<i32>(record + Stream.JumpTo, 0)
    if (ahead > 1) noteHole(record, ahead - 1, timeUs, capture, frame)
    shiftWindow(record + Stream.SeenWindow, ahead)
    store<i32>(record + Stream.HighestSequence, extended)
    updateJitter(record, packet, timeUs, type, changes)
    if (wantsSample(record)) {
      const payload = payloadOffset(packet, length)
      samplePayload(record, packet + payload, length - payload)
    }
  } else if (takeLate(record, extended, -ahead, sequence, identity, position, timeUs, capture, frame, type)) {
    // RFC 3550 §6.4.1: in the order of arrival, not necessarily in sequence.
    updateJitter(record, packet, timeUs, type, changes)
  }
  noteMissing(record, ahead, extended)
  remember(record, sequence, identity, timeUs)
  if (isProbed(sequence)) {
    const payload = payloadOffset(packet, length)
    probePayload(record, extended, packet + payload, length - payload, frame)
  }
  return extended >> 16
}

/** Where the payload begins: CSRC list and header extension stay in the clear under SRTP (RFC 3711 §3.1). */
export function payloadOffset(packet: usize, length: i32): i32 {
  const first = <i32>load<u8>(packet)
  let header = 12 + (first & 15) * 4
  if ((first & 0x10) != 0) {
    if (header + 4 > length) return length
    header += 4 + <i32>u16At(packet + header + 2) * 4
  }
  return header
}

/** RFC 3550 A.1: two packets in order after a jump are a sender that restarted; one alone is a stray. */
function takeJump(
  record: usize,
  extended: i32,
  sequence: i32,
  position: f64,
  timeUs: f64,
  frame: u32,
  capture: i32,
): void {
  if (load<i32>(record + Stream.JumpTo) != sequence + 1) {
    store<i32>(record + Stream.JumpTo, ((sequence + 1) & 0xffff) + 1)
    return
  }
  // The stray that announced the jump belongs to the new run.
  const highest = load<i32>(record + Stream.HighestSequence)
  const run = highest - load<i32>(record + Stream.BaseSequence) + 2
  noteRepeat(record, position, frame, capture, max(0, highest - extended), JUMPED)
  store<i32>(record + Stream.ExpectedBefore, load<i32>(record + Stream.ExpectedBefore) + run)
  store<i32>(record + Stream.BaseSequence, extended)
  store<i32>(record + Stream.HighestSequence, extended)
  v128.store(record + Stream.SeenWindow, i32x4(1, 0, 0, 0))
  store<i32>(record + Stream.JumpTo, 0)
  store<i32>(record + Stream.JumpMs, milliseconds(timeUs - load<f64>(record + Stream.JitterArrivalUs)))
}

/**
 * A packet at or behind the highest number: a copy seen elsewhere, a duplicate, one of a source that numbers anew, or
 * (true) one that was overtaken.
 */
function takeLate(
  record: usize,
  extended: i32,
  behind: i32,
  sequence: i32,
  identity: i32,
  position: f64,
  timeUs: f64,
  capture: i32,
  frame: u32,
  type: i32,
): bool {
  if (behind < WINDOW) {
    const word = record + Stream.SeenWindow + ((behind >> 5) << 2)
    const bit = (<u32>1) << (behind & 31)
    if ((load<u32>(word) & bit) != 0) {
      const isCopy = isCaptureDuplicate(record, sequence, identity, timeUs)
      const copies = record + (isCopy ? Stream.CaptureDuplicates : Stream.Duplicates)
      store<i32>(copies, load<i32>(copies) + 1)
      if (!isCopy) noteRepeat(record, position, frame, capture, behind, type)
      return false
    }
    store<u32>(word, load<u32>(word) | bit)
  } else if (!isCaptureDuplicate(record, sequence, identity, timeUs)) {
    noteRepeat(record, position, frame, capture, behind, type)
  }
  store<i32>(record + Stream.Reordered, load<i32>(record + Stream.Reordered) + 1)
  if (extended < load<i32>(record + Stream.BaseSequence)) store<i32>(record + Stream.BaseSequence, extended)
  return behind < WINDOW
}

/** `lost` numbers are missing before this packet, or come later: how, and where most at once. */
function noteHole(record: usize, lost: i32, timeUs: f64, capture: i32, frame: u32): void {
  const elapsedUs = timeUs - load<f64>(record + Stream.JitterArrivalUs)
  if (lost > LEAP && elapsedUs < <f64>lost * FASTEST_US) {
    store<i32>(record + Stream.LostInLeap, load<i32>(record + Stream.LostInLeap) + lost)
    return
  }
  if (elapsedUs > TALK_GAP_US) {
    store<i32>(record + Stream.LostInSilence, load<i32>(record + Stream.LostInSilence) + lost)
  }
  if (lost <= load<i32>(record + Stream.HoleLost)) return
  store<i32>(record + Stream.HoleLost, lost)
  store<u32>(record + Stream.HoleFrame, frame)
  store<i32>(record + Stream.HoleCapture, capture)
  store<i32>(record + Stream.HoleMs, milliseconds(elapsedUs))
}

/**
 * Another payload type than the packet before. The first types of a stream have an entry each, which says where they
 * came first and last (src/rtp/payload-type-use.ts); that of the type at work is brought up to date when it changes.
 */
function changeType(record: usize, type: i32, timeUs: f64, capture: i32, frame: u32): void {
  const before = load<i32>(record + Stream.LastPayloadType)
  store<i32>(record + Stream.LastPayloadType, type + 1)
  const types = record + Stream.PayloadTypes + ((type >> 5) << 2)
  store<u32>(types, load<u32>(types) | ((<u32>1) << (type & 31)))
  const startUs = before == 0 ? timeUs : load<f64>(record + Stream.FirstTimeUs)
  if (before != 0) {
    const use = useOf(record, before)
    if (use != 0) {
      const at = load<i32>(record + Stream.LastCapture)
      store<i32>(use, (load<i32>(use) & ~(MOST_CAPTURES << 20)) | (min(at, MOST_CAPTURES) << 20))
      store<u32>(use, <u32>load<f64>(record + Stream.LastFrame), 12)
      store<i32>(use, milliseconds(load<f64>(record + Stream.LastTimeUs) - startUs), 16)
    }
  }
  if (type == COMFORT_NOISE || useOf(record, type + 1) != 0) return
  const free = useOf(record, 0)
  if (free == 0) return
  const at = min(capture, MOST_CAPTURES)
  store<i32>(free, (type + 1) | (at << 8) | (at << 20))
  store<u32>(free, frame, 4)
  store<i32>(free, milliseconds(timeUs - startUs), 8)
  store<u32>(free, frame, 12)
  store<i32>(free, milliseconds(timeUs - startUs), 16)
}

/** 12 bits. */
const MOST_CAPTURES: i32 = 4095

/** The entry of payload type `mark - 1`, or for 0 one that is free; 0 where there is none. */
function useOf(record: usize, mark: i32): usize {
  for (let n: usize = 0; n < PAYLOAD_TYPE_USES; n++) {
    const use = record + Stream.PayloadTypeUses + n * PAYLOAD_TYPE_USE_BYTES
    if ((load<i32>(use) & 255) == mark) return use
  }
  return 0
}

function milliseconds(us: f64): i32 {
  return <i32>Math.max(-2e9, Math.min(2e9, us / 1000))
}

/** @inline */
function remember(record: usize, sequence: i32, identity: i32, timeUs: f64): void {
  const at = record + Stream.Recent + ((<usize>sequence & 15) << 3)
  store<i32>(at, (sequence << 16) | identity)
  store<i32>(at, <i32>(<i64>timeUs), 4)
}

function isCaptureDuplicate(record: usize, sequence: i32, identity: i32, timeUs: f64): bool {
  const at = record + Stream.Recent + ((<usize>sequence & 15) << 3)
  if (load<i32>(at) != ((sequence << 16) | identity)) return false
  const apart = <i32>(<i64>timeUs) - load<i32>(at, 4)
  return apart > -CAPTURE_DUPLICATE_US && apart < CAPTURE_DUPLICATE_US
}

/** Moves the 128-bit window `by` numbers on and marks the new highest as seen; bit 0 of the first word is the highest. @inline */
function shiftWindow(window: usize, by: i32): void {
  const low = load<u64>(window)
  if (by == 1) {
    store<u64>(window, (load<u64>(window, 8) << 1) | (low >> 63), 8)
    store<u64>(window, (low << 1) | 1)
  } else if (by < 64) {
    store<u64>(window, (load<u64>(window, 8) << by) | (low >> (64 - by)), 8)
    store<u64>(window, (low << by) | 1)
  } else {
    store<u64>(window, by < WINDOW ? low << (by - 64) : 0, 8)
    store<u64>(window, 1)
  }
}
