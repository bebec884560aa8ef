/**
 * The one's complement of the one's complement sum of 16-bit words (RFC 1071 §1), over octets [from, to).
 *
 * @param start what is added beside them
 */
export function internetChecksum(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let sum = start
  const even = to - ((to - from) & 1)
  for (let at = from; at < even; at += 2) sum += (bytes[at] << 8) | bytes[at + 1]
  if (even < to) sum += bytes[even] << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
