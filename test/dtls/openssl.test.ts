import { describe, expect, test } from 'vitest'
import { captureOf, mastersOf, mediaUnder, rtcpUnder, streamsOf } from './media-capture.ts'
import { handshake, OPENSSL } from './openssl-handshake.ts'

const PROFILES = [
  ['SRTP_AES128_CM_SHA1_80', 'AES_CM_128_HMAC_SHA1_80', 60],
  ['SRTP_AES128_CM_SHA1_32', 'AES_CM_128_HMAC_SHA1_32', 60],
  ['SRTP_AEAD_AES_128_GCM', 'AEAD_AES_128_GCM', 56],
  ['SRTP_AEAD_AES_256_GCM', 'AEAD_AES_256_GCM', 88],
] as const

describe.runIf(OPENSSL)('media keyed by handshakes of openssl (RFC 5764 §4.2)', () => {
  test.each(PROFILES)('%s, with a cookie', async (profile, suite, length) => {
    const { crossed, keyLog, exported } = await handshake(profile, length)
    expect(exported).toHaveLength(length)
    const masters = mastersOf(suite, exported)
    const path = captureOf([...crossed, ...mediaUnder(masters, 1, 20), ...rtcpUnder(masters)])
    const { streams, anomalies } = await streamsOf(path, keyLog)
    const common = { failed: 0, unverified: 0, suite, keySource: 'dtls' }
    const expected = ['client', 'server'].flatMap((sender) => [
      { sender, kind: 'rtcp', verified: 1, ...common },
      { sender, kind: 'rtp', verified: 20, ...common },
    ])
    expect(streams.sort((a, b) => (a.sender + a.kind < b.sender + b.kind ? -1 : 1))).toEqual(expected)
    expect(anomalies).toEqual([])
  })

  test.each([
    ['DTLS 1.0', ['-dtls1', '-cipher', 'ALL:@SECLEVEL=0']],
    ['DTLS 1.2, SHA-384', ['-dtls1_2', '-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384']],
    ['small datagrams', ['-dtls1_2', '-mtu', '300']],
  ] as const)('%s', async (_, options) => {
    const { crossed, keyLog, exported } = await handshake('SRTP_AES128_CM_SHA1_80', 60, options)
    expect(exported).toHaveLength(60)
    const masters = mastersOf('AES_CM_128_HMAC_SHA1_80', exported)
    const { streams } = await streamsOf(captureOf([...crossed, ...mediaUnder(masters, 1, 10)]), keyLog)
    expect(streams.map(({ verified, failed }) => [verified, failed])).toEqual([
      [10, 0],
      [10, 0],
    ])
  })
})
