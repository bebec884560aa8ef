import {
  clockRates,
  clockSlots,
  JUMPED,
  NO_CLOCK_SLOT,
  PAYLOAD_TYPE_USE_BYTES,
  PAYLOAD_TYPE_USES,
  Stream,
} from '../generated/layout'
import { updateJitter } from './jitter'
import { u16At, u32At } from './octets'
import { isProbed, probePayload } from './payload-probe'
import { samplePayload, wantsSample } from './payload-sample'
import { noteRepeat } from './repeats'
import { TALK_GAP_US } from './silence'
import { enterStep, noteMissing } from './timelines'

/** A jump of the sequence number beyond this is taken only when the next packet confirms it (RFC 3550 A.1, MAX_DROPOUT). */
const MAX_DROPOUT: i32 = 3000
const WINDOW: i32 = 128
/** The same packet at a second capture point follows within this time. */
const CAPTURE_DUPLICATE_US: i32 = 10_000
/** Numbers that pass faster than this each, and more than LEAP of them, were never sent: the source renumbered itself. */
const FASTEST_US: f64 = 25
const LEAP: i32 = 100
/** Timestamps that differ from the time by more were set anew. */
const RESET_US: f64 = 1_000_000
/** Timestamps of the packets that the window is for; these are copies nearly always, and not to cost another cache line. */
const RECENT: i32 = 1_000_000
/** The clock of video, in Hz, the fastest there is: by it a dynamic type's timestamps go the least far. */
const FASTEST_CLOCK: f64 = 90_000
/** How many times as fast it is as the slowest, and some more. */
const CLOCKS: f64 = 16
/** A source that sends less often in silences does not send so many times as fast as it does on average. */
const HASTE: f64 = 8
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
    // Less than none where the capture is not in the order of its times: so the sum stays that of the time that passed.
    if (gap > -TALK_GAP_US && gap < TALK_GAP_US)
      store<f64>(record + Stream.TalkUs, load<f64>(record + Stream.TalkUs) + gap)
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
  const pausedUs = timeUs - load<f64>(record + Stream.LastTimeUs)
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
    noteMissing(record, false, 0, sequence)
    return 0
  }
  const highest = load<i32>(record + Stream.HighestSequence)
  // The candidate nearest to the highest number seen: a signed 16-bit difference.
  const ahead = <i32>(<i16>(sequence - highest))
  const extended = highest + ahead
  let jumps = ahead > MAX_DROPOUT || ahead < -MAX_DROPOUT
  if (jumps) {
    takeJump(record, packet, extended, sequence, identity, position, timeUs, frame, capture)
  } else if (ahead > 0) {
    store<i32>(record + Stream.JumpTo, 0)
    if (ahead > 1) noteHole(record, ahead - 1, packet, type, position, timeUs, pausedUs, capture, frame)
    shiftWindow(record + Stream.SeenWindow, ahead)
    store<i32>(record + Stream.HighestSequence, extended)
    updateJitter(record, packet, timeUs, type, changes, true)
    if (wantsSample(record)) {
      const payload = payloadOffset(packet, length)
      samplePayload(record, packet + payload, length - payload)
    }
  } else if (beginsAnew(record, packet, extended, -ahead)) {
    jumps = true
    takeJump(record, packet, extended, sequence, identity, position, timeUs, frame, capture)
  } else if (takeLate(record, extended, -ahead, sequence, identity, position, timeUs, capture, frame, type)) {
    // RFC 3550 §6.4.1: in the order of arrival, not necessarily in sequence.
    updateJitter(record, packet, timeUs, type, changes, false)
  }
  noteMissing(record, jumps, ahead, extended)
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

/**
 * Whether a packet at or behind the highest number is none that comes late, or again, but one of a source that restarted a
 * little lower (RFC 3550 A.1): it is behind all that came, or its number came and no packet yet had such a timestamp.
 */
function beginsAnew(record: usize, packet: usize, extended: i32, behind: i32): bool {
  const timestamp = <i32>u32At(packet + 4)
  const last = load<i32>(record + Stream.LastRtpTimestamp)
  if (behind < WINDOW) {
    const units = last - timestamp
    if ((units >= 0 && units < RECENT) || !wasSeen(record, behind)) return false
  } else if (extended < load<i32>(record + Stream.BaseSequence)) return true
  const first = load<i32>(record + Stream.FirstRtpTimestamp)
  return <u32>(timestamp - first) > <u32>(last - first)
}

function wasSeen(record: usize, behind: i32): bool {
  const word = load<u32>(record + Stream.SeenWindow + ((behind >> 5) << 2))
  return ((word >> (behind & 31)) & 1) != 0
}

