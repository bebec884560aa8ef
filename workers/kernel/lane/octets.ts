/** Unaligned reads in network byte order. */
export function u16At(address: usize): u32 {
  return bswap<u16>(load<u16>(address))
}

export function u32At(address: usize): u32 {
  return bswap<u32>(load<u32>(address))
}
