import { describe, expect, test } from 'vitest'
import { hasReadableKey } from '../../src/sdp/mikey.ts'

/** HDR (RFC 3830 §6.1) with one crypto session, T, RAND, SP, and what follows. */
function message(last: readonly number[], { map = [0, 1, ...new Array(8).fill(0)], type = 1 } = {}): Buffer {
  const header = [1, 0, 5, 0, 0xde, 0xad, 0xbe, 0xef, 1, ...map]
  const time = [11, 0, ...new Array(8).fill(0x11)]
  const random = [10, 16, ...new Array(16).fill(0x22)]
  const policy = [type, 0, 0, 0, 3, 0, 1, 1]
  return Buffer.from([...header, ...time, ...random, ...policy, ...last])
}

/** §6.2 with a TEK of 16 octets (§6.13), and HMAC-SHA-1-160 behind it. */
const kemac = (encryption: number, key = 16) => [
  ...[0, encryption, 0, 4 + key, 0, 0x20, 0, key, ...new Array(key).fill(0x33)],
  ...[1, ...new Array(20).fill(0x44)],
]

describe('RFC 3830 §6.2: who can read the key of a MIKEY message', () => {
  test('anyone, where KEMAC says NULL', () => expect(hasReadableKey(message(kemac(0)))).toBe(true))
  test('RFC 4563 §4: an empty map has no octets', () =>
    expect(hasReadableKey(message(kemac(0), { map: [1] }))).toBe(true))
  test('nobody, where it is encrypted: AES-CM-128, AES-KW-128', () => {
    expect(hasReadableKey(message(kemac(1)))).toBe(false)
    expect(hasReadableKey(message(kemac(2)))).toBe(false)
  })
  test('RFC 4650 §4.2: nobody, where KEMAC holds the MAC alone', () =>
    expect(hasReadableKey(message([0, 0, 0, 0, 1, ...new Array(20).fill(0)]))).toBe(false))
  test('nobody, where there is no KEMAC: a Diffie-Hellman exchange', () =>
    expect(hasReadableKey(message([0, 0, ...new Array(192).fill(7)], { type: 3 }))).toBe(false))
  test('nobody knows of a message that is cut anywhere', () => {
    const whole = message(kemac(0))
    for (let end = 0; end < whole.length - 21; end++) expect(hasReadableKey(whole.subarray(0, end))).toBe(false)
  })
})
