/** What verification found about one packet. */
export const Verdict = {
  /** The tag is right; SRTCP: and has the length that the suite's RFC asks for. */
  Verified: 0,
  /** SRTCP: the tag is right, in the shorter form that some senders use (4 octets under _32, 8 under GCM_8). */
  VerifiedShortTag: 1,
  Failed: 2,
  /** No room for header, MKI and tag. */
  TooShort: 3,
  /** Another MKI than the key's stands in the packet. */
  MkiMismatch: 4,
  /** The suite, or the key's session parameters, leave this packet without a tag. */
  NotAuthenticated: 5,
} as const
export type Verdict = (typeof Verdict)[keyof typeof Verdict]

/** Whether the tag is right, whatever its length. */
export function isVerified(verdict: Verdict): boolean {
  return verdict === Verdict.Verified || verdict === Verdict.VerifiedShortTag
}

/**
 * Verifies packets under one key. Pure: the same octets and rollover counter give the same verdict, whatever was asked
 * before. Never throws on a packet's account.
 */
export interface Authenticator {
  /**
   * @param bytes the whole SRTP packet stands at [offset, offset + length)
   * @param roc rollover counter, 0…2^32-1
   */
  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict
  /** The same for SRTCP, whose E bit and index stand in the packet (RFC 3711 §3.4). */
  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict
  /** The rollover counter in [from, end) under which an RTP packet verifies, or -1; where many are tried faster together. */
  findRolloverCounter?(bytes: Uint8Array, offset: number, length: number, from: number, end: number): number
}
