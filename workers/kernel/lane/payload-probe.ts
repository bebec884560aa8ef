import { PROBE_BYTES, PROBES, Stream } from '../generated/layout'

/*
 * One packet in 16 may be probed, by its sequence number: whoever numbers packets alike is probed at the same places,
 * so that two streams, or two runs of one, that use a packet index for different octets are found out
 * (src/model/keystream-reuse.ts) though no packet is kept.
 */
const EVERY: i32 = 16
/** Octets that go into the digest; behind them the longest tag must still find room. */
export const PROBED_OCTETS: i32 = 8
const LONGEST_TAG: i32 = 16

/** Whether a packet of this sequence number may be probed. */
export function isProbed(sequence: i32): bool {
  return (sequence & (EVERY - 1)) == 0
}

/**
 * Takes a packet in whose number is probed. Each slot keeps the number that comes first in an order of its own, which
 * has nothing to do with time: where two runs of numbers overlap, their slots are likely to agree.
 */
export function probePayload(record: usize, extended: i32, payload: usize, length: i32, frame: u32): void {
  if (length < PROBED_OCTETS + LONGEST_TAG) return
  const number = (extended & 0xffff) / EVERY
  const slot = record + Stream.Probes + <usize>(number % PROBES) * PROBE_BYTES
  const digest = load<i32>(payload) ^ (load<i32>(payload, 4) * 0x27d4eb2f)
  const keptFrame = load<u32>(slot, 8)
  if (keptFrame != 0) {
    const kept = load<i32>(slot)
    if (kept == extended) {
      if (load<i32>(slot, 4) != digest) rewritten(record, extended & 0xffff, keptFrame, frame)
      return
    }
    if (rank((kept & 0xffff) / EVERY) <= rank(number)) return
  }
  store<i32>(slot, extended)
  store<i32>(slot, digest, 4)
  store<u32>(slot, frame, 8)
}

function rank(number: i32): u32 {
  return <u32>number * 0x9e3779b1
}

/** Only the first time is kept. */
function rewritten(record: usize, sequence: i32, before: u32, frame: u32): void {
  if (load<i32>(record + Stream.Rewritten) != 0) return
  store<i32>(record + Stream.Rewritten, sequence + 1)
  store<u32>(record + Stream.RewrittenFrames, before)
  store<u32>(record + Stream.RewrittenFrames, frame, 4)
}
