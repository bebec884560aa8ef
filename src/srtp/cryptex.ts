/*
 * Header extension and CSRC list encrypted with the payload (RFC 9335): what is "defined by profile" says so, packet by packet
 * (§5.2). The four octets that say it stay in the clear, between the two. Put in front of the CSRC list they leave what is
 * encrypted in one piece, and are associated data of AEAD with the fixed header (§6.2). Where nothing is encrypted by agreement
 * (UNENCRYPTED_SRTP) such a header is as any other.
 *
 *   on the wire  | fixed header, 12 | CSRC list       | c0de or c2de, length | extension | payload |
 *   gathered     | fixed header, 12 | c0de or c2de, length | CSRC list       | extension | payload |
 */
import { RTP_HEADER_LENGTH } from './packet-layout.ts'

/** Octets that are in the clear when they are gathered. */
export const CRYPTEX_CLEAR_LENGTH = 16

/** "Defined by profile" of RFC 8285 for each that RFC 9335 §5.1 writes in its place. */
const PROFILES: ReadonlyMap<number, number> = new Map([
  [0xc0de, 0xbede],
  [0xc2de, 0x1000],
])

/** @param bytes an RTP packet at `offset`, which has room for its header */
export function isCryptex(bytes: Uint8Array, offset: number): boolean {
  if ((bytes[offset] & 0x10) === 0) return false
  const at = offset + RTP_HEADER_LENGTH + csrcOctets(bytes[offset])
  return PROFILES.has((bytes[at] << 8) | bytes[at + 1])
}

/** A copy of the packet, gathered. */
export function gatherCryptex(packet: Uint8Array): Uint8Array {
  const gathered = new Uint8Array(packet)
  const csrcs = csrcOctets(packet[0])
  const extension = RTP_HEADER_LENGTH + csrcs
  gathered.set(packet.subarray(extension, extension + 4), RTP_HEADER_LENGTH)
  gathered.set(packet.subarray(RTP_HEADER_LENGTH, extension), CRYPTEX_CLEAR_LENGTH)
  return gathered
}

/** The packet as it was before RFC 9335: a copy of one that was gathered, and is decrypted. */
export function scatterCryptex(gathered: Uint8Array): Uint8Array {
  const packet = new Uint8Array(gathered)
  const csrcs = csrcOctets(gathered[0])
  const extension = RTP_HEADER_LENGTH + csrcs
  const profile = PROFILES.get((gathered[12] << 8) | gathered[13]) ?? 0
  packet.set(gathered.subarray(CRYPTEX_CLEAR_LENGTH, CRYPTEX_CLEAR_LENGTH + csrcs), RTP_HEADER_LENGTH)
  packet.set([profile >> 8, profile & 0xff, gathered[14], gathered[15]], extension)
  return packet
}

function csrcOctets(first: number): number {
  return (first & 0x0f) * 4
}
