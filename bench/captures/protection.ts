import { createCipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'

const RTP_HEADER = 12

/** Gives packets of one direction valid tags. Payloads are random already, which is all that encryption would change. */
export class Protection {
  readonly suite: CryptoSuite
  readonly #authKey: KeyObject
  readonly #encryptionKey: Uint8Array
  readonly #salt: Uint8Array

  constructor(suiteName: string, masterKey: Uint8Array, masterSalt: Uint8Array) {
    const suite = suiteByName(suiteName)
    if (suite === undefined) throw new RangeError(`${suiteName}: no suite of this name`)
    const { srtp } = deriveSessionKeys({ suite, masterKey, masterSalt })
    this.suite = suite
    this.#authKey = createSecretKey(suite.authentication === 'gcm' ? srtp.encryptionKey : srtp.authKey)
    this.#encryptionKey = srtp.encryptionKey
    this.#salt = srtp.salt
  }

  /**
   * Protects an RTP packet of `length` octets without CSRC list or extension, in place.
   *
   * @param packet has room for the tag
   * @returns octets of the SRTP packet
   */
  protect(packet: Buffer, length: number, rolloverCounter: number): number {
    const { srtpTagLength, authentication } = this.suite
    if (authentication === 'gcm') this.#seal(packet, length, rolloverCounter)
    else {
      packet.writeUInt32BE(rolloverCounter, length)
      const tag = createHmac('sha1', this.#authKey)
        .update(packet.subarray(0, length + 4))
        .digest()
      tag.copy(packet, length, 0, srtpTagLength)
    }
    return length + srtpTagLength
  }

  /** RFC 7714 §8.1: the IV is SSRC, ROC and sequence number, XOR the salt. */
  #seal(packet: Buffer, length: number, rolloverCounter: number): void {
    const iv = Buffer.alloc(12)
    packet.copy(iv, 2, 8, 12)
    iv.writeUInt32BE(rolloverCounter, 6)
    packet.copy(iv, 10, 2, 4)
    for (let n = 0; n < iv.length; n++) iv[n] ^= this.#salt[n]
    const algorithm = this.#encryptionKey.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
    const cipher = createCipheriv(algorithm, this.#authKey, iv)
    cipher.setAAD(packet.subarray(0, RTP_HEADER))
    cipher.update(packet.subarray(RTP_HEADER, length)).copy(packet, RTP_HEADER)
    cipher.final()
    cipher.getAuthTag().copy(packet, length, 0, this.suite.srtpTagLength)
  }
}
