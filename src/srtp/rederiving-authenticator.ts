import { RTCP_HEADER_LENGTH, RTP_HEADER_LENGTH, SRTCP_INDEX_LENGTH } from './packet-layout.ts'
import { deriveProtocolKeys, type SessionKeys } from './session-keys.ts'
import { type Authenticator, Verdict } from './verdict.ts'

/**
 * Keys with a derivation rate (RFC 3711 §4.3.1): every 2^kdr packets there are new session keys, which are derived
 * from the master key when a packet asks for them. Only the last ones are kept.
 */
export class RederivingAuthenticator implements Authenticator {
  readonly #keys: SessionKeys
  readonly #period: number
  readonly #create: (keys: SessionKeys) => Authenticator
  #srtp: Authenticator
  #srtpR = 0
  #srtcp: Authenticator
  #srtcpR = 0

  /** @param create makes the authenticator of keys that hold for good */
  constructor(keys: SessionKeys, kdr: number, create: (keys: SessionKeys) => Authenticator) {
    this.#keys = keys
    this.#period = 2 ** kdr
    this.#create = create
    this.#srtp = create(keys)
    this.#srtcp = this.#srtp
  }

  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict {
    if (length < RTP_HEADER_LENGTH) return Verdict.TooShort
    const index = roc * 0x10000 + ((bytes[offset + 2] << 8) | bytes[offset + 3])
    const r = Math.floor(index / this.#period)
    if (r !== this.#srtpR) {
      this.#srtp = this.#derived('srtp', r)
      this.#srtpR = r
    }
    return this.#srtp.verifyRtp(bytes, offset, length, roc)
  }

  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict {
    const lengths = this.#keys.srtcpTagLengths
    let verdict: Verdict = Verdict.TooShort
    for (let n = 0; n < lengths.length; n++) {
      const found = this.#verifyRtcpTag(bytes, offset, length, lengths[n])
      if (found === Verdict.Verified) return n === 0 ? Verdict.Verified : Verdict.VerifiedShortTag
      if (n === 0 || verdict === Verdict.TooShort || found === Verdict.NotAuthenticated) verdict = found
    }
    return verdict
  }

  /** The index, and with it the keys, depends on how long the tag is. */
  #verifyRtcpTag(bytes: Uint8Array, offset: number, length: number, tagLength: number): Verdict {
    const { mkiLength, suite } = this.#keys
    // RFC 7714 §9: an AEAD tag stands before the index, an HMAC tag behind it.
    const behind = mkiLength + (suite.authentication === 'gcm' ? 0 : tagLength)
    const indexAt = length - behind - SRTCP_INDEX_LENGTH
    if (indexAt < RTCP_HEADER_LENGTH) return Verdict.TooShort
    const at = offset + indexAt
    const index = ((bytes[at] & 0x7f) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
    const r = Math.floor(index / this.#period)
    if (r !== this.#srtcpR) {
      this.#srtcp = this.#derived('srtcp', r)
      this.#srtcpR = r
    }
    const verdict = this.#srtcp.verifyRtcp(bytes, offset, length)
    if (verdict === Verdict.Verified) return tagLength === this.#keys.srtcpTagLengths[0] ? verdict : Verdict.Failed
    if (verdict === Verdict.VerifiedShortTag) {
      return tagLength === this.#keys.srtcpTagLengths[0] ? Verdict.Failed : Verdict.Verified
    }
    return verdict
  }

  #derived(protocol: 'srtp' | 'srtcp', r: number): Authenticator {
    const { rederivation, ...keys } = this.#keys
    if (rederivation === undefined) return this.#srtp
    const { masterKey, masterSalt } = rederivation
    return this.#create({ ...keys, [protocol]: deriveProtocolKeys(keys.suite, masterKey, masterSalt, protocol, r) })
  }
}
