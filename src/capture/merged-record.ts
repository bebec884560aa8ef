/*
 * How several captures travel as one: records in the order of time, little-endian, each under a header of 36 octets. A
 * lean trace (docs/decisions/as-one.md) is written the same: there octets may be left out behind the first ones of a record.
 *
 *   | capture   u32 |  0      index of the capture the record comes from
 *   | frame     u32 |  4      1-based in that capture; 0: no record, but secrets to open records with
 *   | seconds   f64 |  8
 *   | nanosec.  u32 | 16
 *   | link type u32 | 20
 *   | captured  u32 | 24
 *   | original  u32 | 28
 *   | kept      u32 | 32      octets that follow
 */
export const MERGED_HEADER = 36

export const MergedField = {
  Capture: 0,
  Frame: 4,
  Seconds: 8,
  Nanoseconds: 16,
  LinkType: 20,
  Captured: 24,
  Original: 28,
  Kept: 32,
} as const
