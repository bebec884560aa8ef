/** The octets of each word turned about: between network order and the host's. */
export function swapWords(octets: v128): v128 {
  return i8x16.swizzle(octets, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
}

/**
 * Four words of each of four lanes become four vectors of one word of every lane, and the other way about.
 *
 * @param row octets from one of these vectors to the next
 */
export function storeTransposed(lane0: v128, lane1: v128, lane2: v128, lane3: v128, at: usize, row: usize): void {
  const low01 = v128.shuffle<i32>(lane0, lane1, 0, 4, 1, 5)
  const low23 = v128.shuffle<i32>(lane2, lane3, 0, 4, 1, 5)
  const high01 = v128.shuffle<i32>(lane0, lane1, 2, 6, 3, 7)
  const high23 = v128.shuffle<i32>(lane2, lane3, 2, 6, 3, 7)
  v128.store(at, v128.shuffle<i64>(low01, low23, 0, 2))
  v128.store(at + row, v128.shuffle<i64>(low01, low23, 1, 3))
  v128.store(at + 2 * row, v128.shuffle<i64>(high01, high23, 0, 2))
  v128.store(at + 3 * row, v128.shuffle<i64>(high01, high23, 1, 3))
}
