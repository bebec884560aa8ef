import { I } from './stream-table.ts'

/**
 * Encrypted payload is uniform; speech, silence and the first octet of a codec's frame are not. The first packets of
 * a stream are sampled into 16 bins, which is enough to tell the two apart without keeping a packet.
 */
const SAMPLED_PACKETS = 48
const OCTETS_PER_PACKET = 16
const BINS = 16

/** Adds a packet's payload to the sample at `ints[at + I.Histogram]`, until enough were seen. */
export function samplePayload(ints: Int32Array, at: number, bytes: Uint8Array, offset: number, length: number): void {
  if (ints[at + I.Sampled] >= SAMPLED_PACKETS || length < OCTETS_PER_PACKET) return
  if (ints[at + I.Sampled] === 0) ints[at + I.FirstOctet] = bytes[offset]
  if (ints[at + I.FirstOctet] === bytes[offset]) ints[at + I.FirstOctetSame]++
  ints[at + I.Sampled]++
  const histogram = at + I.Histogram
  // Spread over the payload without its first octet, which has its own count, and without a tag's length at the end.
  const step = Math.max(1, ((length - 1) / OCTETS_PER_PACKET) | 0)
  for (let n = 0, o = offset + 1; n < OCTETS_PER_PACKET && o < offset + length; n++, o += step) {
    ints[histogram + (bytes[o] >> 4)]++
  }
}

/**
 * Whether the sampled payload is unprotected: its octets are far from uniform, or every packet starts with the same
 * octet. `undefined` where too little was seen to tell.
 */
export function looksPlain(ints: Int32Array, at: number): boolean | undefined {
  const packets = ints[at + I.Sampled]
  if (packets < 3) return undefined
  // 16 bins have 15 degrees of freedom: a uniform source passes 60 once in some 10^6 samples.
  let total = 0
  for (let bin = 0; bin < BINS; bin++) total += ints[at + I.Histogram + bin]
  const expected = total / BINS
  let chiSquare = 0
  for (let bin = 0; bin < BINS; bin++) chiSquare += (ints[at + I.Histogram + bin] - expected) ** 2 / expected
  if (chiSquare > 60) return true
  return packets >= 6 && ints[at + I.FirstOctetSame] >= packets * 0.75
}
