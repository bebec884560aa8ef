import { describe, expect, test } from 'vitest'
import { srtpWeakSuite } from '../../../src/rules/protection/srtp-weak-suite.ts'
import { streamOf, traceOf } from '../media-trace.ts'
import { agreement, callWith, found, line } from './agreed-suites.ts'

const SHORT = 'AES_CM_128_HMAC_SHA1_32'
const FULL = 'AES_CM_128_HMAC_SHA1_80'

function said(offer: readonly string[], answer: readonly string[]): string[] {
  return found(srtpWeakSuite, callWith(agreement(offer, answer))).map(
    ({ severity, evidence }) => `${severity} ${evidence.suite} ${evidence.tagBits}`,
  )
}

describe('srtp-weak-suite (RFC 3711 §7.5, RFC 7714 §13.2)', () => {
  test.each([
    [SHORT, `warning ${SHORT} 32`],
    ['AES_CM_256_HMAC_SHA1_32', 'warning AES_256_CM_HMAC_SHA1_32 32'],
    ['F8_128_HMAC_SHA1_32', 'warning F8_128_HMAC_SHA1_32 32'],
    ['AEAD_AES_128_GCM_8', 'warning AEAD_AES_128_GCM_8 64'],
    ['AEAD_AES_256_GCM_8', 'warning AEAD_AES_256_GCM_8 64'],
  ])('%s is agreed', (suite, expected) => {
    expect(said([line(1, suite)], [line(1, suite, 9)])).toEqual([expected])
  })

  test.each([[FULL], ['AES_256_CM_HMAC_SHA1_80'], ['AEAD_AES_128_GCM'], ['AES_CM_128_NULL_AUTH']])(
    'silent for %s',
    (suite) => {
      expect(said([line(1, suite)], [line(1, suite, 9)])).toEqual([])
    },
  )

  test('silent where a short tag is merely offered', () => {
    expect(said([line(1, SHORT), line(2, FULL)], [line(2, FULL, 9)])).toEqual([])
  })

  test('of several m= lines, which count their tags each by itself, the one is named', () => {
    const more = (port: number, octet: number) => [`m=audio ${port} RTP/SAVP 0`, line(1, SHORT, octet)]
    const both = agreement([line(1, SHORT), ...more(4002, 2)], [line(1, SHORT, 9), ...more(6002, 8)])
    const details = found(srtpWeakSuite, callWith(both)).map(({ detail }) => detail)
    expect(details).toEqual([1, 2].map((n) => expect.stringContaining(`is agreed for the audio (m= line ${n}) on `)))
  })

  test('names the full tag that was passed over', () => {
    const [finding] = found(srtpWeakSuite, callWith(agreement([line(1, SHORT), line(2, FULL)], [line(1, SHORT, 9)])))
    expect(finding).toMatchObject({ frames: [1, 3], callId: 'one', evidence: { betterOffered: FULL, mediaIndex: 0 } })
    expect(finding.detail).toContain(`${FULL} was offered too, as tag 2`)
  })

  test('says only of the packets under it what a line says that is accepted beside another', () => {
    const offer = [line(1, FULL), line(2, SHORT)]
    const [finding] = found(srtpWeakSuite, callWith(agreement(offer, [line(1, FULL, 8), line(2, SHORT, 9)])))
    expect(finding.detail).toContain(`Tag 2 with ${SHORT} is accepted beside tag 1 on`)
    expect(finding.detail).toContain('under it media packets carry a tag of 32 bits')
  })

  test('silent where the answer does not belong to the offer, and where no tag is sent at all', () => {
    expect(said([line(1, FULL)], [line(1, SHORT, 9)])).toEqual([])
    expect(said([line(2, SHORT)], [line(1, SHORT, 9)])).toEqual([])
    const none = ' UNAUTHENTICATED_SRTP'
    expect(said([line(1, SHORT, 1, none)], [line(1, SHORT, 9, none)])).toEqual([])
    const gcm = 'AEAD_AES_128_GCM_8'
    expect(said([line(1, gcm, 1, none)], [line(1, gcm, 9, none)])).toEqual(said([line(1, gcm)], [line(1, gcm, 9)]))
  })

  test('once a call, however often it is agreed anew', () => {
    const again = [
      agreement([line(1, SHORT)], [line(1, SHORT, 9)]),
      agreement([line(1, SHORT)], [line(1, SHORT, 9)], 51),
    ]
    expect(found(srtpWeakSuite, callWith(...again))).toHaveLength(1)
  })

  test('media that verifies under a key of the keys file was agreed out of sight', () => {
    const report = { suite: SHORT, keySource: 'keys-file' as const, verified: 500, plain: 0 }
    const stream = streamOf({ call: undefined, report })
    expect(srtpWeakSuite.find(traceOf({ streams: [stream] }))).toMatchObject([
      { severity: 'warning', streamId: stream.report.id, evidence: { suite: SHORT } },
    ])
    const unverified = streamOf({ call: undefined, report: { ...report, verified: 0 } })
    const full = streamOf({ call: undefined, report: { ...report, suite: FULL } })
    const control = streamOf({ call: undefined, report: { ...report, kind: 'rtcp' } })
    expect(srtpWeakSuite.find(traceOf({ streams: [unverified, full, control] }))).toEqual([])
  })
})
