import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { deriveSessionKeys, type MasterKey, type SessionKeys } from '../../src/srtp/session-keys.ts'
import { SUITES } from '../../src/srtp/suites.ts'
import { withFlippedBit } from './octets.ts'
import { protectRtcp, protectRtp } from './protect.ts'
import { octetsOfLength, suite } from './suite-arbitraries.ts'

const RTP = rtpPacket(40)
const RTCP = Uint8Array.from([0x80, 200, 0, 6, 0xca, 0xfe, 0xba, 0xbe, ...Array(20).keys()])
const ROC = 0x01020304

/** Version 2, one CSRC, a header extension of one word, sequence number 0x1234. */
function rtpPacket(payload: number): Uint8Array {
  const header = [0x91, 0, 0x12, 0x34, 0, 0, 0, 1, 0xca, 0xfe, 0xba, 0xbe]
  const csrc = [1, 2, 3, 4]
  const extension = [0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0]
  return Uint8Array.from([...header, ...csrc, ...extension, ...Array(payload).fill(0xd5)])
}

function masterKey(name: string, more: Partial<MasterKey> = {}): MasterKey {
  const of = suite(name)
  return {
    suite: of,
    masterKey: new Uint8Array(of.masterKeyLength).fill(7),
    masterSalt: new Uint8Array(of.masterSaltLength).map((_, n) => n),
    ...more,
  }
}

const verifyRtp = (keys: SessionKeys, packet: Uint8Array, roc = ROC) =>
  createAuthenticator(keys).verifyRtp(packet, 0, packet.length, roc)
const verifyRtcp = (keys: SessionKeys, packet: Uint8Array) =>
  createAuthenticator(keys).verifyRtcp(packet, 0, packet.length)

const AUTHENTICATED = SUITES.filter((one) => one.authentication !== 'none').map((one) => one.name)

