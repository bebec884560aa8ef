import { describe, expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { deriveSessionKeys, type SessionKeys } from '../../src/srtp/session-keys.ts'
import { octets, withFlippedBit } from './octets.ts'
import { suite } from './suite-arbitraries.ts'

const KEYS = {
  128: '000102030405060708090a0b0c0d0e0f',
  256: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
} as const

/** The vectors give session keys; SRTP and SRTCP use the same. */
function sessionKeys(bits: 128 | 256): SessionKeys {
  const gcm = suite(`AEAD_AES_${bits}_GCM`)
  const keys = {
    encryptionKey: octets(KEYS[bits]),
    authKey: new Uint8Array(0),
    salt: octets('517569642070726f2071756f'),
  }
  const base = deriveSessionKeys({ suite: gcm, masterKey: keys.encryptionKey, masterSalt: keys.salt })
  return { ...base, srtp: keys, srtcp: keys }
}

const RTP_HEADER = '8040f17b 8041f8d3 5501a0b2'
const RTP_PAYLOAD = '47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573'
const RTCP_PACKET =
  '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef'

const SRTP = [
  {
    title: '§16.1.1, §16.1.2: AEAD_AES_128_GCM, encrypted',
    bits: 128,
    payload: 'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833',
    tag: '899d7f27beb16a9152cf765ee4390cce',
    encrypted: true,
  },
  {
    title: '§16.1.3, §16.1.4: AEAD_AES_128_GCM, tagged only',
    bits: 128,
    payload: RTP_PAYLOAD,
    tag: '22493f82d2bce397e9d79e3b19aa4216',
    encrypted: false,
  },
  {
    title: '§16.2.1, §16.2.2: AEAD_AES_256_GCM, encrypted',
    bits: 256,
    payload: '32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b',
    tag: '7aa3db36dfffd6b0f9bb7878d7a76c13',
    encrypted: true,
  },
  {
    title: '§16.2.3, §16.2.4: AEAD_AES_256_GCM, tagged only',
    bits: 256,
    payload: RTP_PAYLOAD,
    tag: 'a866d5910f887463067ceefec45215d4',
    encrypted: false,
  },
] as const

describe('RFC 7714 §16: SRTP', () => {
  describe.each(SRTP)('$title', ({ bits, payload, tag, encrypted }) => {
    const packet = octets(RTP_HEADER + payload + tag)
    const authenticator = createAuthenticator({ ...sessionKeys(bits), srtpEncrypted: encrypted })
    const verify = (bytes: Uint8Array, roc = 0) => authenticator.verifyRtp(bytes, 0, bytes.length, roc)

    test('verifies', () => expect(verify(packet)).toBe(Verdict.Verified))

    test('fails with any bit flipped', () => {
      for (let bit = 0; bit < packet.length * 8; bit++) {
        expect(verify(withFlippedBit(packet, bit)), `bit ${bit}`).not.toBe(Verdict.Verified)
      }
    })

    test('fails under another rollover counter', () => expect(verify(packet, 1)).toBe(Verdict.Failed))
  })

  test('§16.1.3: a packet that is tagged only does not verify where encryption was agreed', () => {
    const packet = octets(RTP_HEADER + SRTP[1].payload + SRTP[1].tag)
    const authenticator = createAuthenticator(sessionKeys(128))
    expect(authenticator.verifyRtp(packet, 0, packet.length, 0)).toBe(Verdict.Failed)
  })

  test('§16.1.1: a sender that encrypts despite UNENCRYPTED_SRTP verifies', () => {
    const packet = octets(RTP_HEADER + SRTP[0].payload + SRTP[0].tag)
    const authenticator = createAuthenticator({ ...sessionKeys(128), srtpEncrypted: false })
    expect(authenticator.verifyRtp(packet, 0, packet.length, 0)).toBe(Verdict.Verified)
  })
})

const SRTCP = [
  {
    title: '§17.1: AEAD_AES_128_GCM, encrypted',
    bits: 128,
    packet:
      '81c8000d4d617273 63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b' +
      'c84aa45896cf4d2fc5abf87245d9eade 800005d4',
  },
  {
    title: '§17.2: AEAD_AES_256_GCM, encrypted',
    bits: 256,
    packet:
      '81c8000d4d617273 d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad' +
      '1d1eb30c4446839f57ff6f6cb26ac3be 800005d4',
  },
  {
    title: '§17.3: AEAD_AES_128_GCM, tagged only',
    bits: 128,
    packet: `${RTCP_PACKET} 841dd9683dd78ec92ae58790125f62b3 000005d4`,
  },
  {
    title: '§17.4: AEAD_AES_256_GCM, tagged only',
    bits: 256,
    packet: `${RTCP_PACKET} 91db4afbfeee5a978fab4393ed2615fe 000005d4`,
  },
] as const

describe('RFC 7714 §17: SRTCP', () => {
  describe.each(SRTCP)('$title', ({ bits, packet }) => {
    const bytes = octets(packet)
    const authenticator = createAuthenticator(sessionKeys(bits))

    test('verifies', () => expect(authenticator.verifyRtcp(bytes, 0, bytes.length)).toBe(Verdict.Verified))

    test('fails with any bit flipped', () => {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = withFlippedBit(bytes, bit)
        expect(authenticator.verifyRtcp(flipped, 0, flipped.length), `bit ${bit}`).toBe(Verdict.Failed)
      }
    })
  })
})
