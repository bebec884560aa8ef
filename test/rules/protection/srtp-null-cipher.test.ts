import { describe, expect, test } from 'vitest'
import { srtpNullCipher } from '../../../src/rules/protection/srtp-null-cipher.ts'
import { agreement, callWith, found, line } from './agreed-suites.ts'

const FULL = 'AES_CM_128_HMAC_SHA1_80'

function said(offer: readonly string[], answer: readonly string[]): string[] {
  return found(srtpNullCipher, callWith(agreement(offer, answer))).map(({ severity, kind }) => `${severity} ${kind}`)
}

describe('srtp-null-cipher (RFC 4568 §6.3)', () => {
  test.each([
    ['NULL_HMAC_SHA1_80', ['error no-encryption']],
    ['NULL_HMAC_SHA1_32', ['error no-encryption']],
    ['AES_CM_128_NULL_AUTH', ['error no-authentication']],
    [FULL, []],
    ['F8_128_HMAC_SHA1_80', []],
    ['AEAD_AES_256_GCM', []],
  ])('%s', (suite, expected) => {
    expect(said([line(1, suite)], [line(1, suite, 9)])).toEqual(expected)
  })

  test.each([
    [' UNENCRYPTED_SRTP', ['error no-encryption']],
    [' UNENCRYPTED_SRTP UNENCRYPTED_SRTCP', ['error no-encryption']],
    [' UNAUTHENTICATED_SRTP', ['error no-authentication']],
    [' UNENCRYPTED_SRTP UNAUTHENTICATED_SRTP', ['error no-encryption', 'error no-authentication']],
    [' UNENCRYPTED_SRTCP', ['warning srtcp-only']],
    [' KDR=1 WSH=128', []],
  ])('session parameters%s', (parameters, expected) => {
    expect(said([line(1, FULL, 1, parameters)], [line(1, FULL, 9, parameters)])).toEqual(expected)
  })

  test('the tag of an AEAD suite stays whatever is said of it (RFC 7714 §14.1)', () => {
    const gcm = 'AEAD_AES_128_GCM'
    const of = (parameters: string) => said([line(1, gcm, 1, parameters)], [line(1, gcm, 9, parameters)])
    expect(of(' UNAUTHENTICATED_SRTP')).toEqual([])
    expect(of(' UNAUTHENTICATED_SRTP UNENCRYPTED_SRTP')).toEqual(['error no-encryption'])
  })

  test('a parameter of one side alone is told as that', () => {
    const call = callWith(agreement([line(1, FULL, 1, ' UNENCRYPTED_SRTP')], [line(1, FULL, 9)]))
    const [finding] = found(srtpNullCipher, call)
    expect(finding).toMatchObject({ kind: 'no-encryption', frames: [1, 3] })
    expect(finding.detail).toContain('UNENCRYPTED_SRTP (of the offer only)')
    expect(finding.detail).toContain('the offerer may send media packets that are not encrypted')
  })

  test('silent for what is offered and not agreed', () => {
    expect(said([line(1, 'NULL_HMAC_SHA1_80'), line(2, FULL)], [line(2, FULL, 9)])).toEqual([])
    expect(said([line(1, 'AES_CM_128_NULL_AUTH'), line(2, FULL)], [line(2, FULL, 9)])).toEqual([])
    expect(said([line(1, FULL, 1, ' UNENCRYPTED_SRTP'), line(2, FULL)], [line(2, FULL, 9)])).toEqual([])
  })

  test('once a call, however often it is agreed anew', () => {
    const nulls = (frame: number) => agreement([line(1, 'NULL_HMAC_SHA1_80')], [line(1, 'NULL_HMAC_SHA1_80', 9)], frame)
    expect(found(srtpNullCipher, callWith(nulls(1), nulls(51)))).toHaveLength(1)
  })
})