describe.each(AUTHENTICATED)('%s', (name) => {
  const mki = Uint8Array.from([0, 0, 0, 9])
  const variants: [string, SessionKeys][] = [
    ['without an MKI', deriveSessionKeys(masterKey(name))],
    ['with an MKI', deriveSessionKeys(masterKey(name, { mki }))],
  ]

  test.each(variants)('RFC 3711 §3.1, RFC 7714 §8: SRTP verifies %s, and no flipped bit does', (_, keys) => {
    const packet = protectRtp(keys, RTP, ROC)
    expect(verifyRtp(keys, packet)).toBe(Verdict.Verified)
    expect(verifyRtp(keys, packet, ROC - 1)).toBe(Verdict.Failed)
    for (let bit = 0; bit < packet.length * 8; bit++) {
      expect(verifyRtp(keys, withFlippedBit(packet, bit)), `bit ${bit}`).not.toBe(Verdict.Verified)
    }
  })

  test.each(variants)('RFC 3711 §3.4, RFC 7714 §9: SRTCP verifies %s, and no flipped bit does', (_, keys) => {
    for (const encrypted of [true, false]) {
      const packet = protectRtcp(keys, RTCP, 0x7fffffff, encrypted)
      expect(verifyRtcp(keys, packet)).toBe(Verdict.Verified)
      for (let bit = 0; bit < packet.length * 8; bit++) {
        const verdict = verifyRtcp(keys, withFlippedBit(packet, bit))
        expect([Verdict.Failed, Verdict.MkiMismatch], `bit ${bit}`).toContain(verdict)
      }
    }
  })

  test('another key with the same MKI fails; another MKI is told apart', () => {
    const keys = deriveSessionKeys(masterKey(name, { mki }))
    const packet = protectRtp(keys, RTP, ROC)
    const salted = deriveSessionKeys(masterKey(name, { mki, masterKey: new Uint8Array(keys.suite.masterKeyLength) }))
    expect(verifyRtp(salted, packet)).toBe(Verdict.Failed)
    const other = deriveSessionKeys(masterKey(name, { mki: Uint8Array.from([0, 0, 0, 8]) }))
    expect(verifyRtp(other, packet)).toBe(Verdict.MkiMismatch)
    expect(verifyRtcp(other, protectRtcp(keys, RTCP, 1, true))).toBe(Verdict.MkiMismatch)
  })

  test('an MKI of known length and unknown value is passed over', () => {
    const keys = deriveSessionKeys(masterKey(name, { mki }))
    const { mki: _, ...unknown } = keys
    expect(verifyRtp(unknown, protectRtp(keys, RTP, ROC))).toBe(Verdict.Verified)
    expect(verifyRtcp(unknown, protectRtcp(keys, RTCP, 1, true))).toBe(Verdict.Verified)
  })

  test('a packet stands anywhere in a slab, in memory that threads share too', () => {
    const keys = deriveSessionKeys(masterKey(name))
    const rtp = protectRtp(keys, RTP, ROC)
    const rtcp = protectRtcp(keys, RTCP, 1, true)
    const slab = new Uint8Array(new SharedArrayBuffer(1000)).fill(0xee)
    slab.set(rtp, 17)
    slab.set(rtcp, 500)
    const authenticator = createAuthenticator(keys)
    expect(authenticator.verifyRtp(slab, 17, rtp.length, ROC)).toBe(Verdict.Verified)
    expect(authenticator.verifyRtcp(slab, 500, rtcp.length)).toBe(Verdict.Verified)
    expect(authenticator.verifyRtp(slab, 16, rtp.length, ROC)).not.toBe(Verdict.Verified)
  })

  test('RFC 3711 §4.3.1: with a key derivation rate, each period has its own keys', () => {
    const master = masterKey(name, { parameters: { kdr: 4 } })
    const { rederivation: _, ...first } = deriveSessionKeys(master)
    const keys = deriveSessionKeys(master)
    // Sequence number 0x1234 under ROC 0 is past the first 16 packets.
    expect(verifyRtp(keys, protectRtp(first, RTP, 0), 0)).toBe(Verdict.Failed)
    const early = RTP.with(2, 0).with(3, 15)
    expect(verifyRtp(keys, protectRtp(first, early, 0), 0)).toBe(Verdict.Verified)
    expect(verifyRtcp(keys, protectRtcp(first, RTCP, 15, true))).toBe(Verdict.Verified)
    expect(verifyRtcp(keys, protectRtcp(first, RTCP, 16, true))).toBe(Verdict.Failed)
  })

  test('never throws, and never verifies what was not protected', () => {
    const keys = [
      deriveSessionKeys(masterKey(name)),
      deriveSessionKeys(masterKey(name, { mki })),
      deriveSessionKeys(masterKey(name, { parameters: { kdr: 1, unencryptedSrtp: true } })),
      deriveSessionKeys(masterKey(name, { parameters: { rcc: { mode: 1, rate: 2 } } })),
    ]
    const authenticators = keys.map(createAuthenticator)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120, size: 'max' }), fc.nat(0xffffffff), (bytes, roc) => {
        for (const authenticator of authenticators) {
          const verdicts = [
            authenticator.verifyRtp(bytes, 0, bytes.length, roc),
            authenticator.verifyRtcp(bytes, 0, bytes.length),
          ]
          for (const verdict of verdicts) {
            expect([Verdict.Failed, Verdict.TooShort, Verdict.MkiMismatch, Verdict.NotAuthenticated]).toContain(verdict)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('RFC 4568 §6.2.2: SRTCP under _32', () => {
  test.each([
    'AES_CM_128_HMAC_SHA1_32',
    'AES_192_CM_HMAC_SHA1_32',
    'AES_256_CM_HMAC_SHA1_32',
    'F8_128_HMAC_SHA1_32',
    'NULL_HMAC_SHA1_32',
  ])('%s verifies with 10 octets, and with 4 as some senders have it', (name) => {
    for (const mki of [undefined, Uint8Array.from([1, 2, 3])]) {
      const keys = deriveSessionKeys(masterKey(name, mki && { mki }))
      expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1, true, 10))).toBe(Verdict.Verified)
      expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1, true, 4))).toBe(Verdict.VerifiedShortTag)
    }
  })

  test('with a key derivation rate too, where the index stands elsewhere', () => {
    const keys = deriveSessionKeys(masterKey('AES_CM_128_HMAC_SHA1_32', { parameters: { kdr: 10 } }))
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1023, true, 4))).toBe(Verdict.VerifiedShortTag)
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1024, true, 4))).toBe(Verdict.Failed)
  })

  test('_80 does not take 4 octets', () => {
    const keys = deriveSessionKeys(masterKey('AES_CM_128_HMAC_SHA1_80'))
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1, true, 4))).toBe(Verdict.Failed)
  })
})

