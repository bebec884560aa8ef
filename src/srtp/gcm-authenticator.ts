import type { KeyObject } from 'node:crypto'
import { CRYPTEX_CLEAR_LENGTH, gatherCryptex, isCryptex } from './cryptex.ts'
import { srtcpIv, srtpIv } from './gcm-iv.ts'
import { GcmKeys } from './gcm-keys.ts'
import { mkiMatches, RTCP_HEADER_LENGTH, rtpHeaderLength, SRTCP_INDEX_LENGTH } from './packet-layout.ts'
import type { SessionKeys } from './session-keys.ts'
import { ENCRYPTED, readSrtcpIndex } from './srtcp-layout.ts'
import { type Authenticator, Verdict } from './verdict.ts'

const NOTHING = new Uint8Array(0)

/**
 * AES-GCM tags (RFC 7714). The tag ends the ciphertext, and the MKI ends the packet, authenticated by nothing.
 *
 * ```
 *  SRTP   | header | ciphertext | tag | MKI |                           associated data: header
 *  SRTCP  | 8 octets | ciphertext | tag | E bit and index | MKI |       associated data: 8 octets, E bit and index
 * ```
 *
 * What is not encrypted is associated data too: SRTCP whose E bit is 0 (RFC 7714 §9.3), and the payload under
 * UNENCRYPTED_SRTP (§16.1.3 has the vector). Senders that encrypt all the same, as libsrtp does, verify too. Of a header that is
 * encrypted with the payload (RFC 9335) what stays in the clear is associated data.
 */
export class GcmAuthenticator implements Authenticator {
  readonly #keys: SessionKeys
  readonly #gcm: GcmKeys

  constructor(keys: SessionKeys) {
    this.#keys = keys
    this.#gcm = new GcmKeys(keys)
  }

  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict {
    const { mki, mkiLength, srtp, srtpEncrypted, srtpTagLength } = this.#keys
    const tagAt = length - mkiLength - srtpTagLength
    const header = tagAt < 0 ? -1 : rtpHeaderLength(bytes, offset, tagAt)
    if (header < 0) return Verdict.TooShort
    if (!mkiMatches(bytes, offset + length - mkiLength, mki)) return Verdict.MkiMismatch
    const iv = srtpIv(bytes, offset, roc, srtp.salt)
    const hidesHeader = srtpEncrypted && isCryptex(bytes, offset)
    const encrypted = hidesHeader
      ? this.#verifyRtpTag(iv, gatherCryptex(bytes.subarray(offset, offset + length)), 0, CRYPTEX_CLEAR_LENGTH, tagAt)
      : this.#verifyRtpTag(iv, bytes, offset, header, tagAt)
    if (encrypted === Verdict.Verified || srtpEncrypted) return encrypted
    return this.#verifyRtpTag(iv, bytes, offset, tagAt, tagAt)
  }

  /** @param clear octets of associated data; what follows up to the tag is encrypted */
  #verifyRtpTag(iv: Uint8Array, bytes: Uint8Array, offset: number, clear: number, tagAt: number): Verdict {
    return this.#verify(
      this.#gcm.srtp,
      iv,
      bytes.subarray(offset, offset + clear),
      bytes.subarray(offset + clear, offset + tagAt),
      bytes.subarray(offset + tagAt, offset + tagAt + this.#keys.srtpTagLength),
    )
  }

  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict {
    const lengths = this.#keys.srtcpTagLengths
    const first = this.#verifyRtcpTag(bytes, offset, length, lengths[0])
    if (first !== Verdict.Failed && first !== Verdict.TooShort) return first
    if (lengths.length === 1) return first
    const other = this.#verifyRtcpTag(bytes, offset, length, lengths[1])
    return other === Verdict.Verified ? Verdict.VerifiedShortTag : other
  }

  #verifyRtcpTag(bytes: Uint8Array, offset: number, length: number, tagLength: number): Verdict {
    const { mki, mkiLength, srtcp } = this.#keys
    const indexAt = length - mkiLength - SRTCP_INDEX_LENGTH
    const tagAt = indexAt - tagLength
    if (tagAt < RTCP_HEADER_LENGTH) return Verdict.TooShort
    if (!mkiMatches(bytes, offset + length - mkiLength, mki)) return Verdict.MkiMismatch
    const clear = readSrtcpIndex(bytes, offset + indexAt) >= ENCRYPTED ? RTCP_HEADER_LENGTH : tagAt
    const associated = new Uint8Array(clear + SRTCP_INDEX_LENGTH)
    associated.set(bytes.subarray(offset, offset + clear))
    associated.set(bytes.subarray(offset + indexAt, offset + indexAt + SRTCP_INDEX_LENGTH), clear)
    return this.#verify(
      this.#gcm.srtcp,
      srtcpIv(bytes, offset, offset + indexAt, srtcp.salt),
      associated,
      bytes.subarray(offset + clear, offset + tagAt),
      bytes.subarray(offset + tagAt, offset + indexAt),
    )
  }

  #verify(key: KeyObject, iv: Uint8Array, associated: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array): Verdict {
    const decipher = this.#gcm.decipher(key, iv, associated, tag)
    decipher.update(ciphertext.length > 0 ? ciphertext : NOTHING)
    try {
      decipher.final()
      return Verdict.Verified
    } catch {
      // node:crypto says by an exception that the tag is another one.
      return Verdict.Failed
    }
  }
}
