import { describe, expect, test } from 'vitest'
import { ExchangeFacts } from '../../../src/model/exchanges.ts'
import type { JoinedCalls } from '../../../src/model/joined-calls.ts'
import { rtpAvpLeak } from '../../../src/rules/protection/rtp-avp-leak.ts'
import { audio, crypto, described, exchange } from '../../media/exchanges.ts'
import { callOf, traceOf } from '../media-trace.ts'

const [A, SBC, B] = ['203.0.113.10', '192.0.2.1', '198.51.100.20']
const CERTAIN: JoinedCalls = { calls: [0, 1], by: ['session-id'], certainty: 'certain' }

function call(callId: string, offer: string, answer: string, [from, to]: readonly string[]) {
  const one = exchange(callId, described(1, offer, from, to), [described(3, answer, to, from)])
  return callOf({ callId, exchanges: [new ExchangeFacts(one, false)] })
}

const secured = call('outside', audio(A, 4000, 'RTP/SAVP', crypto(1, 1)), audio(SBC, 5000, 'RTP/SAVP', crypto(1, 2)), [
  A,
  SBC,
])
const plain = call('inside', audio(SBC, 5002, 'RTP/AVP'), audio(B, 6000, 'RTP/AVP'), [SBC, B])

const found = (calls: readonly (typeof plain)[], joined: readonly JoinedCalls[]) =>
  rtpAvpLeak
    .find(traceOf({ calls, joined }))
    .map(({ severity, kind, callId, evidence }) => [severity, kind, callId, evidence.securedCallId])

describe('rtp-avp-leak other-leg: the legs of a B2BUA have a Call-ID each', () => {
  test('one leg is SRTP and the other is not, whichever comes first', () => {
    expect(found([secured, plain], [CERTAIN])).toEqual([['error', 'other-leg', 'inside', 'outside']])
    expect(found([plain, secured], [CERTAIN])).toEqual([['error', 'other-leg', 'inside', 'outside']])
  })

  test('legs that are only likely to be one call: a warning that says so', () => {
    const likely: JoinedCalls = { ...CERTAIN, by: ['parties'], certainty: 'likely' }
    expect(found([secured, plain], [likely])).toEqual([['warning', 'other-leg', 'inside', 'outside']])
    const [{ detail }] = rtpAvpLeak.find(traceOf({ calls: [secured, plain], joined: [likely] }))
    expect(detail).toContain('likely the same call')
  })

  test('calls that nothing joins, and legs that are both plain or both SRTP, are none', () => {
    expect(found([secured, plain], [])).toEqual([])
    expect(found([plain, { ...plain, callId: 'again' }], [CERTAIN])).toEqual([])
    expect(found([secured, { ...secured, callId: 'again' }], [CERTAIN])).toEqual([])
  })

  test('a medium that only the plain leg has: video beside protected audio', () => {
    const video = (address: string, port: number) => audio(address, port, 'RTP/AVP').replace('m=audio', 'm=video')
    expect(found([secured, call('inside', video(SBC, 5002), video(B, 6000), [SBC, B])], [CERTAIN])).toEqual([])
  })
})
