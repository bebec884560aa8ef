import { DYNAMIC_CLOCK_RATES, jitterSlot } from './clock-rates.ts'
import { F, I, JITTER_STRIDE } from './stream-record.ts'
import type { StreamTable } from './stream-table.ts'

/** The clocks of audio. Video's timestamps go by frames, whose spacing is not known here. */
const RATES: readonly number[] = [...DYNAMIC_CLOCK_RATES.filter((rate) => rate !== 90_000), 11_025, 22_050, 44_100]
/** Clocks of hardware differ by far less, the two that are nearest to each other (22,050 and 24,000) by 8 %. */
const TOLERANCE = 0.02
/** How far the jitter may be from what arithmetic makes of another clock: the network adds its own. */
const JITTER_TOLERANCE = 0.25
/** What the network may add to it. */
const NETWORK_JITTER_US = 5000
/** One second of 20 ms packets. */
const LEAST_PACKETS = 50
/** So long a clock of 48 kHz takes to count half of 32 bits. */
const LONGEST_US = (2 ** 31 / 48_000) * 1e6

/** What an audio stream's timestamps go by. */
export interface OtherClock {
  /** Hz. */
  readonly sent: number
  /** At the stream's end, where it is measured by the clock of its codec. */
  readonly jitterUs: number
}

/**
 * The clock that the timestamps of an audio stream go by, in Hz, where it is plainly not the one of its codec: from the first
 * packet to the last they went as far as that clock does, and the jitter (RFC 3550 A.8) is what it comes to where packets
 * arrive evenly and are measured by the wrong clock. A silence in which timestamps stand still, an event, or a source that
 * set its timestamps anew is none of that.
 *
 * @param rate the codec's clock, in Hz
 */
export function otherClockOf(table: StreamTable, id: number, rate: number): OtherClock | undefined {
  const [i, f] = [table.intsAt(id), table.floatsAt(id)]
  const { ints, floats } = table
  const slot = jitterSlot(rate)
  const packets = ints[i + I.Packets]
  const durationUs = floats[f + F.JitterArrivalUs] - floats[f + F.FirstTimeUs]
  const talkUs = floats[f + F.TalkUs]
  if (slot < 0 || !RATES.includes(rate) || packets < LEAST_PACKETS || talkUs <= 0 || durationUs > LONGEST_US) {
    return undefined
  }
  const units = (ints[i + I.LastRtpTimestamp] - ints[i + I.FirstRtpTimestamp]) >>> 0
  // Whether or not they stand still in silences.
  const measured = [durationUs, talkUs].map((us) => (units * 1e6) / us)
  if (measured.some((hz) => isNear(hz, rate, TOLERANCE))) return undefined
  const [byDuration, byTalk] = measured.map((hz) => RATES.find((one) => one !== rate && isNear(hz, one, TOLERANCE)))
  const sent = byDuration ?? byTalk
  if (sent === undefined) return undefined
  const packetUs = talkUs / (packets - 1)
  const byArithmetic = packetUs * Math.abs(1 - sent / rate)
  const jitterUs = floats[f + F.Jitter + slot * JITTER_STRIDE]
  const maxJitterUs = floats[f + F.MaxJitter + slot * JITTER_STRIDE]
  // A sender that stands still now and then, short of processor time, looks so by its talk too: but for the silences it must be even.
  if (byDuration === undefined && maxJitterUs > 2 * byArithmetic + NETWORK_JITTER_US) return undefined
  return isNear(jitterUs, byArithmetic, JITTER_TOLERANCE) ? { sent, jitterUs } : undefined
}

function isNear(value: number, wanted: number, tolerance: number): boolean {
  return Math.abs(value - wanted) <= wanted * tolerance
}
