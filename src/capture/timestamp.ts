import type { RecordCursor } from './record.ts'

const TWO_16 = 0x10000
const TWO_32 = 0x100000000
/** Below this upper half, units and units + one second stay under 2^53. */
const SAFE_HIGH = 0x1fffff
const POWERS_OF_TEN = Array.from({ length: 10 }, (_, n) => 10 ** n)

/**
 * Writes the time of a pcapng packet into `cursor`, exactly (rounded down to a nanosecond), without big integers.
 *
 * @param high upper 32 bits of the 64-bit count of units since 1970
 * @param low lower 32 bits
 * @param resolution the if_tsresol octet: upper bit clear, units of 10^-n s; set, units of 2^-n s (pcapng §4.2)
 * @param offset if_tsoffset: whole seconds to add
 */
export function setTimestamp(
  cursor: RecordCursor,
  high: number,
  low: number,
  resolution: number,
  offset: number,
): void {
  if (resolution >= 0x80) setBinary(cursor, high, low, resolution - 0x80)
  else setDecimal(cursor, high, low, resolution)
  cursor.seconds += offset
}

function setDecimal(cursor: RecordCursor, high: number, low: number, digits: number): void {
  // Finer than a nanosecond: the surplus digits are cut off one by one, which is exact. 10^20 > 2^64.
  for (let surplus = Math.min(digits - 9, 20); surplus > 0; surplus--) {
    const quotient = Math.floor(high / 10)
    low = Math.floor(((high - quotient * 10) * TWO_32 + low) / 10)
    high = quotient
  }
  const perSecond = POWERS_OF_TEN[Math.min(digits, 9)]
  const toNanoseconds = POWERS_OF_TEN[Math.max(9 - digits, 0)]
  if (high < SAFE_HIGH) {
    const units = high * TWO_32 + low
    const seconds = Math.floor(units / perSecond)
    cursor.seconds = seconds
    cursor.nanoseconds = (units - seconds * perSecond) * toNanoseconds
    return
  }
  if (perSecond >= 1_000_000) {
    // One division: its quotient is off by one at most, and the remainder below 2^32 tells, for it needs 32 bits only.
    let seconds = Math.floor((high * TWO_32 + low) / perSecond)
    let units = (low - Math.imul(seconds, perSecond)) >>> 0
    if (units >= 2 * perSecond) {
      seconds--
      units = (units + perSecond) >>> 0
    } else if (units >= perSecond) {
      seconds++
      units -= perSecond
    }
    cursor.seconds = seconds
    cursor.nanoseconds = units * toNanoseconds
    return
  }
  // Long division by limbs of 32, 16 and 16 bits: no step exceeds 2^20 * 2^16.
  const first = Math.floor(high / perSecond)
  const middle = (high - first * perSecond) * TWO_16 + (low >>> 16)
  const second = Math.floor(middle / perSecond)
  const rest = (middle - second * perSecond) * TWO_16 + (low & 0xffff)
  const third = Math.floor(rest / perSecond)
  cursor.seconds = first * TWO_32 + second * TWO_16 + third
  cursor.nanoseconds = (rest - third * perSecond) * toNanoseconds
}

function setBinary(cursor: RecordCursor, high: number, low: number, bits: number): void {
  let fractionHigh = high
  let fractionLow = low
  if (bits < 32) {
    const unit = 2 ** bits
    cursor.seconds = high * (TWO_32 / unit) + Math.floor(low / unit)
    fractionHigh = 0
    fractionLow = low % unit
  } else if (bits < 64) {
    const unit = 2 ** (bits - 32)
    cursor.seconds = Math.floor(high / unit)
    fractionHigh = high % unit
  } else {
    cursor.seconds = 0
  }
  // fraction * 10^9 in limbs of 16 bits (no product exceeds 2^47), then floor(that / 2^bits).
  let nanoseconds = 0
  let carry = 0
  for (let limb = 0; limb < 5; limb++) {
    const half = limb < 2 ? fractionLow : limb < 4 ? fractionHigh : 0
    const product = ((limb & 1) === 0 ? half & 0xffff : half >>> 16) * 1_000_000_000 + carry
    carry = Math.floor(product / TWO_16)
    const value = limb === 4 ? product : product - carry * TWO_16
    nanoseconds += Math.floor(value * 2 ** (16 * limb - bits))
  }
  cursor.nanoseconds = nanoseconds
}
