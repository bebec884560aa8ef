import { I } from './stream-record.ts'
import type { StreamTable } from './stream-table.ts'

/** Missing sequence numbers that say little of the network, and the most that are missing at once. */
export interface Holes {
  /** Passed over in silences of more than half a second: by a sender that paused, or by an outage. */
  readonly inSilence: number
  /** Passed over faster than any sender: the source renumbered itself, or the number is damaged. */
  readonly inLeaps: number
  /** `frame` brought the packet behind them. Some of them may have come late. */
  readonly largest?: {
    readonly packets: number
    /** 0 where the capture's clock was set back meanwhile, or its packets are not in the order of their times. */
    readonly durationMs: number
    readonly capture: number
    readonly frame: number
  }
}

export function holesOf(table: StreamTable, id: number): Holes {
  const i = table.intsAt(id)
  const { ints } = table
  const packets = ints[i + I.HoleLost]
  const [inSilence, inLeaps] = [ints[i + I.LostInSilence], ints[i + I.LostInLeap]]
  if (packets === 0) return inSilence + inLeaps === 0 ? NO_HOLES : { inSilence, inLeaps }
  const durationMs = Math.max(0, ints[i + I.HoleMs])
  const [capture, frame] = [ints[i + I.HoleCapture], ints[i + I.HoleFrame] >>> 0]
  return { inSilence, inLeaps, largest: { packets, durationMs, capture, frame } }
}

const NO_HOLES: Holes = { inSilence: 0, inLeaps: 0 }

/** Packets lost: expected less received, copies not counted twice (RFC 3550 A.3). */
export function lostPackets(table: StreamTable, id: number): number {
  const i = table.intsAt(id)
  const { ints } = table
  const expected = ints[i + I.ExpectedBefore] + ints[i + I.HighestSequence] - ints[i + I.BaseSequence] + 1
  return Math.max(0, expected - receivedPackets(table, id))
}

/** Without copies. */
function receivedPackets(table: StreamTable, id: number): number {
  const i = table.intsAt(id)
  const { ints } = table
  return ints[i + I.Packets] - ints[i + I.Duplicates] - ints[i + I.CaptureDuplicates]
}

/** Packets that a stream must have before its sequence numbers can speak for it. */
const PROBATION = 4

/**
 * Whether sequence numbers alone make a stream of RTP (RFC 3550 A.1): other protocols pass as single packets, in leaps, or
 * with one number over and over.
 */
export function hangsTogether(table: StreamTable, id: number): boolean {
  const received = receivedPackets(table, id)
  return received >= PROBATION && lostPackets(table, id) <= received
}
