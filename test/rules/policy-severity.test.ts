import { describe, expect, test } from 'vitest'
import type { AnalysedCall, ClearSip, DescribedMedia } from '../../src/model/analysis.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { rtpAvpLeak } from '../../src/rules/protection/rtp-avp-leak.ts'
import { rtpPlain } from '../../src/rules/protection/rtp-plain.ts'
import { srtpOptional } from '../../src/rules/protection/srtp-optional.ts'
import { sipCleartext } from '../../src/rules/signalling/sip-cleartext.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, mediaAt, streamOf, traceOf, UNREAD } from './media-trace.ts'

const REQUIRED: Policy = { names: ['mine'], srtp: { required: true } }

function calling(offer: Partial<DescribedMedia>, answer: Partial<DescribedMedia>): AnalysedCall {
  return callOf({ exchanges: [hop({ offerMedia: mediaAt(CALLER, offer), answerMedia: mediaAt(CALLEE, answer) })] })
}

const said = (rule: typeof rtpPlain, call: AnalysedCall, policy?: Policy, facts = {}) =>
  rule.find(traceOf({ calls: [call], ...facts }), policy).map(({ kind, severity }) => `${kind} ${severity}`)

describe('where a policy requires SRTP', () => {
  test('RTP/AVP that nobody minded is a leak, and not merely plain', () => {
    const call = calling({}, {})
    expect(said(rtpPlain, call)).toEqual(['undefined warning'])
    expect(said(rtpPlain, call, REQUIRED)).toEqual([])
    expect(said(rtpAvpLeak, call)).toEqual([])
    expect(said(rtpAvpLeak, call, REQUIRED)).toEqual(['negotiated error'])
    const [one] = rtpAvpLeak.find(traceOf({ calls: [call] }), REQUIRED)
    expect(one.detail).toContain('nobody asked for SRTP, which the policy requires')
  })

  test('not where the media is protected all the same, or keyed on its own way (RFC 5764, RFC 6189)', () => {
    const call = calling({}, {})
    const srtp = streamOf({ report: { protection: 'srtp', plain: 0 } })
    expect(said(rtpAvpLeak, call, REQUIRED, { streams: [srtp] })).toEqual([])
    const zrtp = streamOf({ facts: { zrtpOnFlow: true }, report: UNREAD })
    expect(said(rtpAvpLeak, call, REQUIRED, { streams: [zrtp] })).toEqual([])
  })

  test('a best-effort offer that is declined is an error (RFC 8643 §3)', () => {
    const call = calling({ carries: ['crypto'] }, {})
    expect(said(rtpAvpLeak, call)).toEqual(['declined warning'])
    expect(said(rtpAvpLeak, call, REQUIRED)).toEqual(['declined error'])
  })

  test('an offer that leaves the choice is a warning', () => {
    const call = calling({ carries: ['crypto'] }, { carries: ['crypto'] })
    expect(said(srtpOptional, call)).toEqual(['best-effort info'])
    expect(said(srtpOptional, call, REQUIRED)).toEqual(['best-effort warning'])
    const profile: Policy = { names: ['mine'], srtp: { secureProfile: true } }
    expect(said(srtpOptional, call, profile)).toEqual(['best-effort warning'])
  })
})

describe('where a policy requires TLS', () => {
  const [source, destination] = [CALLER, CALLEE]
  const clear = (facts: Partial<ClearSip> = {}): ClearSip => ({
    transport: 'udp',
    source,
    destination,
    messages: 6,
    registers: 0,
    at: [frameAt(1)],
    ...facts,
  })
  const severities = (sip: Policy['sip'], ...clearSip: readonly ClearSip[]) =>
    sipCleartext.find(traceOf({ clearSip }), { names: ['mine'], sip: sip ?? {} }).map(({ severity }) => severity)

  test('SIP in the clear is an error', () => {
    expect(severities({}, clear())).toEqual(['warning'])
    expect(severities({ tlsRequired: true }, clear())).toEqual(['error'])
  })

  test('or REGISTER alone, or WebSocket alone', () => {
    const others = { ...clear(), destination: { address: '192.0.2.99', port: 5060 } }
    expect(severities({ registerTls: true }, clear({ registers: 1 }), others)).toEqual(['error', 'warning'])
    expect(severities({ webSocketTls: true }, clear({ transport: 'ws' }), others)).toEqual(['error', 'warning'])
  })
})
