import { DYNAMIC_CLOCK_RATES, OTHER_STATIC_SLOT, STATIC_CLOCK_RATES } from './clock-rates.ts'
import { samplePayload } from './payload-randomness.ts'
import { F, I, type StreamTable } from './stream-table.ts'

/** A jump of the sequence number beyond this is taken only when the next packet confirms it (RFC 3550 A.1, MAX_DROPOUT). */
const MAX_DROPOUT = 3000
const WINDOW = 128
/** The same packet at a second capture point follows within this time. */
const CAPTURE_DUPLICATE_US = 10_000
/** Longer gaps between packets are silence (voice activity detection, hold), not talk. */
const TALK_GAP_US = 500_000

/** What the decoder knows of a packet, beside its octets. */
export interface Arrival {
  position: number
  timeUs: number
  capture: number
  frame: number
  /** 16 bits that stay the same for one packet seen at two capture points: IP identification, else the UDP checksum. */
  identity: number
}

/** Counts that every stream keeps, RTP or not. */
export function countPacket(table: StreamTable, id: number, arrival: Arrival, octets: number): void {
  const f = table.floatsAt(id)
  const i = table.intsAt(id)
  const { floats, ints } = table
  if (ints[i + I.Packets] === 0) {
    floats[f + F.FirstPosition] = arrival.position
    floats[f + F.FirstTimeUs] = arrival.timeUs
    floats[f + F.FirstFrame] = arrival.frame
    ints[i + I.FirstCapture] = arrival.capture
  } else {
    const gap = arrival.timeUs - floats[f + F.LastTimeUs]
    if (gap > 0 && gap < TALK_GAP_US) floats[f + F.TalkUs] += gap
  }
  ints[i + I.Packets]++
  floats[f + F.Bytes] += octets
  floats[f + F.LastPosition] = arrival.position
  floats[f + F.LastTimeUs] = arrival.timeUs
  floats[f + F.LastFrame] = arrival.frame
  ints[i + I.LastCapture] = arrival.capture
}

/**
 * Takes an RTP packet into its stream's statistics and returns the estimate of its rollover counter relative to the
 * first packet's (RFC 3711 Appendix A on the sequence numbers seen so far, unauthenticated); -1 stands for the period
 * before the first packet's.
 *
 * @param offset of the RTP header; @param length octets present, 12 at least
 */
export function countRtp(
  table: StreamTable,
  id: number,
  arrival: Arrival,
  bytes: Uint8Array,
  offset: number,
  length: number,
): number {
  const i = table.intsAt(id)
  const { ints } = table
  const sequence = (bytes[offset + 2] << 8) | bytes[offset + 3]
  const type = bytes[offset + 1] & 127
  const first = ints[i + I.Packets] === 0
  countPacket(table, id, arrival, length)
  ints[i + I.PayloadTypes + (type >> 5)] |= 1 << (type & 31)
  if (first) {
    ints[i + I.BaseSequence] = sequence
    ints[i + I.HighestSequence] = sequence
    ints[i + I.SeenWindow] = 1
    remember(ints, i, sequence, arrival)
    startJitter(table, id, bytes, offset, arrival.timeUs)
    sampleBehindHeader(ints, i, bytes, offset, length)
    return 0
  }
  const highest = ints[i + I.HighestSequence]
  // The candidate nearest to the highest number seen: a signed 16-bit difference.
  const extended = highest + (((sequence - highest) << 16) >> 16)
  const ahead = extended - highest
  if (ahead > MAX_DROPOUT || ahead < -MAX_DROPOUT) {
    takeJump(ints, i, extended, sequence)
  } else if (ahead > 0) {
    ints[i + I.JumpTo] = 0
    shiftWindow(ints, i + I.SeenWindow, ahead)
    ints[i + I.HighestSequence] = extended
    updateJitter(table, id, bytes, offset, arrival.timeUs, type)
    sampleBehindHeader(ints, i, bytes, offset, length)
  } else {
    takeLate(ints, i, extended, -ahead, sequence, arrival)
  }
  remember(ints, i, sequence, arrival)
  return extended >> 16
}

/** CSRC list and header extension stay in the clear under SRTP (RFC 3711 §3.1) and say nothing of the payload. */
function sampleBehindHeader(ints: Int32Array, i: number, bytes: Uint8Array, offset: number, length: number): void {
  let header = 12 + (bytes[offset] & 15) * 4
  if ((bytes[offset] & 0x10) !== 0) {
    if (header + 4 > length) return
    header += 4 + ((bytes[offset + header + 2] << 8) | bytes[offset + header + 3]) * 4
  }
  samplePayload(ints, i, bytes, offset + header, length - header)
}

/** RFC 3550 A.1: two packets in order after a jump are a sender that restarted; one alone is a stray. */
function takeJump(ints: Int32Array, i: number, extended: number, sequence: number): void {
  if (ints[i + I.JumpTo] === sequence + 1) {
    ints[i + I.ExpectedBefore] += ints[i + I.HighestSequence] - ints[i + I.BaseSequence] + 1
    // The stray that announced the jump belongs to the new run.
    ints[i + I.ExpectedBefore] += 1
    ints[i + I.BaseSequence] = extended
    ints[i + I.HighestSequence] = extended
    clearWindow(ints, i + I.SeenWindow)
    ints[i + I.SeenWindow] = 1
    ints[i + I.JumpTo] = 0
  } else {
    ints[i + I.JumpTo] = ((sequence + 1) & 0xffff) + 1
  }
}

