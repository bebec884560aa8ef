import { SAMPLE_MISSED, Stream } from '../generated/layout'

/*
 * Encrypted payload is uniform; speech, silence and the first octet of a codec's frame are not. The first packets of
 * a stream are sampled into 16 bins (src/rtp/payload-randomness.ts judges them), without keeping a packet.
 */
const SAMPLED_PACKETS: i32 = 48
const OCTETS_PER_PACKET: i32 = 16
/** Octets at the end that are no payload under SRTP: a tag with an MKI, which is the same in every packet (RFC 3711 §3.1). */
const LONGEST_TRAILER: i32 = 16

/** Where the octets end that are there of the packet at hand; 0 where all are. */
let presentEnd: usize = 0

/** Says how far the octets of the next packets go in a lean trace, where payload is left out; 0 for all the way. */
export function limitPayload(end: usize): void {
  presentEnd = end
}

/** Adds a packet's payload to its stream's sample, until enough were seen. */
export function samplePayload(record: usize, payload: usize, length: i32): void {
  const sampled = load<i32>(record + Stream.Sampled)
  if (sampled >= SAMPLED_PACKETS || length < OCTETS_PER_PACKET) return
  if (presentEnd != 0 && payload + length > presentEnd) {
    store<i32>(record + Stream.Sampled, SAMPLE_MISSED)
    return
  }
  const first = <i32>load<u8>(payload)
  if (sampled == 0) store<i32>(record + Stream.FirstOctet, first)
  if (load<i32>(record + Stream.FirstOctet) == first) {
    store<i32>(record + Stream.FirstOctetSame, load<i32>(record + Stream.FirstOctetSame) + 1)
  }
  store<i32>(record + Stream.Sampled, sampled + 1)
  // Spread over the payload without its first octet, which has its own count, and without what may stand behind it.
  const octets = length - LONGEST_TRAILER
  const step = <usize>max(1, (octets - 1) / OCTETS_PER_PACKET)
  const end = payload + octets
  for (let n = 0, at = payload + 1; n < OCTETS_PER_PACKET && at < end; n++, at += step) {
    const bin = record + Stream.Histogram + ((<usize>load<u8>(at) >> 4) << 2)
    store<i32>(bin, load<i32>(bin) + 1)
  }
}

/** Whether the stream's sample has room for another packet. */
export function wantsSample(record: usize): bool {
  return load<i32>(record + Stream.Sampled) < SAMPLED_PACKETS
}
