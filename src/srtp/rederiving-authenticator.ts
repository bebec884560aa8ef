import { type EncryptBlocks, encryptUnder } from './key-derivation.ts'
import { RTP_HEADER_LENGTH } from './packet-layout.ts'
import { deriveProtocolKeys, type SessionKeys } from './session-keys.ts'
import { ENCRYPTED, readSrtcpIndex, srtcpIndexAt } from './srtcp-layout.ts'
import { type Authenticator, Verdict } from './verdict.ts'

/** An authenticator, and the r that its keys were derived with. */
interface Derived {
  readonly r: number
  readonly authenticator: Authenticator
}

/**
 * Keys with a derivation rate (RFC 3711 §4.3.1): every 2^kdr packets there are new session keys, which are derived
 * from the master key when a packet asks for them. Only the last ones are kept.
 */
export class RederivingAuthenticator implements Authenticator {
  readonly #keys: SessionKeys
  readonly #create: (keys: SessionKeys) => Authenticator
  readonly #period: number
  #encrypt: EncryptBlocks | undefined
  #srtp: Derived | undefined
  /** By place of the tag's length in `srtcpTagLengths`. */
  readonly #srtcp: (Derived | undefined)[] = []

  /** @param create makes the authenticator of keys that hold for good */
  constructor(keys: SessionKeys, kdr: number, create: (keys: SessionKeys) => Authenticator) {
    this.#keys = keys
    this.#create = create
    this.#period = 2 ** kdr
  }

  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict {
    if (length < RTP_HEADER_LENGTH) return Verdict.TooShort
    const index = roc * 0x10000 + ((bytes[offset + 2] << 8) | bytes[offset + 3])
    const r = Math.floor(index / this.#period)
    if (this.#srtp?.r !== r) this.#srtp = this.#derive('srtp', r, this.#keys)
    return this.#srtp.authenticator.verifyRtp(bytes, offset, length, roc)
  }

  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict {
    let verdict: Verdict = Verdict.TooShort
    for (let n = 0; n < this.#keys.srtcpTagLengths.length; n++) {
      const found = this.#verifyRtcpTag(bytes, offset, length, n)
      if (found === Verdict.Verified) return n === 0 ? Verdict.Verified : Verdict.VerifiedShortTag
      if (verdict !== Verdict.Failed || found === Verdict.NotAuthenticated) verdict = found
    }
    return verdict
  }

  /** Where the index stands, and with it which keys hold, depends on how long the tag is. */
  #verifyRtcpTag(bytes: Uint8Array, offset: number, length: number, n: number): Verdict {
    const tagLength = this.#keys.srtcpTagLengths[n]
    const indexAt = srtcpIndexAt(this.#keys, length, tagLength)
    if (indexAt < 0) return Verdict.TooShort
    const r = Math.floor((readSrtcpIndex(bytes, offset + indexAt) % ENCRYPTED) / this.#period)
    let derived = this.#srtcp[n]
    if (derived?.r !== r) {
      derived = this.#derive('srtcp', r, { ...this.#keys, srtcpTagLengths: [tagLength] })
      this.#srtcp[n] = derived
    }
    return derived.authenticator.verifyRtcp(bytes, offset, length)
  }

  #derive(protocol: 'srtp' | 'srtcp', r: number, { rederivation, ...keys }: SessionKeys): Derived {
    if (rederivation === undefined) return { r, authenticator: this.#create(keys) }
    const { masterKey, masterSalt } = rederivation
    this.#encrypt ??= encryptUnder(masterKey)
    const [derived] = deriveProtocolKeys(keys.suite, masterKey, masterSalt, [protocol], r, this.#encrypt)
    return { r, authenticator: this.#create({ ...keys, [protocol]: derived }) }
  }
}
