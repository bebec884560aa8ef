import { isClearPayload, PAYLOAD_BINS } from '../../rtp/payload-randomness.ts'
import type { SampledPacket } from '../second-pass/resolution.ts'

/** Octets of each payload that are looked at, spread over it. */
const OCTETS_PER_PACKET = 16
/** So many octets at the end may be a tag, which is random whatever it stands behind. */
const LONGEST_TAG = 16
const LEAST_PACKETS = 3

/**
 * Whether RTP packets that fail are in the clear, by the statistics of their payload (rules.md, "Explaining a failure").
 * Says nothing of suites that do not encrypt.
 */
export function isClearSample(sample: readonly SampledPacket[]): boolean {
  const histogram = new Int32Array(PAYLOAD_BINS)
  const firstOctets: number[] = []
  for (const { bytes } of sample) {
    const start = payloadOffset(bytes)
    const length = bytes.length - LONGEST_TAG - start
    if (length < OCTETS_PER_PACKET) continue
    firstOctets.push(bytes[start])
    const step = Math.floor(length / OCTETS_PER_PACKET)
    for (let n = 1; n <= OCTETS_PER_PACKET; n++) histogram[bytes[start + n * step] >> 4]++
  }
  const same = firstOctets.filter((octet) => octet === firstOctets[0]).length
  return firstOctets.length >= LEAST_PACKETS && isClearPayload(histogram, 0, firstOctets.length, same)
}

/** Behind the CSRC list and the header extension (RFC 3550 §5.1, §5.3.1). */
function payloadOffset(bytes: Uint8Array): number {
  const fixed = 12 + (bytes[0] & 15) * 4
  if ((bytes[0] & 0x10) === 0 || bytes.length < fixed + 4) return fixed
  return fixed + 4 + ((bytes[fixed + 2] << 8) | bytes[fixed + 3]) * 4
}
