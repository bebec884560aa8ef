import { describe, expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { createDecryptor } from '../../src/srtp/decryptor.ts'
import { deriveSessionKeys, type MasterKey } from '../../src/srtp/session-keys.ts'
import { hexOf, octets, withFlippedBit } from './octets.ts'
import { CRYPTEX_KEYS, CRYPTEX_VECTORS } from './rfc9335-vectors.ts'
import { suite } from './suite-arbitraries.ts'

describe.each(['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] as const)('RFC 9335 Appendix A: %s', (name) => {
  const { masterKey, masterSalt } = CRYPTEX_KEYS[name]
  const master: MasterKey = { suite: suite(name), masterKey: octets(masterKey), masterSalt: octets(masterSalt) }

  test.each(CRYPTEX_VECTORS)('$title', (vector) => {
    const keys = deriveSessionKeys(master)
    const sent = octets(vector[name])
    const authenticator = createAuthenticator(keys)
    expect(authenticator.verifyRtp(sent, 0, sent.length, 0)).toBe(Verdict.Verified)
    for (let bit = 16; bit < sent.length * 8; bit++) {
      const changed = withFlippedBit(sent, bit)
      expect(authenticator.verifyRtp(changed, 0, changed.length, 0), `bit ${bit}`).not.toBe(Verdict.Verified)
    }
    const somewhere = Buffer.concat([Buffer.alloc(5), sent, Buffer.alloc(3)])
    const clear = createDecryptor(keys).decryptRtp(somewhere, 5, sent.length, 0)
    expect(hexOf(clear as Uint8Array)).toBe(hexOf(octets(vector.packet)))
  })
})
