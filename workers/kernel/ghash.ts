/** Octets of a table: for each octet its multiple of H. */
export const MULTIPLES_BYTES: usize = 4096

/** A block as one number, or back: GHASH counts from the first octet's uppermost bit (NIST SP 800-38D §6.3). */
export function swapBlock(block: v128): v128 {
  return i8x16.swizzle(block, i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0))
}

/** Writes the 256 multiples of H that multiply() adds up. @param h the hash's key as a number, see swapBlock */
export function writeMultiples(h: v128, table: usize): void {
  let upper = <u64>i64x2.extract_lane(h, 1)
  let lower = <u64>i64x2.extract_lane(h, 0)
  v128.store(table, i64x2.splat(0))
  // The uppermost bit of an octet is its lowest power of x.
  for (let bit: usize = 2048; bit >= 16; bit >>= 1) {
    v128.store(table + bit, i64x2(lower, upper))
    const reduction: u64 = (lower & 1) != 0 ? 0xe100000000000000 : 0
    lower = (lower >> 1) | (upper << 63)
    upper = (upper >> 1) ^ reduction
  }
  for (let bit: usize = 32; bit < MULTIPLES_BYTES; bit <<= 1) {
    const multiple = v128.load(table + bit)
    for (let lesser: usize = 16; lesser < bit; lesser += 16) {
      v128.store(table + bit + lesser, v128.xor(multiple, v128.load(table + lesser)))
    }
  }
}
