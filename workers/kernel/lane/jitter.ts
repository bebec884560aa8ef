import { CLOCK_RATES, clockRates, clockSlots, JITTER_BYTES, NO_CLOCK_SLOT, Stream } from '../generated/layout'
import { u32At } from './octets'
import { TALK_GAP_US } from './silence'
import { noteJitter } from './timelines'

/** A re-synchronised source, or one whose timestamps stood still in a silence: such a difference says nothing of the network. */
const DISCONTINUITY_US: f64 = 1_000_000

/**
 * A timestamp that is back by less, of a packet in sequence, is that of a picture that is shown before the one sent first; one that
 * stays back for longer was set back.
 */
const PICTURES: i32 = 90_000
const PICTURES_US: f64 = 500_000

/**
 * RFC 3550 A.8, in µs, between packets of different timestamps in sequence (the packets of one video frame or of one
 * telephone event share theirs). While a dynamic type's clock rate is not known, jitter is kept for each usual one. @inline
 */
export function updateJitter(
  record: usize,
  packet: usize,
  timeUs: f64,
  type: i32,
  changes: bool,
  isInSequence: bool,
): void {
  const timestamp = <i32>u32At(packet + 4)
  const units = timestamp - load<i32>(record + Stream.LastRtpTimestamp)
  if (units == 0) return
  const elapsedUs = timeUs - load<f64>(record + Stream.JitterArrivalUs)
  // Pictures need not be sent in the order of their timestamps (RFC 3550 §5.1).
  if (isInSequence && units < 0 && units > -PICTURES && elapsedUs < PICTURES_US) return
  store<i32>(record + Stream.LastRtpTimestamp, timestamp)
  store<f64>(record + Stream.JitterArrivalUs, timeUs)
  // Another codec may have another clock; and where time goes back it is the capture's clock that was set.
  if (changes || elapsedUs < 0) return
  // RFC 3551 §4.1: the marker begins a talk spurt. Not every source lets its timestamps run on through a silence.
  if (elapsedUs > TALK_GAP_US && (load<u8>(packet, 1) & 128) != 0) return
  const slot = <i32>load<u8>(clockSlots + type)
  if (slot != NO_CLOCK_SLOT) {
    filterJitter(record, slot, elapsedUs - (<f64>units * 1e6) / load<f64>(clockRates + ((<usize>type) << 3)))
    return
  }
  filterEach(record, elapsedUs, units)
}

function filterEach(record: usize, elapsedUs: f64, units: i32): void {
  for (let n = 0; n < CLOCK_RATES; n++) {
    filterJitter(record, n, elapsedUs - (<f64>units * 1e6) / load<f64>(clockRates + ((<usize>(128 + n)) << 3)))
  }
}

/** @inline */
function filterJitter(record: usize, slot: i32, difference: f64): void {
  const deviation = Math.abs(difference)
  if (deviation > DISCONTINUITY_US) return
  const at = record + Stream.Jitter + <usize>slot * JITTER_BYTES
  const before = load<f64>(at)
  const jitter = before + (deviation - before) / 16
  store<f64>(at, jitter)
  noteJitter(record, slot, jitter)
  if (jitter > load<f64>(at, 8)) store<f64>(at, jitter, 8)
}
