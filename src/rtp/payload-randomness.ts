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
  return isClearPayload(ints, at + I.Histogram, packets, ints[at + I.FirstOctetSame])
}

/** So many packets, and so far from uniform, that of no number of encrypted streams one would look so. */
const SURE_PACKETS = 8
export const SURE_CHI_SQUARE = 120

/** Whether the sampled payload is beyond doubt unprotected: where its tags verify, nothing else speaks for that. */
export function isSurelyClear(ints: Int32Array, at: number): boolean {
  const packets = ints[at + I.Sampled]
  if (packets < SURE_PACKETS || packets === SAMPLE_MISSED) return false
  return isClearPayload(ints, at + I.Histogram, packets, ints[at + I.FirstOctetSame], SURE_CHI_SQUARE)
}

/** All that is sampled of a stream (workers/kernel/lane/payload-sample.ts), and what encrypted payload passes once in 10^4. */
const ALL_PACKETS = 48
const RANDOM_CHI_SQUARE = 44

/** Whether the whole sample is without any pattern: what encryption makes, and no codec that does not compress. */
export function isSurelyRandom(ints: Int32Array, at: number): boolean {
  const packets = ints[at + I.Sampled]
  if (packets !== ALL_PACKETS) return false
  return !isClearPayload(ints, at + I.Histogram, packets, ints[at + I.FirstOctetSame], RANDOM_CHI_SQUARE)
}

/** 16 bins have 15 degrees of freedom: a uniform source passes 60 once in some 10^6 samples. */
const LEAST_CHI_SQUARE = 60

/**
 * @param histogram of the upper halves of octets of the payloads; it begins at `at`
 * @param sameFirstOctets packets whose payload begins with the octet that the first one's does
 */
export function isClearPayload(
  histogram: Int32Array,
  at: number,
  packets: number,
  sameFirstOctets: number,
  leastChiSquare: number = LEAST_CHI_SQUARE,
): boolean {
  let octets = 0
  for (let bin = 0; bin < PAYLOAD_BINS; bin++) octets += histogram[at + bin]
  const expected = octets / PAYLOAD_BINS
  let chiSquare = 0
  for (let bin = 0; bin < PAYLOAD_BINS; bin++) chiSquare += (histogram[at + bin] - expected) ** 2 / expected
  return chiSquare > leastChiSquare || (packets >= 6 && sameFirstOctets >= packets * 0.75)
}
