import { RTCP_HEADER_LENGTH, SRTCP_INDEX_LENGTH } from './packet-layout.ts'
import type { SessionKeys } from './session-keys.ts'
import { Verdict } from './verdict.ts'

/** The E bit of an SRTCP packet: its payload is encrypted (RFC 3711 §3.4). */
export const ENCRYPTED = 0x8000_0000

/** Octets of the tag of an SRTCP packet that was found to be `verdict`. */
export function srtcpTagLength({ srtcpTagLengths }: SessionKeys, verdict: Verdict): number {
  if (verdict === Verdict.NotAuthenticated) return 0
  return srtcpTagLengths[verdict === Verdict.VerifiedShortTag ? 1 : 0] ?? 0
}

/**
 * Where E bit and index stand, from the packet's beginning, or -1 where the packet is too short for them: an AEAD tag
 * stands before the index (RFC 7714 §9), an HMAC tag behind it.
 */
export function srtcpIndexAt({ mkiLength, suite }: SessionKeys, length: number, tagLength: number): number {
  const behind = mkiLength + (suite.authentication === 'gcm' ? 0 : tagLength)
  const indexAt = length - behind - SRTCP_INDEX_LENGTH
  const least = RTCP_HEADER_LENGTH + (suite.authentication === 'gcm' ? tagLength : 0)
  return indexAt < least ? -1 : indexAt
}

/** E bit and index at `offset`, 32 bits. */
export function readSrtcpIndex(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]) >>> 0
}
