import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { deriveSessionKeys, type RolloverCounterCarrying } from '../../src/srtp/session-keys.ts'
import { suite } from './suite-arbitraries.ts'

const RATE = 4
const ROC = 0x00010203

function packetOf(sequenceNumber: number): Buffer {
  return Buffer.from([0x80, 0, sequenceNumber >> 8, sequenceNumber & 0xff, ...Array(40).fill(3)])
}

function setUp(mode: RolloverCounterCarrying['mode'], mki?: Uint8Array) {
  const master = { masterKey: new Uint8Array(16).fill(1), masterSalt: new Uint8Array(14).fill(2) }
  const parameters = { rcc: { mode, rate: RATE } }
  const keys = deriveSessionKeys({
    suite: suite('AES_CM_128_HMAC_SHA1_80'),
    ...master,
    ...(mki && { mki }),
    parameters,
  })
  const roc = Buffer.alloc(4)
  roc.writeUInt32BE(ROC)
  const mac = (packet: Buffer) => createHmac('sha1', keys.srtp.authKey).update(packet).update(roc).digest()
  const authenticator = createAuthenticator(keys)
  const verify = (...parts: Uint8Array[]) => {
    const packet = Buffer.concat(parts)
    return authenticator.verifyRtp(packet, 0, packet.length, ROC)
  }
  return { mac, roc, verify, authenticator }
}

describe('RFC 4771 §2: TAG = ROC || MAC_tr in packets whose sequence number is 0 modulo R', () => {
  test.each([1, 2] as const)('mode %d: such a packet verifies with 32 bits less of the MAC', (mode) => {
    for (const mki of [undefined, Uint8Array.from([7, 7])]) {
      const { mac, roc, verify, authenticator } = setUp(mode, mki)
      const packet = packetOf(8)
      const before = mki ?? new Uint8Array(0)
      const tag = mac(packet).subarray(0, 6)
      expect(verify(packet, before, roc, tag)).toBe(Verdict.Verified)
      expect(verify(packet, before, roc, mac(packet).subarray(1, 7))).toBe(Verdict.Failed)
      const whole = Buffer.concat([packet, before, roc, tag])
      expect(authenticator.verifyRtp(whole, 0, whole.length, ROC + 1)).toBe(Verdict.Failed)
    }
  })

  test('a counter in the tag that is not the one of the MAC fails', () => {
    const { mac, verify } = setUp(1)
    const packet = packetOf(8)
    expect(verify(packet, Buffer.from([0, 0, 0, 9]), mac(packet).subarray(0, 6))).toBe(Verdict.Failed)
  })

  test('mode 1 leaves other packets without a tag, mode 2 gives them the usual one', () => {
    const packet = packetOf(9)
    expect(setUp(1).verify(packet)).toBe(Verdict.NotAuthenticated)
    const { mac, verify } = setUp(2)
    expect(verify(packet, mac(packet).subarray(0, 10))).toBe(Verdict.Verified)
    expect(verify(packet, mac(packet).subarray(1, 11))).toBe(Verdict.Failed)
  })

  test('mode 3 authenticates nothing', () => {
    const { roc, verify } = setUp(3)
    expect(verify(packetOf(8), roc)).toBe(Verdict.NotAuthenticated)
    expect(verify(packetOf(9))).toBe(Verdict.NotAuthenticated)
  })
})
