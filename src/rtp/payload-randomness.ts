import { I } from './stream-record.ts'

/** Bins of the sample that the kernel takes of a stream's first payloads (workers/kernel/lane/payload-sample.ts). */
const BINS = 16

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
