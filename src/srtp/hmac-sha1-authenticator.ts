import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { mkiMatches, RTCP_HEADER_LENGTH, RTP_HEADER_LENGTH, SRTCP_INDEX_LENGTH, tagMatches } from './packet-layout.ts'
import { ROC_LENGTH, readCarriedRoc, trailerOf } from './rollover-counter-carrying.ts'
import type { SessionKeys } from './session-keys.ts'
import { type Authenticator, Verdict } from './verdict.ts'

/**
 * HMAC-SHA1 tags (RFC 3711 §4.2.1). The MKI is not authenticated.
 *
 * ```
 *  SRTP   | header | payload |                         MKI | tag |   tag over header, payload and ROC
 *  SRTCP  | header | payload | E bit and SRTCP index | MKI | tag |   tag over all before the MKI
 * ```
 */
export class HmacSha1Authenticator implements Authenticator {
  readonly #keys: SessionKeys
  readonly #srtpKey: KeyObject
  readonly #srtcpKey: KeyObject
  readonly #roc = new Uint8Array(ROC_LENGTH)

  constructor(keys: SessionKeys) {
    this.#keys = keys
    this.#srtpKey = createSecretKey(keys.srtp.authKey)
    this.#srtcpKey = createSecretKey(keys.srtcp.authKey)
  }

  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict {
    const { carried, mac } = trailerOf(this.#keys, bytes, offset)
    const verdict = this.#verifyRtpTag(bytes, offset, length, roc, mac, carried)
    if (verdict !== Verdict.Verified || carried === 0) return verdict
    return readCarriedRoc(bytes, offset + length - mac - carried) === roc ? verdict : Verdict.Failed
  }

  #verifyRtpTag(
    bytes: Uint8Array,
    offset: number,
    length: number,
    roc: number,
    macLength: number,
    carriedLength: number,
  ): Verdict {
    const { mki, mkiLength } = this.#keys
    const authenticated = length - macLength - carriedLength - mkiLength
    if (authenticated < RTP_HEADER_LENGTH) return Verdict.TooShort
    if (!mkiMatches(bytes, offset + authenticated, mki)) return Verdict.MkiMismatch
    if (macLength === 0) return Verdict.NotAuthenticated
    this.#roc[0] = roc >>> 24
    this.#roc[1] = roc >>> 16
    this.#roc[2] = roc >>> 8
    this.#roc[3] = roc
    const portion = bytes.subarray(offset, offset + authenticated)
    const tag = createHmac('sha1', this.#srtpKey).update(portion).update(this.#roc).digest()
    return tagMatches(bytes, offset + length - macLength, tag, macLength) ? Verdict.Verified : Verdict.Failed
  }

  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict {
    const lengths = this.#keys.srtcpTagLengths
    const first = this.#verifyRtcpTag(bytes, offset, length, lengths[0])
    if (first === Verdict.Verified || lengths.length === 1) return first
    const other = this.#verifyRtcpTag(bytes, offset, length, lengths[1])
    if (other === Verdict.Verified) return Verdict.VerifiedShortTag
    // Both fail: what is wrong under the tag that the suite asks for; but a packet may be meant to have none.
    if (other === Verdict.NotAuthenticated || first === Verdict.TooShort) return other
    return other === Verdict.Failed ? Verdict.Failed : first
  }

  #verifyRtcpTag(bytes: Uint8Array, offset: number, length: number, tagLength: number): Verdict {
    const { mki, mkiLength } = this.#keys
    const authenticated = length - tagLength - mkiLength
    if (authenticated < RTCP_HEADER_LENGTH + SRTCP_INDEX_LENGTH) return Verdict.TooShort
    if (!mkiMatches(bytes, offset + authenticated, mki)) return Verdict.MkiMismatch
    if (tagLength === 0) return Verdict.NotAuthenticated
    const portion = bytes.subarray(offset, offset + authenticated)
    const tag = createHmac('sha1', this.#srtcpKey).update(portion).digest()
    return tagMatches(bytes, offset + length - tagLength, tag, tagLength) ? Verdict.Verified : Verdict.Failed
  }
}
