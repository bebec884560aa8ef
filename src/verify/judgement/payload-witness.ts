import { isMultipleRtcp } from '../../rtp/media-kind.ts'
import { isClearPayload, PAYLOAD_BINS, SURE_CHI_SQUARE } from '../../rtp/payload-randomness.ts'
import { type Authenticator, Verdict } from '../../srtp/authenticator.ts'
import { createDecryptor, type Decryptor } from '../../srtp/decryptor.ts'
import { rtpHeaderLength } from '../../srtp/packet-layout.ts'
import type { SessionKeys } from '../../srtp/session-keys.ts'
import { ENCRYPTED, readSrtcpIndex, srtcpIndexAt } from '../../srtp/srtcp-layout.ts'

/**
 * Takes what packets decrypt to for a proof of their key, in the place of a tag: what another key makes of them has no pattern.
 * RTP shows one where its codec does not compress (G.711), RTCP by the packets that follow the first one's clear header.
 */
export class PayloadWitness implements Authenticator {
  readonly #keys: SessionKeys
  readonly #decryptor: Decryptor

  /** @param keys of a suite that encrypts, with the tag lengths that packets are supposed to have */
  constructor(keys: SessionKeys) {
    this.#keys = keys
    this.#decryptor = createDecryptor(keys)
  }

  /** The decrypted payload where it is no noise. */
  payloadOf(bytes: Uint8Array, offset: number, length: number, roc: number): Uint8Array | undefined {
    const packet = this.#decryptor.decryptRtp(bytes, offset, length, roc)
    const header = packet === undefined ? -1 : rtpHeaderLength(packet, 0, packet.length)
    const payload = header < 0 ? undefined : packet?.subarray(header)
    return payload !== undefined && isFarFromRandom(payload) ? payload : undefined
  }

  verifyRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Verdict {
    return this.payloadOf(bytes, offset, length, roc) === undefined ? Verdict.Failed : Verdict.Verified
  }

  verifyRtcp(bytes: Uint8Array, offset: number, length: number): Verdict {
    const indexAt = srtcpIndexAt(this.#keys, length, this.#keys.srtcpTagLengths[0])
    // What is not encrypted tells of no key.
    if (indexAt < 0 || readSrtcpIndex(bytes, offset + indexAt) < ENCRYPTED) return Verdict.Failed
    const packet = this.#decryptor.decryptRtcp(bytes, offset, length, Verdict.Verified)
    return packet !== undefined && isMultipleRtcp(packet, 0, packet.length) ? Verdict.Verified : Verdict.Failed
  }
}

/** Whether no cipher would make these octets: they are far from uniform. */
export function isFarFromRandom(octets: Iterable<number>): boolean {
  const histogram = new Int32Array(PAYLOAD_BINS)
  for (const octet of octets) histogram[octet >> 4]++
  return isClearPayload(histogram, 0, 0, 0, SURE_CHI_SQUARE)
}
