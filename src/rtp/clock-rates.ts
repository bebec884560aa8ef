/** Clock rates in Hz for which jitter is kept while the codec is not known yet: the ones of registered audio and video formats. */
export const DYNAMIC_CLOCK_RATES: readonly number[] = [8000, 16000, 24000, 32000, 48000, 90000]

/** Index in a stream's jitter slots for a static payload type of another rate (11025, 22050, 44100). */
const OTHER_STATIC_SLOT = DYNAMIC_CLOCK_RATES.length
export const JITTER_SLOTS = DYNAMIC_CLOCK_RATES.length + 1

/** RFC 3551 tables 4 and 5: payload type to clock rate; 0 where the type is unassigned or dynamic. */
export const STATIC_CLOCK_RATES: Float64Array = clockRateTable()

function clockRateTable(): Float64Array {
  const table = new Float64Array(128)
  for (const type of [0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18]) table[type] = 8000
  table[6] = 16000
  table[10] = 44100
  table[11] = 44100
  table[16] = 11025
  table[17] = 22050
  for (const type of [14, 25, 26, 28, 31, 32, 33, 34]) table[type] = 90000
  return table
}

/** The jitter slot of a static payload type, or -1 where the rate is not known and jitter is kept for every dynamic one. */
export function staticJitterSlot(payloadType: number): number {
  return jitterSlot(STATIC_CLOCK_RATES[payloadType])
}

/** The jitter slot of a clock rate, or -1 where none was kept for it. */
export function jitterSlot(clockRate: number): number {
  const dynamic = DYNAMIC_CLOCK_RATES.indexOf(clockRate)
  if (dynamic >= 0) return dynamic
  return clockRate === 11025 || clockRate === 22050 || clockRate === 44100 ? OTHER_STATIC_SLOT : -1
}
