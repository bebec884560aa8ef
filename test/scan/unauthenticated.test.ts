import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { callOf, keysOf, line, type Media, reportOn, STRONG, under } from './faulty-call.ts'

const UNAUTHENTICATED = ' UNAUTHENTICATED_SRTP'
/** The packet without its tag. */
const untagged = (name: string): NonNullable<Media['protect']> => {
  const protect = under(keysOf(name))
  return (rtp, n) => protect(rtp, n).subarray(0, -10)
}
const silence: NonNullable<Media['protect']> = (rtp) => rtp.fill(255, 12)

async function told(offered: string, answered: string, protect: NonNullable<Media['protect']>, suite = STRONG) {
  const talk = { at: 0, offer: [line(1, 'caller', suite, offered)], answer: [line(1, 'callee', suite, answered)] }
  const report = await reportOn(callOf([talk], [{ from: 'caller', at: 0.2, count: 50, protect }]))
  return { stream: report.streams[0], findings: said(report) }
}

function said({ findings }: Report): string[] {
  const rules = ['srtp-null-cipher', 'crypto-mismatch', 'rtp-avp-leak']
  return findings.flatMap(({ rule, kind, severity }) => (rules.includes(rule) ? [`${severity} ${rule} ${kind}`] : []))
}

describe('UNAUTHENTICATED_SRTP (RFC 4568 §6.3.3)', () => {
  test('by agreement packets carry no tag, and are not verified', async () => {
    const { stream, findings } = await told(UNAUTHENTICATED, UNAUTHENTICATED, untagged('caller'))
    expect(stream).toMatchObject({ verified: 0, failed: 0, plain: 0, unverified: 50, protection: 'srtp' })
    expect(stream.unverifiedReason).toBe('by what was agreed they carry no tag')
    expect(findings).toEqual(['error srtp-null-cipher no-authentication'])
  })

  test('tags that are sent all the same verify, and it is said who sends them', async () => {
    const { stream, findings } = await told(UNAUTHENTICATED, UNAUTHENTICATED, under(keysOf('caller')))
    expect(stream).toMatchObject({ verified: 50, unverified: 0, suite: STRONG })
    expect(stream.explanation?.text).toBe(
      '203.0.113.10:16384 sends SRTP with tags, which verify, although UNAUTHENTICATED_SRTP was agreed',
    )
    expect(findings).toEqual(['error crypto-mismatch wire-authenticated', 'warning srtp-null-cipher no-authentication'])
  })

  test('of one side alone it is not agreed: tags are in place', async () => {
    const { stream, findings } = await told(UNAUTHENTICATED, '', under(keysOf('caller')))
    expect(stream).toMatchObject({ verified: 50, unverified: 0 })
    expect(stream.explanation).toBeUndefined()
    expect(findings).toEqual([
      'warning crypto-mismatch parameters-differ',
      'warning srtp-null-cipher no-authentication',
    ])
  })

  test.each([
    [STRONG, UNAUTHENTICATED],
    ['AES_CM_128_NULL_AUTH', ''],
  ])('what is not encrypted either is RTP in the clear: %s%s', async (suite, parameter) => {
    const { stream, findings } = await told(parameter, parameter, silence, suite)
    expect(stream).toMatchObject({ plain: 50, unverified: 0, protection: 'plain' })
    expect(findings).toEqual(['error srtp-null-cipher no-authentication', 'error rtp-avp-leak on-wire'])
  })

  test('with UNENCRYPTED_SRTP beside it that is what was agreed', async () => {
    const both = `${UNAUTHENTICATED} UNENCRYPTED_SRTP`
    const { stream } = await told(both, both, silence)
    expect(stream).toMatchObject({ plain: 0, unverified: 50, protection: 'srtp' })
  })

  test.each([
    [STRONG, UNAUTHENTICATED],
    ['AES_CM_128_NULL_AUTH', ''],
  ])('what a re-INVITE encrypts is not taken for the plain RTP before it: %s%s', async (suite, parameter) => {
    const plain = { at: 0, offer: [], answer: [], profile: 'RTP/AVP' }
    const secured = {
      at: 3,
      offer: [line(1, 'caller', suite, parameter)],
      answer: [line(1, 'callee', suite, parameter)],
    }
    const encrypt = untagged('caller')
    const protect: Media['protect'] = (rtp, n) => (n < 145 ? silence : encrypt)(rtp, n)
    const report = await reportOn(callOf([plain, secured], [{ from: 'caller', at: 0.2, count: 300, protect }]))
    expect(report.streams[0]).toMatchObject({ protection: 'srtp', failed: 0 })
    expect(report.streams[0].unverified).toBeGreaterThan(40)
    expect(said(report)).toEqual(['error srtp-null-cipher no-authentication'])
  })
})
