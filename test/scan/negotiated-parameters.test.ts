import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { callOf, keysOf, line, reportOn, STRONG, under } from './faulty-call.ts'

async function told(offered: string, answered: string, suite = STRONG): Promise<Report> {
  const talk = { at: 0, offer: [line(1, 'caller', suite, offered)], answer: [line(1, 'callee', suite, answered)] }
  return reportOn(callOf([talk], [{ from: 'caller', at: 0.2, count: 50, protect: under(keysOf('caller', suite)) }]))
}

const mismatches = ({ findings }: Report) => findings.filter(({ rule }) => rule === 'crypto-mismatch')

describe('session parameters that are negotiated (RFC 4568 §6.3)', () => {
  test.each([
    [' UNAUTHENTICATED_SRTP', '', 'is answered without UNAUTHENTICATED_SRTP, which it was offered with'],
    ['', ' UNENCRYPTED_SRTCP', 'is answered with UNENCRYPTED_SRTCP, which it was not offered with'],
    [
      ' UNENCRYPTED_SRTP',
      ' UNENCRYPTED_SRTCP',
      'without UNENCRYPTED_SRTP, which it was offered with, and with UNENCRYPTED_SRTCP',
    ],
  ])('of one side only: offered "%s", answered "%s"', async (offered, answered, says) => {
    const found = mismatches(await told(offered, answered))
    expect(found.map(({ severity, kind }) => `${severity} ${kind}`)).toEqual(['warning parameters-differ'])
    expect(found[0].detail).toContain(says)
    expect(found[0].references).toContain('RFC 4568 §6.3.2')
  })

  test('of one side they are not agreed: who encrypts does as it has to', async () => {
    const report = await told(' UNENCRYPTED_SRTP', '')
    expect(report.streams[0]).toMatchObject({ verified: 50, failed: 0 })
    expect(report.streams[0].explanation).toBeUndefined()
  })

  test.each([
    [' KDR=8 WSH=128', ''],
    ['', ' WSH=64 FEC_ORDER=SRTP_FEC'],
  ])('others each side declares for itself: "%s", "%s"', async (offered, answered) => {
    expect(mismatches(await told(offered, answered)).map(({ kind }) => kind)).not.toContain('parameters-differ')
  })

  test('of AEAD suites, whose tag stays, UNAUTHENTICATED_SRTP changes nothing (RFC 7714 §14.1)', async () => {
    expect(mismatches(await told(' UNAUTHENTICATED_SRTP', '', 'AEAD_AES_128_GCM'))).toEqual([])
  })

  test('of another line than the accepted one nothing is said', async () => {
    const offer = [line(1, 'first', STRONG, ' UNENCRYPTED_SRTP'), line(2, 'caller')]
    const talk = { at: 0, offer, answer: [line(2, 'callee')] }
    const media = { from: 'caller', at: 0.2, count: 50, protect: under(keysOf('caller')) } as const
    expect(mismatches(await reportOn(callOf([talk], [media])))).toEqual([])
  })
})
