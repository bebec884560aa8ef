import { describe, expect, test } from 'vitest'
import type { AnalysedCall } from '../../../src/model/analysis.ts'
import type { Finding } from '../../../src/model/report.ts'
import type { SrtpPolicy } from '../../../src/policy/policy.ts'
import { srtpSuitePolicy } from '../../../src/rules/protection/srtp-suite-policy.ts'
import { callOf, hop, streamOf, traceOf } from '../media-trace.ts'
import { agreement, callWith, line } from './agreed-suites.ts'

const SHORT = 'AES_CM_128_HMAC_SHA1_32'
const FULL = 'AES_CM_128_HMAC_SHA1_80'
const GCM = 'AEAD_AES_256_GCM'

function found(srtp: SrtpPolicy, ...calls: readonly AnalysedCall[]): Finding[] {
  return srtpSuitePolicy.find(traceOf({ calls }), { names: ['mine'], srtp })
}

function said(srtp: SrtpPolicy, ...calls: readonly AnalysedCall[]): string[] {
  return found(srtp, ...calls).map(({ kind, evidence }) => `${kind} ${evidence.suite} ${evidence.better ?? ''}`.trim())
}

const agreeing = (suite: string, ...offered: readonly string[]) =>
  callWith(
    agreement(
      [suite, ...offered].map((one, n) => line(n + 1, one)),
      [line(1, suite, 9)],
    ),
  )

describe('srtp-suite-policy (RFC 4568 §5.1.2)', () => {
  test('not-allowed: the agreed suite is not in the list', () => {
    const [one, ...rest] = found({ suites: [FULL] }, agreeing(SHORT, FULL))
    expect(rest).toEqual([])
    expect(one).toMatchObject({
      kind: 'not-allowed',
      severity: 'warning',
      callId: 'one',
      frames: [1, 3],
      evidence: { suite: SHORT, allowed: [FULL], mediaIndex: 0 },
    })
    expect(one.detail).toContain(`the policy allows ${FULL}`)
  })

  test('silent without a policy, and for a suite of the list that was the only one', () => {
    expect(srtpSuitePolicy.find(traceOf({ calls: [agreeing(SHORT)] }))).toEqual([])
    expect(said({ suites: [GCM, FULL] }, agreeing(FULL))).toEqual([])
  })

  test('silent where a suite is merely offered, or the answer does not belong to the offer', () => {
    expect(said({ suites: [FULL] }, agreeing(FULL, SHORT))).toEqual([])
    expect(said({ suites: [GCM, FULL] }, callWith(agreement([line(1, GCM)], [line(2, FULL, 9)])))).toEqual([])
  })

  test('a suite that this tool does not know is judged by its name', () => {
    expect(said({ suites: [FULL] }, agreeing('ARIA_128_CTR_HMAC_SHA1_80'))).toEqual([
      'not-allowed ARIA_128_CTR_HMAC_SHA1_80',
    ])
  })

  test('offerOnlySuites: may be offered, not agreed', () => {
    const srtp = { offerOnlySuites: ['AES_CM_128_NULL_AUTH'] }
    expect(said(srtp, agreeing(FULL, 'AES_CM_128_NULL_AUTH'))).toEqual([])
    expect(said(srtp, agreeing('AES_CM_128_NULL_AUTH'))).toEqual(['not-allowed AES_CM_128_NULL_AUTH'])
  })

  test('passed-over: a better one was offered, and the answerer agreed on it in another call', () => {
    const calls = [agreeing(FULL, GCM), agreeing(GCM)]
    expect(said({ suites: [GCM, FULL] }, ...calls)).toEqual([`passed-over ${FULL} ${GCM}`])
    expect(said({ suites: [GCM, FULL] }, ...calls.toReversed())).toEqual([`passed-over ${FULL} ${GCM}`])
    const [one] = found({ suites: [GCM, FULL] }, ...calls)
    expect(one.detail).toContain('the answerer agreed on it in frame 3')
  })

  test('passed-over: silent where nothing shows that the answerer has it', () => {
    expect(said({ suites: [GCM, FULL] }, agreeing(FULL, GCM))).toEqual([])
  })

  test('preferredSuites: any suite may be agreed, and the preferred one is not passed over', () => {
    const srtp = { preferredSuites: [FULL] }
    expect(said(srtp, agreeing(SHORT))).toEqual([])
    expect(said(srtp, agreeing(SHORT, FULL), agreeing(FULL))).toEqual([`passed-over ${SHORT} ${FULL}`])
  })

  test('keying: SDES where DTLS is asked for', () => {
    const [one] = found({ keying: ['dtls'] }, agreeing(FULL))
    expect(one).toMatchObject({ kind: 'not-allowed', evidence: { keying: 'sdes', allowedKeying: ['dtls'] } })
    expect(found({ keying: ['sdes'] }, agreeing(FULL))).toEqual([])
  })

  test('webSocketDtls: media agreed over WebSocket is keyed by DTLS-SRTP', () => {
    const plain = hop()
    const overWebSocket = (keying: 'none' | 'dtls') =>
      callOf({
        exchanges: [
          {
            ...plain,
            transport: 'ws',
            session: {
              ...plain.session,
              media: plain.session.media.map((one) => ({ ...one, agreed: { profile: 'UDP/TLS/RTP/SAVPF', keying } })),
            },
          },
        ],
      })
    expect(found({ webSocketDtls: true }, overWebSocket('none'))).toMatchObject([{ evidence: { keying: 'none' } }])
    expect(found({ webSocketDtls: true }, overWebSocket('dtls'))).toEqual([])
    expect(found({ webSocketDtls: true }, agreeing(FULL))).toEqual([])
  })

  test('media that verifies under a key of the keys file was agreed out of sight', () => {
    const report = { suite: SHORT, keySource: 'keys-file' as const, verified: 500, plain: 0 }
    const finding = (more: object) =>
      srtpSuitePolicy.find(traceOf({ streams: [streamOf({ call: undefined, report: { ...report, ...more } })] }), {
        names: ['mine'],
        srtp: { suites: [FULL] },
      })
    expect(finding({})).toMatchObject([{ kind: 'not-allowed', evidence: { suite: SHORT } }])
    expect([...finding({ suite: FULL }), ...finding({ verified: 0 }), ...finding({ keySource: 'sdp' })]).toEqual([])
  })

  test('once a call, however often it is agreed anew', () => {
    const again = callWith(
      agreement([line(1, SHORT)], [line(1, SHORT, 9)]),
      agreement([line(1, SHORT)], [line(1, SHORT, 9)], 51),
    )
    expect(said({ suites: [FULL] }, again)).toHaveLength(1)
  })
})
