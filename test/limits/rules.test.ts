import { describe, expect, test } from 'vitest'
import { RULE_LIMITS } from '../../src/limits/rule-limits.ts'
import type { Analysis } from '../../src/model/analysis.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/policy/policy.ts'
import { reportOf } from '../../src/scan/report-of.ts'
import { audio } from '../media/exchanges.ts'
import { A, answered, callBetween, refused, SECURE } from '../rules/media/refused-offers.ts'
import { callOf, frameAt, traceOf } from '../rules/media-trace.ts'
import { line } from '../rules/protection/agreed-suites.ts'
import { certificateOf, chainOf, handshakeOf, tlsOf } from '../rules/tls/tls-trace.ts'
import { address, repeated } from './sip-frames.ts'

/** Facts that reach a limit, and what is dropped by it. */
interface Reaching {
  readonly facts: Partial<Analysis>
  readonly dropped: number
  readonly policy?: Policy
}

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const STRICT: Policy = { ...DEFAULT_POLICY, srtp: { preferredSuites: ['AEAD_AES_256_GCM', SUITE] } }
const answeredBy = (n: number) =>
  callBetween(
    [answered(SECURE, audio(address(n), 6000, 'RTP/SAVP', line(1, SUITE)), { source: A, destination: address(n) })],
    { callId: `${n}`, state: 'completed' },
  )

/** A call whose sides have keys that no other call has. */
const keyedBy = (n: number) => {
  const keyed = (of: number) => {
    const key = Buffer.alloc(30, 7)
    key.writeUInt32BE(of)
    return audio(address(1), 6000, 'RTP/SAVP', `a=crypto:1 ${SUITE} inline:${key.toString('base64')}`)
  }
  const call = callBetween([answered(keyed(2 * n), keyed(2 * n + 1))], { callId: `${n}`, state: 'completed' })
  return { ...call, answerUs: call.startUs }
}

const REACHING: Readonly<Record<keyof typeof RULE_LIMITS, () => Reaching>> = {
  hostsRemembered: () => ({ facts: { calls: repeated(4100, answeredBy) }, dropped: 5 }),
  partiesRemembered: () => ({ facts: { calls: repeated(10_002, answeredBy) }, dropped: 3, policy: STRICT }),
  keysRemembered: () => ({ facts: { calls: repeated(131_074, keyedBy) }, dropped: 4 }),
  refusedOffers: () => ({
    facts: {
      calls: repeated(10_003, (n) => callBetween([refused(SECURE)], { callId: `${n}`, from: `sip:${n}@a.example` })),
    },
    dropped: 3,
  }),
  callPairs: () => ({
    facts: {
      calls: repeated(10_003, (n) => {
        const to = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
        const refusal = {
          at: frameAt(1),
          status: 403,
          by: '198.51.100.20',
          to,
          withCredentials: false,
          progressed: false,
        }
        return { ...callOf({ callId: `${n}`, state: 'failed' }), refusal }
      }),
    },
    dropped: 3,
  }),
  servedNames: () => ({
    facts: {
      tls: repeated(10_003, (n) => {
        const leaf = certificateOf({ commonName: `${n}.example`, dnsNames: [`${n}.example`] })
        return tlsOf(handshakeOf({ certificates: { server: chainOf(leaf) } }))
      }),
    },
    dropped: 3,
  }),
}

describe('limits of what rules remember', () => {
  test.each(Object.keys(RULE_LIMITS) as (keyof typeof RULE_LIMITS)[])('%s', { timeout: 120_000 }, async (name) => {
    const { facts, dropped, policy = DEFAULT_POLICY } = REACHING[name]()
    const { anomalies }: LargeReport = await reportOf(traceOf(facts), policy, {})
    expect(anomalies).toContainEqual(
      expect.objectContaining({ count: dropped, limit: expect.objectContaining({ name }) }),
    )
  })
})