/** RFC 3550 A.1: two packets in order after a jump are a sender that restarted; one alone is a stray. */
function takeJump(
  record: usize,
  packet: usize,
  extended: i32,
  sequence: i32,
  identity: i32,
  position: f64,
  timeUs: f64,
  frame: u32,
  capture: i32,
): void {
  if (isCaptureDuplicate(record, sequence, identity, timeUs)) {
    store<i32>(record + Stream.CaptureDuplicates, load<i32>(record + Stream.CaptureDuplicates) + 1)
    return
  }
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
  store<i32>(record + Stream.LastRtpTimestamp, u32At(packet + 4))
  store<f64>(record + Stream.JitterArrivalUs, timeUs)
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
    if (wasSeen(record, behind)) {
      const isCopy = isCaptureDuplicate(record, sequence, identity, timeUs)
      const copies = record + (isCopy ? Stream.CaptureDuplicates : Stream.Duplicates)
      store<i32>(copies, load<i32>(copies) + 1)
      if (!isCopy) noteRepeat(record, position, frame, capture, behind, type)
      return false
    }
    const word = record + Stream.SeenWindow + ((behind >> 5) << 2)
    store<u32>(word, load<u32>(word) | ((<u32>1) << (behind & 31)))
  } else if (!isCaptureDuplicate(record, sequence, identity, timeUs)) {
    noteRepeat(record, position, frame, capture, behind, type)
  }
  store<i32>(record + Stream.Reordered, load<i32>(record + Stream.Reordered) + 1)
  if (extended < load<i32>(record + Stream.BaseSequence)) store<i32>(record + Stream.BaseSequence, extended)
  return behind < WINDOW
}

/**
 * `lost` numbers are missing before this packet, or come later: how, and where most at once.
 *
 * @param pausedUs since the packet before, which may have had the timestamp of others before it
 */
function noteHole(
  record: usize,
  lost: i32,
  packet: usize,
  type: i32,
  position: f64,
  timeUs: f64,
  pausedUs: f64,
  capture: i32,
  frame: u32,
): void {
  if (lost > LEAP && isLeap(record, lost, packet, type, timeUs - load<f64>(record + Stream.JitterArrivalUs))) {
    store<i32>(record + Stream.LostInLeap, load<i32>(record + Stream.LostInLeap) + lost)
    noteRepeat(record, position, frame, capture, 0, JUMPED)
    return
  }
  if (pausedUs > TALK_GAP_US) {
    store<i32>(record + Stream.LostInSilence, load<i32>(record + Stream.LostInSilence) + lost)
  }
  if (lost <= load<i32>(record + Stream.HoleLost)) return
  store<i32>(record + Stream.HoleLost, lost)
  store<u32>(record + Stream.HoleFrame, frame)
  store<i32>(record + Stream.HoleCapture, capture)
  store<i32>(record + Stream.HoleMs, milliseconds(pausedUs))
}

/**
 * Whether numbers were passed over that were never sent: faster than any source, or at another pace than this one's, where
 * its timestamps were set anew or, of audio, went on no farther than the time did. Video sends a picture's packets at once.
 */
function isLeap(record: usize, lost: i32, packet: usize, type: i32, elapsedUs: f64): bool {
  if (elapsedUs < <f64>lost * FASTEST_US) return true
  const sendingUs = (<f64>lost * load<f64>(record + Stream.TalkUs)) / <f64>load<i32>(record + Stream.Packets)
  const units = <f64>(<i32>u32At(packet + 4) - load<i32>(record + Stream.LastRtpTimestamp))
  const slot = <i32>load<u8>(clockSlots + type)
  const rate = slot == NO_CLOCK_SLOT ? FASTEST_CLOCK : load<f64>(clockRates + ((<usize>type) << 3))
  const mediaUs = (units * 1e6) / rate
  if (mediaUs < -RESET_US || mediaUs > elapsedUs + RESET_US) {
    // As far as the numbers: what waited in a queue comes at once, and the rest of it was dropped; or old packets came in between.
    if (mediaUs > sendingUs / CLOCKS && mediaUs < 2 * sendingUs) return isInterlude(record)
    return sendingUs > 2 * elapsedUs || elapsedUs > 2 * sendingUs
  }
  return rate < FASTEST_CLOCK && sendingUs > HASTE * Math.max(elapsedUs, mediaUs)
}

/** Whether so few packets came since the last jump that they may be a burst of old ones, behind which the source goes on. */
function isInterlude(record: usize): bool {
  if (load<i32>(record + Stream.ExpectedBefore) == 0) return false
  return load<i32>(record + Stream.HighestSequence) - load<i32>(record + Stream.BaseSequence) < WINDOW
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
