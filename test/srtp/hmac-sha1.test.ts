import { expect, test } from 'vitest'
import { createAuthenticator, Verdict } from '../../src/srtp/authenticator.ts'
import { deriveSessionKeys } from '../../src/srtp/session-keys.ts'
import { octets, withFlippedBit } from './octets.ts'
import { suite } from './suite-arbitraries.ts'

/**
 * RFC 2202 §3 in the places where SRTP puts such data: an SRTCP tag covers everything before the MKI, so that the
 * test's data is the whole authenticated portion. Only data of 12 octets and more can stand for a packet.
 */
const VECTORS = [
  { n: 3, key: 'aa'.repeat(20), data: 'dd'.repeat(50), digest: '125d7342b9ac11cd91a39af48aa17b4f63f175d3' },
  {
    n: 4,
    key: '0102030405060708090a0b0c0d0e0f10111213141516171819',
    data: 'cd'.repeat(50),
    digest: '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  },
  {
    n: 5,
    key: '0c'.repeat(20),
    data: Buffer.from('Test With Truncation').toString('hex'),
    digest: '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04',
  },
  {
    n: 6,
    key: 'aa'.repeat(80),
    data: Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
    digest: 'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  },
  {
    n: 7,
    key: 'aa'.repeat(80),
    data: Buffer.from('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data').toString('hex'),
    digest: 'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  },
]

const base = deriveSessionKeys({
  suite: suite('AES_CM_128_HMAC_SHA1_80'),
  masterKey: new Uint8Array(16),
  masterSalt: new Uint8Array(14),
})

test.each(VECTORS)('RFC 2202 §3 test case $n, truncated to 80 bits as in RFC 3711 §4.2.1', ({ key, data, digest }) => {
  const srtcp = { ...base.srtcp, authKey: octets(key) }
  const authenticator = createAuthenticator({ ...base, srtcp })
  const packet = octets(data + digest.slice(0, 20))
  const verify = (bytes: Uint8Array) => authenticator.verifyRtcp(bytes, 0, bytes.length)
  expect(verify(packet)).toBe(Verdict.Verified)
  for (let bit = 0; bit < packet.length * 8; bit++) {
    expect(verify(withFlippedBit(packet, bit)), `bit ${bit}`).toBe(Verdict.Failed)
  }
})

/** RFC 4771's and RFC 3711's SRTP tag ends with the ROC: data that ends in four octets is a packet and its ROC. */
test.each(VECTORS)('RFC 2202 §3 test case $n as an SRTP packet and its rollover counter', ({ key, data, digest }) => {
  const all = octets(data)
  const roc = Buffer.from(all).readUInt32BE(all.length - 4)
  const srtp = { ...base.srtp, authKey: octets(key) }
  const authenticator = createAuthenticator({ ...base, srtp })
  const packet = octets(data.slice(0, -8) + digest.slice(0, 20))
  expect(authenticator.verifyRtp(packet, 0, packet.length, roc)).toBe(Verdict.Verified)
  expect(authenticator.verifyRtp(packet, 0, packet.length, (roc + 1) % 2 ** 32)).toBe(Verdict.Failed)
})
