/*
 * How several captures travel as one: records in the order of time, little-endian, each under a header of 32 octets.
 * It never leaves the process.
 *
 *   | capture   u32 |  0      index of the capture the record comes from
 *   | frame     u32 |  4      1-based in that capture
 *   | seconds   f64 |  8
 *   | nanosec.  u32 | 16
 *   | link type u32 | 20
 *   | captured  u32 | 24      octets that follow
 *   | original  u32 | 28
 */
export const MERGED_HEADER = 32

export const MergedField = {
  Capture: 0,
  Frame: 4,
  Seconds: 8,
  Nanoseconds: 16,
  LinkType: 20,
  Captured: 24,
  Original: 28,
} as const
