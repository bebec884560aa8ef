import { CRYPTEX_CLEAR_LENGTH, gatherCryptex, isCryptex, scatterCryptex } from './cryptex.ts'
import type { Decryptor } from './decryptor.ts'
import { RTCP_HEADER_LENGTH, rtpHeaderLength } from './packet-layout.ts'
import { PAYLOAD_CIPHERS, type PayloadCipher } from './payload-cipher.ts'
import { ROC_LENGTH, readCarriedRoc, trailerOf } from './rollover-counter-carrying.ts'
import type { SessionKeys } from './session-keys.ts'
import { ENCRYPTED, readSrtcpIndex, srtcpIndexAt, srtcpTagLength } from './srtcp-layout.ts'
import type { Cipher } from './suites.ts'
import type { Verdict } from './verdict.ts'

/** Packets whose tag is HMAC-SHA1, or that have none: their layout is that of HmacSha1Authenticator. */
export class HmacSha1Decryptor implements Decryptor {
  readonly #keys: SessionKeys
  readonly #rtp: PayloadCipher
  readonly #rtcp: PayloadCipher

  constructor(keys: SessionKeys, cipher: Exclude<Cipher, 'aes-gcm'>) {
    this.#keys = keys
    // UNENCRYPTED_SRTP is agreed apart from the suite (RFC 4568 §6.3.2); SRTCP says so by its E bit.
    this.#rtp = PAYLOAD_CIPHERS[keys.srtpEncrypted ? cipher : 'null'](keys.srtp, 'srtp')
    this.#rtcp = PAYLOAD_CIPHERS[cipher](keys.srtcp, 'srtcp')
  }

  decryptRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Uint8Array | undefined {
    const { carried, mac } = trailerOf(this.#keys, bytes, offset)
    const end = length - mac - carried - this.#keys.mkiLength
    const header = end < 0 ? -1 : rtpHeaderLength(bytes, offset, end)
    if (header < 0) return undefined
    const sent = bytes.subarray(offset, offset + end)
    const hidesHeader = this.#keys.srtpEncrypted && isCryptex(sent, 0)
    const packet = hidesHeader ? gatherCryptex(sent) : new Uint8Array(sent)
    const clear = hidesHeader ? CRYPTEX_CLEAR_LENGTH : header
    // Without a MAC nothing has proven the counter: the packet's own word for it counts.
    const counter = carried > 0 && mac === 0 ? readCarriedRoc(bytes, offset + length - ROC_LENGTH) : roc
    packet.set(this.#rtp({ packet, counter }, packet.subarray(clear)), clear)
    return hidesHeader ? scatterCryptex(packet) : packet
  }

  decryptRtcp(bytes: Uint8Array, offset: number, length: number, verdict: Verdict): Uint8Array | undefined {
    const end = srtcpIndexAt(this.#keys, length, srtcpTagLength(this.#keys, verdict))
    if (end < 0) return undefined
    const packet = new Uint8Array(bytes.subarray(offset, offset + end))
    const counter = readSrtcpIndex(bytes, offset + end)
    if (counter < ENCRYPTED) return packet
    packet.set(this.#rtcp({ packet, counter }, packet.subarray(RTCP_HEADER_LENGTH)), RTCP_HEADER_LENGTH)
    return packet
  }
}
