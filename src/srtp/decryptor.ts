import { GcmDecryptor } from './gcm-decryptor.ts'
import { HmacSha1Decryptor } from './hmac-sha1-decryptor.ts'
import { RederivingDecryptor } from './rederiving-decryptor.ts'
import type { SessionKeys } from './session-keys.ts'
import type { Verdict } from './verdict.ts'

/**
 * Takes SRTP off packets under one key: what verified, or carries no tag that could have. Pure, as an Authenticator is.
 * What comes out are new octets; undefined where the packet has no room for what it should hold.
 */
export interface Decryptor {
  /**
   * The RTP packet in the clear: without tag, MKI and carried rollover counter. Its header stays as it is, but where RFC 9335
   * encrypted it with the payload.
   *
   * @param bytes the whole SRTP packet stands at [offset, offset + length)
   * @param roc the rollover counter that it verified under
   */
  decryptRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Uint8Array | undefined
  /**
   * The compound RTCP packet in the clear: without E bit, index, MKI and tag.
   *
   * @param verdict what verification found: it says which tag the packet has
   */
  decryptRtcp(bytes: Uint8Array, offset: number, length: number, verdict: Verdict): Uint8Array | undefined
}

/** The decryptor of a key, on node:crypto. */
export function createDecryptor(keys: SessionKeys): Decryptor {
  const { rederivation } = keys
  return rederivation === undefined ? decryptorOf(keys) : new RederivingDecryptor(keys, rederivation.kdr, decryptorOf)
}

function decryptorOf(keys: SessionKeys): Decryptor {
  return keys.suite.cipher === 'aes-gcm' ? new GcmDecryptor(keys) : new HmacSha1Decryptor(keys, keys.suite.cipher)
}