/** A packet at or behind the highest number: a copy seen elsewhere, a duplicate, or one that was overtaken. */
function takeLate(
  ints: Int32Array,
  i: number,
  extended: number,
  behind: number,
  sequence: number,
  arrival: Arrival,
): void {
  if (behind < WINDOW) {
    const word = i + I.SeenWindow + (behind >> 5)
    const bit = 1 << (behind & 31)
    if ((ints[word] & bit) !== 0) {
      if (isCaptureDuplicate(ints, i, sequence, arrival)) ints[i + I.CaptureDuplicates]++
      else ints[i + I.Duplicates]++
      return
    }
    ints[word] |= bit
  }
  ints[i + I.Reordered]++
  if (extended < ints[i + I.BaseSequence]) ints[i + I.BaseSequence] = extended
}

function remember(ints: Int32Array, i: number, sequence: number, arrival: Arrival): void {
  const at = i + I.Recent + (sequence & 15) * 2
  ints[at] = (sequence << 16) | arrival.identity
  ints[at + 1] = lowMicroseconds(arrival.timeUs)
}

function isCaptureDuplicate(ints: Int32Array, i: number, sequence: number, arrival: Arrival): boolean {
  const at = i + I.Recent + (sequence & 15) * 2
  if (ints[at] !== ((sequence << 16) | arrival.identity)) return false
  const apart = (lowMicroseconds(arrival.timeUs) - ints[at + 1]) | 0
  return apart > -CAPTURE_DUPLICATE_US && apart < CAPTURE_DUPLICATE_US
}

function lowMicroseconds(timeUs: number): number {
  return (timeUs % 4294967296) | 0
}

/** Moves the 128-bit window `by` numbers on and marks the new highest as seen; bit 0 of word 0 is the highest. */
function shiftWindow(ints: Int32Array, at: number, by: number): void {
  if (by >= WINDOW) {
    clearWindow(ints, at)
  } else {
    const words = by >> 5
    const bits = by & 31
    for (let w = 3; w >= 0; w--) {
      const low = w - words >= 0 ? ints[at + w - words] : 0
      const lower = bits !== 0 && w - words - 1 >= 0 ? ints[at + w - words - 1] >>> (32 - bits) : 0
      ints[at + w] = (low << bits) | lower
    }
  }
  ints[at] |= 1
}

function clearWindow(ints: Int32Array, at: number): void {
  ints[at] = ints[at + 1] = ints[at + 2] = ints[at + 3] = 0
}

function rtpTimestamp(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 4] << 24) | (bytes[offset + 5] << 16) | (bytes[offset + 6] << 8) | bytes[offset + 7]
}

function startJitter(table: StreamTable, id: number, bytes: Uint8Array, offset: number, timeUs: number): void {
  table.ints[table.intsAt(id) + I.LastRtpTimestamp] = rtpTimestamp(bytes, offset)
  table.floats[table.floatsAt(id) + F.JitterArrivalUs] = timeUs
}

/**
 * RFC 3550 A.8, in µs, between packets of different timestamps in sequence (the packets of one video frame or of one
 * telephone event share theirs). While a dynamic type's clock rate is not known, jitter is kept for each usual one.
 */
function updateJitter(
  table: StreamTable,
  id: number,
  bytes: Uint8Array,
  offset: number,
  timeUs: number,
  type: number,
): void {
  const i = table.intsAt(id)
  const f = table.floatsAt(id)
  const timestamp = rtpTimestamp(bytes, offset)
  const units = (timestamp - table.ints[i + I.LastRtpTimestamp]) | 0
  if (units === 0) return
  const elapsedUs = timeUs - table.floats[f + F.JitterArrivalUs]
  table.ints[i + I.LastRtpTimestamp] = timestamp
  table.floats[f + F.JitterArrivalUs] = timeUs
  const staticRate = STATIC_CLOCK_RATES[type]
  for (let slot = 0; slot < DYNAMIC_CLOCK_RATES.length; slot++) {
    const rate = DYNAMIC_CLOCK_RATES[slot]
    if (staticRate === 0 || staticRate === rate) filterJitter(table.floats, f, slot, elapsedUs - (units * 1e6) / rate)
  }
  if (staticRate === 11025 || staticRate === 22050 || staticRate === 44100) {
    filterJitter(table.floats, f, OTHER_STATIC_SLOT, elapsedUs - (units * 1e6) / staticRate)
  }
}

/** A talk spurt after a silence, a re-synchronised source: a difference of seconds says nothing of the network. */
const DISCONTINUITY_US = 3_000_000

function filterJitter(floats: Float64Array, f: number, slot: number, difference: number): void {
  const deviation = Math.abs(difference)
  if (deviation > DISCONTINUITY_US) return
  const jitter = floats[f + F.Jitter + slot] + (deviation - floats[f + F.Jitter + slot]) / 16
  floats[f + F.Jitter + slot] = jitter
  if (jitter > floats[f + F.MaxJitter + slot]) floats[f + F.MaxJitter + slot] = jitter
}

/** Packets lost: expected less received, copies not counted twice (RFC 3550 A.3). */
export function lostPackets(table: StreamTable, id: number): number {
  const i = table.intsAt(id)
  const { ints } = table
  const expected = ints[i + I.ExpectedBefore] + ints[i + I.HighestSequence] - ints[i + I.BaseSequence] + 1
  const received = ints[i + I.Packets] - ints[i + I.Duplicates] - ints[i + I.CaptureDuplicates]
  return Math.max(0, expected - received)
}
