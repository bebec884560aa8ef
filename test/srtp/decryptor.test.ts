import { createCipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { createDecryptor } from '../../src/srtp/decryptor.ts'
import { deriveProtocolKeys, deriveSessionKeys, type SessionKeys } from '../../src/srtp/session-keys.ts'
import { hexOf, octets } from './octets.ts'
import { protectRtcp, protectRtp } from './protect.ts'
import { anyMasterKey, octetsOfLength, suite } from './suite-arbitraries.ts'

const KEY_128 = octets('000102030405060708090a0b0c0d0e0f')
const KEY_256 = octets('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f')

/** The vectors give session keys; SRTP and SRTCP use the same. */
function vectorKeys(bits: 128 | 256): SessionKeys {
  const encryptionKey = bits === 128 ? KEY_128 : KEY_256
  const keys = { encryptionKey, authKey: new Uint8Array(0), salt: octets('517569642070726f2071756f') }
  const master = { suite: suite(`AEAD_AES_${bits}_GCM`), masterKey: encryptionKey, masterSalt: keys.salt }
  return { ...deriveSessionKeys(master), srtp: keys, srtcp: keys }
}

const HEADER = '8040f17b8041f8d35501a0b2'
const PAYLOAD = '47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573'
const SENDER_REPORT =
  '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef'

describe('RFC 7714 §16: SRTP', () => {
  test.each([
    [
      128,
      true,
      'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
    ],
    [128, false, `${PAYLOAD}22493f82d2bce397e9d79e3b19aa4216`],
    [
      256,
      true,
      '32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13',
    ],
    [256, false, `${PAYLOAD}a866d5910f887463067ceefec45215d4`],
  ] as const)('AEAD_AES_%i_GCM, encrypted: %s', (bits, srtpEncrypted, protectedPayload) => {
    const packet = octets(HEADER + protectedPayload)
    const decryptor = createDecryptor({ ...vectorKeys(bits), srtpEncrypted })
    const clear = decryptor.decryptRtp(packet, 0, packet.length, 0)
    expect(hexOf(clear as Uint8Array)).toBe(HEADER + PAYLOAD)
  })
})

describe('RFC 7714 §17: SRTCP', () => {
  test.each([
    [
      128,
      'encrypted',
      '81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4',
    ],
    [
      256,
      'encrypted',
      '81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4',
    ],
    [128, 'tagged only', `${SENDER_REPORT}841dd9683dd78ec92ae58790125f62b3000005d4`],
    [256, 'tagged only', `${SENDER_REPORT}91db4afbfeee5a978fab4393ed2615fe000005d4`],
  ] as const)('AEAD_AES_%i_GCM, %s', (bits, _, hex) => {
    const packet = octets(hex)
    const clear = createDecryptor(vectorKeys(bits)).decryptRtcp(packet, 0, packet.length, Verdict.Verified)
    expect(hexOf(clear as Uint8Array)).toBe(SENDER_REPORT)
  })
})

/** A packet of RTP with CSRCs and a header extension, or without. */
const anyRtp = fc
  .record({
    sequence: octetsOfLength(2),
    rest: octetsOfLength(8),
    csrcs: fc.array(octetsOfLength(4), { maxLength: 15 }),
    extension: fc.option(fc.array(octetsOfLength(4), { maxLength: 3 }), { nil: undefined }),
    payload: fc.uint8Array({ maxLength: 200, size: 'max' }),
  })
  .map(({ sequence, rest, csrcs, extension, payload }) => {
    const first = 0x80 | csrcs.length | (extension === undefined ? 0 : 0x10)
    const extended = extension === undefined ? [] : [Uint8Array.of(0xbe, 0xde, 0, extension.length), ...extension]
    return Buffer.concat([Uint8Array.of(first, 96), sequence, rest, ...csrcs, ...extended, payload])
  })

const anyRtcp = fc
  .uint8Array({ minLength: 6, maxLength: 120, size: 'max' })
  .map((rest) => Buffer.concat([Uint8Array.of(0x80, 200), rest]))

/** Encrypts in place with AES in counter mode, from the RFC, apart from the code under test. */
function encrypted({ srtp, srtcp }: SessionKeys, packet: Buffer, header: number, index: bigint, ssrcAt: 4 | 8): Buffer {
  const { encryptionKey, salt } = ssrcAt === 8 ? srtp : srtcp
  const ssrc = BigInt(packet.readUInt32BE(ssrcAt))
  const iv = (BigInt(`0x${hexOf(salt)}`) << 16n) ^ (ssrc << 64n) ^ (index << 16n)
  const key = Buffer.from(iv.toString(16).padStart(32, '0'), 'hex')
  const cipher = createCipheriv(`aes-${encryptionKey.length * 8}-ctr`, encryptionKey, key)
  return Buffer.concat([packet.subarray(0, header), cipher.update(packet.subarray(header))])
}

const COUNTER_SUITES = ['AES_CM_128_HMAC_SHA1_80', 'AES_192_CM_HMAC_SHA1_32', 'AES_256_CM_HMAC_SHA1_80'].map(suite)

describe('RFC 3711 §4.1.1: what was encrypted in counter mode comes out as it was', () => {
  const anyKeys = fc.constantFrom(...COUNTER_SUITES).chain((one) =>
    fc
      .record({
        masterKey: octetsOfLength(one.masterKeyLength),
        masterSalt: octetsOfLength(one.masterSaltLength),
        mki: fc.option(fc.uint8Array({ minLength: 1, maxLength: 4 }), { nil: undefined }),
      })
      .map(({ mki, ...master }) => deriveSessionKeys({ suite: one, ...master, ...(mki && { mki }) })),
  )

  test('SRTP, with its rollover counter', () => {
    fc.assert(
      fc.property(anyKeys, anyRtp, fc.nat({ max: 2 ** 32 - 1 }), (keys, packet, roc) => {
        const header = packet.length - payloadLength(packet)
        const index = (BigInt(roc) << 16n) | BigInt(packet.readUInt16BE(2))
        const sent = protectRtp(keys, encrypted(keys, packet, header, index, 8), roc)
        expect(createAuthenticator(keys).verifyRtp(sent, 0, sent.length, roc)).toBe(Verdict.Verified)
        const clear = createDecryptor(keys).decryptRtp(Buffer.concat([Buffer.alloc(3), sent]), 3, sent.length, roc)
        expect(hexOf(clear as Uint8Array)).toBe(hexOf(packet))
      }),
    )
  })

  test('SRTCP, with and without the E bit', () => {
    fc.assert(
      fc.property(anyKeys, anyRtcp, fc.nat({ max: 2 ** 31 - 1 }), fc.boolean(), (keys, packet, index, isEncrypted) => {
        const body = isEncrypted ? encrypted(keys, packet, 8, BigInt(index), 4) : packet
        const sent = protectRtcp(keys, body, index, isEncrypted)
        const verdict = createAuthenticator(keys).verifyRtcp(sent, 0, sent.length)
        const clear = createDecryptor(keys).decryptRtcp(sent, 0, sent.length, verdict)
        expect(hexOf(clear as Uint8Array)).toBe(hexOf(packet))
      }),
    )
  })
})

function payloadLength(packet: Buffer): number {
  const fixed = 12 + (packet[0] & 15) * 4
  const extended = (packet[0] & 16) === 0 ? fixed : fixed + 4 + packet.readUInt16BE(fixed + 2) * 4
  return packet.length - extended
}

describe('what is not encrypted stays as it is', () => {
  const packet = Buffer.from(`${HEADER}${PAYLOAD}`, 'hex')
  const of = (name: string) => ({
    suite: suite(name),
    masterKey: new Uint8Array(suite(name).masterKeyLength).fill(7),
    masterSalt: new Uint8Array(14).fill(9),
  })

  test.each(['NULL_HMAC_SHA1_80', 'NULL_HMAC_SHA1_32'])('%s', (name) => {
    const keys = deriveSessionKeys(of(name))
    const sent = protectRtp(keys, packet, 5)
    expect(createDecryptor(keys).decryptRtp(sent, 0, sent.length, 5)).toEqual(new Uint8Array(packet))
    const report = Buffer.from(SENDER_REPORT, 'hex')
    const control = protectRtcp(keys, report, 3, true)
    expect(createDecryptor(keys).decryptRtcp(control, 0, control.length, Verdict.Verified)).toEqual(
      new Uint8Array(report),
    )
  })

  test('RFC 4568 §6.3.2: UNENCRYPTED_SRTP', () => {
    const keys = deriveSessionKeys({ ...of('AES_CM_128_HMAC_SHA1_80'), parameters: { unencryptedSrtp: true } })
    const sent = protectRtp(keys, packet, 0)
    expect(createDecryptor(keys).decryptRtp(sent, 0, sent.length, 0)).toEqual(new Uint8Array(packet))
  })
})

describe('RFC 4771 §2: the rollover counter carried in the tag is taken off with it', () => {
  const packet = Buffer.from(`${HEADER}${PAYLOAD}`, 'hex')
  const ROC = 0x10203

  test.each([
    [1, 'carries', 10],
    [2, 'carries', 10],
    [3, 'carries', 4],
    [1, 'carries none', 0],
    [2, 'carries none', 10],
    [3, 'carries none', 0],
  ] as const)('mode %i, a packet that %s', (mode, carries, trailer) => {
    const rate = carries === 'carries' ? 1 : 0xffff
    const master = { suite: suite('AES_CM_128_HMAC_SHA1_80'), masterKey: KEY_128, masterSalt: new Uint8Array(14) }
    const keys = deriveSessionKeys({ ...master, parameters: { rcc: { mode, rate } } })
    const index = (BigInt(ROC) << 16n) | BigInt(packet.readUInt16BE(2))
    const body = encrypted(keys, packet, 12, index, 8)
    const roc = Buffer.from('00010203', 'hex')
    const mac = createHmac('sha1', keys.srtp.authKey).update(body).update(roc).digest()
    const tag = carries === 'carries' ? Buffer.concat([roc, mac]).subarray(0, trailer) : mac.subarray(0, trailer)
    const sent = Buffer.concat([body, tag])
    // Of mode 3 nothing has proven the counter; a packet that carries it says it itself.
    const known = mode === 3 && carries === 'carries' ? 0 : ROC
    expect(createDecryptor(keys).decryptRtp(sent, 0, sent.length, known)).toEqual(new Uint8Array(packet))
  })
})

test('RFC 3711 §4.3.1: with a key derivation rate every 2^n packets have keys of their own', () => {
  const base = { suite: suite('AES_CM_128_HMAC_SHA1_80'), masterKey: KEY_128, masterSalt: new Uint8Array(14).fill(1) }
  const keys = deriveSessionKeys({ ...base, parameters: { kdr: 4 } })
  const decryptor = createDecryptor(keys)
  // Back and forth over the limits of periods, and under another rollover counter.
  for (const [roc, sequence] of [
    [0, 0],
    [0, 15],
    [0, 16],
    [0, 40],
    [0, 3],
    [2, 17],
  ]) {
    const packet = Buffer.from(`${HEADER}${PAYLOAD}`, 'hex')
    packet.writeUInt16BE(sequence, 2)
    const index = roc * 0x10000 + sequence
    const [srtp] = deriveProtocolKeys(base.suite, base.masterKey, base.masterSalt, ['srtp'], index >> 4)
    const sent = protectRtp({ ...keys, srtp }, encrypted({ ...keys, srtp }, packet, 12, BigInt(index), 8), roc)
    expect(createAuthenticator(keys).verifyRtp(sent, 0, sent.length, roc)).toBe(Verdict.Verified)
    expect(hexOf(decryptor.decryptRtp(sent, 0, sent.length, roc) as Uint8Array)).toBe(hexOf(packet))
    const report = Buffer.from(SENDER_REPORT, 'hex')
    const [srtcp] = deriveProtocolKeys(base.suite, base.masterKey, base.masterSalt, ['srtcp'], index >> 4)
    const body = encrypted({ ...keys, srtcp }, report, 8, BigInt(index), 4)
    const control = protectRtcp({ ...keys, srtcp }, body, index, true)
    expect(hexOf(decryptor.decryptRtcp(control, 0, control.length, Verdict.Verified) as Uint8Array)).toBe(SENDER_REPORT)
  }
})

test('never throws, whatever the octets and the key', () => {
  fc.assert(
    fc.property(
      anyMasterKey,
      fc.uint8Array({ maxLength: 80, size: 'max' }),
      fc.constantFrom(0, 1, 5),
      (master, bytes, verdict) => {
        const decryptor = createDecryptor(deriveSessionKeys(master))
        decryptor.decryptRtp(bytes, 0, bytes.length, 0)
        decryptor.decryptRtcp(bytes, 0, bytes.length, verdict as Verdict)
      },
    ),
  )
})
