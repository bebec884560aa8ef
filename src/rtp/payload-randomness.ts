import { I } from './stream-record.ts'

/** Bins of the sample that the kernel takes of a stream's first payloads (workers/kernel/lane/payload-sample.ts). */
export const PAYLOAD_BINS = 16

/** `I.Sampled` of a stream of a lean trace whose next payload to be sampled was left out. */
export const SAMPLE_MISSED = 0x7fffffff

/**
 * Whether the sampled payload is unprotected: its octets are far from uniform, or every packet starts with the same
 * octet. `undefined` where too little was seen to tell.
 */
export function looksPlain(ints: Int32Array, at: number): boolean | undefined {
  const packets = ints[at + I.Sampled]
  if (packets < 3) return undefined
  const histogram = ints.subarray(at + I.Histogram, at + I.Histogram + PAYLOAD_BINS)
  return isClearPayload(histogram, packets, ints[at + I.FirstOctetSame])
}

/**
 * @param histogram of the upper halves of octets of the payloads
 * @param sameFirstOctets packets whose payload begins with the octet that the first one's does
 */
export function isClearPayload(histogram: Int32Array, packets: number, sameFirstOctets: number): boolean {
  // 16 bins have 15 degrees of freedom: a uniform source passes 60 once in some 10^6 samples.
  const expected = histogram.reduce((sum, count) => sum + count, 0) / PAYLOAD_BINS
  const chiSquare = histogram.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return chiSquare > 60 || (packets >= 6 && sameFirstOctets >= packets * 0.75)
}
