import type { KeyObject } from 'node:crypto'
import { CRYPTEX_CLEAR_LENGTH, gatherCryptex, isCryptex, scatterCryptex } from './cryptex.ts'
import type { Decryptor } from './decryptor.ts'
import { srtcpIv, srtpIv } from './gcm-iv.ts'
import { GcmKeys } from './gcm-keys.ts'
import { RTCP_HEADER_LENGTH, rtpHeaderLength, SRTCP_INDEX_LENGTH } from './packet-layout.ts'
import type { SessionKeys } from './session-keys.ts'
import { ENCRYPTED, readSrtcpIndex, srtcpIndexAt, srtcpTagLength } from './srtcp-layout.ts'
import type { Verdict } from './verdict.ts'

/** AES-GCM (RFC 7714): its layout is that of GcmAuthenticator. The tag is checked again: it says what is encrypted. */
export class GcmDecryptor implements Decryptor {
  readonly #keys: SessionKeys
  readonly #gcm: GcmKeys

  constructor(keys: SessionKeys) {
    this.#keys = keys
    this.#gcm = new GcmKeys(keys)
  }

  decryptRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Uint8Array | undefined {
    const { mkiLength, srtp, srtpEncrypted, srtpTagLength } = this.#keys
    const tagAt = length - mkiLength - srtpTagLength
    const header = tagAt < 0 ? -1 : rtpHeaderLength(bytes, offset, tagAt)
    if (header < 0) return undefined
    const sent = bytes.subarray(offset, offset + tagAt)
    const hidesHeader = srtpEncrypted && isCryptex(sent, 0)
    const packet = hidesHeader ? gatherCryptex(sent) : new Uint8Array(sent)
    const tag = new Uint8Array(bytes.subarray(offset + tagAt, offset + tagAt + srtpTagLength))
    const iv = srtpIv(bytes, offset, roc, srtp.salt)
    const open = (clear: number) =>
      this.#open(this.#gcm.srtp, iv, packet.subarray(0, clear), packet.subarray(clear), tag)
    const clear = hidesHeader ? CRYPTEX_CLEAR_LENGTH : header
    const plain = open(clear)
    if (plain !== undefined) packet.set(plain, clear)
    // RFC 7714 §16.1.3: under UNENCRYPTED_SRTP the payload is associated data.
    else if (srtpEncrypted || open(tagAt) === undefined) return undefined
    return hidesHeader ? scatterCryptex(packet) : packet
  }

  decryptRtcp(bytes: Uint8Array, offset: number, length: number, verdict: Verdict): Uint8Array | undefined {
    const tagLength = srtcpTagLength(this.#keys, verdict)
    const indexAt = srtcpIndexAt(this.#keys, length, tagLength)
    if (tagLength === 0 || indexAt < 0) return undefined
    const packet = new Uint8Array(bytes.subarray(offset, offset + indexAt - tagLength))
    const tail = new Uint8Array(bytes.subarray(offset + indexAt - tagLength, offset + indexAt + SRTCP_INDEX_LENGTH))
    const clear = readSrtcpIndex(bytes, offset + indexAt) >= ENCRYPTED ? RTCP_HEADER_LENGTH : packet.length
    const associated = Buffer.concat([packet.subarray(0, clear), tail.subarray(tagLength)])
    const iv = srtcpIv(bytes, offset, offset + indexAt, this.#keys.srtcp.salt)
    const plain = this.#open(this.#gcm.srtcp, iv, associated, packet.subarray(clear), tail.subarray(0, tagLength))
    if (plain === undefined) return undefined
    packet.set(plain, clear)
    return packet
  }

  #open(
    key: KeyObject,
    iv: Uint8Array,
    associated: Uint8Array,
    encrypted: Uint8Array,
    tag: Uint8Array,
  ): Uint8Array | undefined {
    const decipher = this.#gcm.decipher(key, iv, associated, tag)
    const plain = decipher.update(encrypted)
    try {
      decipher.final()
      return plain
    } catch {
      // node:crypto says by an exception that the tag is another one.
      return undefined
    }
  }
}