test.each(['AEAD_AES_128_GCM_8', 'AEAD_AES_256_GCM_8'])('%s: SRTCP verifies with 16 octets, and with 8', (name) => {
  for (const encrypted of [true, false]) {
    const keys = deriveSessionKeys(masterKey(name))
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 5, encrypted, 16))).toBe(Verdict.Verified)
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 5, encrypted, 8))).toBe(Verdict.VerifiedShortTag)
  }
})

describe('packets without authentication', () => {
  test('AES_CM_128_NULL_AUTH: SRTP has no tag; SRTCP verifies where it has one (RFC 3711 §3.4)', () => {
    const keys = deriveSessionKeys(masterKey('AES_CM_128_NULL_AUTH'))
    expect(verifyRtp(keys, RTP)).toBe(Verdict.NotAuthenticated)
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1, true, 10))).toBe(Verdict.Verified)
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1, true, 0))).toBe(Verdict.NotAuthenticated)
  })

  test('RFC 4568 §6.3.4: UNAUTHENTICATED_SRTP takes the tag from SRTP, not from SRTCP', () => {
    const master = masterKey('AES_CM_128_HMAC_SHA1_80', { parameters: { unauthenticatedSrtp: true } })
    const keys = deriveSessionKeys(master)
    expect(verifyRtp(keys, RTP)).toBe(Verdict.NotAuthenticated)
    expect(verifyRtcp(keys, protectRtcp(keys, RTCP, 1, true))).toBe(Verdict.Verified)
    expect(verifyRtcp(keys, withFlippedBit(protectRtcp(keys, RTCP, 1, true), 70))).toBe(Verdict.Failed)
  })

  test('an AEAD suite keeps its tag', () => {
    const keys = deriveSessionKeys(masterKey('AEAD_AES_128_GCM', { parameters: { unauthenticatedSrtp: true } }))
    expect(verifyRtp(keys, protectRtp(keys, RTP, ROC))).toBe(Verdict.Verified)
  })
})

describe('lengths', () => {
  test.each(AUTHENTICATED)('%s: one octet less than header, MKI and tag is too short', (name) => {
    const keys = deriveSessionKeys(masterKey(name, { mki: Uint8Array.from([1]) }))
    const least = protectRtp(keys, RTP.slice(0, 12).with(0, 0x80), ROC)
    expect(verifyRtp(keys, least)).toBe(Verdict.Verified)
    expect(verifyRtp(keys, least.slice(0, -1))).toBe(Verdict.TooShort)
    const control = protectRtcp(keys, RTCP.slice(0, 8), 1, true)
    expect(verifyRtcp(keys, control)).toBe(Verdict.Verified)
    if (keys.srtcpTagLengths.length === 1) expect(verifyRtcp(keys, control.slice(0, -1))).toBe(Verdict.TooShort)
  })

  test('RFC 7714 §8: a header that does not fit before the tag is too short', () => {
    const keys = deriveSessionKeys(masterKey('AEAD_AES_128_GCM'))
    const packet = protectRtp(keys, rtpPacket(0), ROC)
    expect(verifyRtp(keys, packet)).toBe(Verdict.Verified)
    // An extension of 0x0101 words.
    expect(
      verifyRtp(
        keys,
        packet.map((octet, n) => (n === 18 ? 1 : octet)),
      ),
    ).toBe(Verdict.TooShort)
    // Fifteen CSRCs.
    expect(
      verifyRtp(
        keys,
        packet.map((octet, n) => (n === 0 ? 0x9f : octet)),
      ),
    ).toBe(Verdict.TooShort)
  })
})

test('any payload of any length verifies under its own key and index, and under no other rollover counter', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...AUTHENTICATED),
      fc.uint8Array({ maxLength: 1400, size: 'max' }),
      octetsOfLength(46),
      fc.nat(0xffffffff),
      fc.nat(0xffffffff),
      (name, payload, key, roc, otherRoc) => {
        const of = suite(name)
        const master = key.slice(0, of.masterKeyLength)
        const keys = deriveSessionKeys({ suite: of, masterKey: master, masterSalt: key.slice(-of.masterSaltLength) })
        const packet = protectRtp(keys, Uint8Array.from([...rtpPacket(0), ...payload]), roc)
        expect(verifyRtp(keys, packet, roc)).toBe(Verdict.Verified)
        if (otherRoc !== roc) expect(verifyRtp(keys, packet, otherRoc)).toBe(Verdict.Failed)
      },
    ),
    { numRuns: 100 },
  )
})
