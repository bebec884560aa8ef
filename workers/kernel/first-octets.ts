const ONES_AND_ZEROS: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0,
])

/** A mask of the first octets of a vector; of all where there are more. */
export function firstOctets(count: i32): v128 {
  return v128.load(ONES_AND_ZEROS + 16 - <usize>min(count, 16))
}
