import { describe, expect, test } from 'vitest'
import type { AnalysedCall } from '../../../src/model/analysis.ts'
import { srtpRetriedPlain } from '../../../src/rules/protection/srtp-retried-plain.ts'
import { audio, described, exchange } from '../../media/exchanges.ts'
import {
  A,
  answered,
  B,
  BEST_EFFORT,
  callBetween,
  type PartyOptions,
  PLAIN,
  refused,
  SECURE,
} from '../media/refused-offers.ts'
import { traceOf } from '../media-trace.ts'

const ANSWER = audio(B, 6000, 'RTP/AVP')

function found(...calls: AnalysedCall[]) {
  return srtpRetriedPlain.find(traceOf({ calls }))
}

/** A call with SRTP that is refused in frame 3, at second 3. */
const secure = (status = 488, options: PartyOptions = {}) => callBetween([refused(SECURE, { status })], options)
/** One that is answered without. */
const retry = (frame: number, options: PartyOptions = {}, offer = PLAIN) =>
  callBetween([answered(offer, ANSWER, { frame })], { callId: 'two', state: 'completed', ...options })

describe('srtp-retried-plain', () => {
  test('the same caller offers the same callee plain RTP under a new Call-ID', () => {
    expect(found(secure(), retry(4))).toMatchObject([
      {
        severity: 'error',
        callId: 'two',
        frames: [1, 3, 4, 6],
        evidence: { refusedCallId: 'one', status: 488, secondsAfter: 1 },
      },
    ])
  })

  test.each([[488], [606], [415], [403], [500], [503]])('after %i', (status) => {
    expect(found(secure(status), retry(4))).toHaveLength(1)
  })

  test.each([[401], [407], [404], [480], [486], [487], [491], [603]])(
    'silent after %i, which is not about the offer',
    (status) => {
      expect(found(secure(status), retry(4))).toEqual([])
    },
  )

  test('in the same call, and on one hop of several', () => {
    const P = '192.0.2.1'
    const same = callBetween([refused(SECURE), answered(PLAIN, ANSWER, { frame: 4 })])
    expect(found(same)).toHaveLength(1)
    const hops = callBetween([
      refused(SECURE, { source: P }),
      answered(PLAIN, ANSWER, { frame: 4, source: P }),
      answered(SECURE, ANSWER, { frame: 2, destination: P }),
    ])
    expect(found(hops)).toMatchObject([{ evidence: { leg: `${P}:5060 > ${B}:5060` } }])
  })

  test('within 10 s of the refusal', () => {
    expect(found(secure(), retry(13))).toHaveLength(1)
    expect(found(secure(), retry(14))).toEqual([])
  })

  test('once, however often the call is made again', () => {
    expect(found(secure(), retry(4), retry(8, { callId: 'three' }))).toHaveLength(1)
  })

  test('silent for other parties and other hosts', () => {
    expect(found(secure(), retry(4, { from: 'sip:carol@example.com' }))).toEqual([])
    expect(found(secure(), retry(4, { to: 'sip:carol@example.com' }))).toEqual([])
    const elsewhere = callBetween([answered(PLAIN, ANSWER, { frame: 4, destination: '192.0.2.7' })], { callId: 'two' })
    expect(found(secure(), elsewhere)).toEqual([])
    const forked = callBetween([refused(SECURE), answered(PLAIN, ANSWER, { frame: 4, destination: '192.0.2.7' })])
    expect(found(forked)).toEqual([])
  })

  test('port and parameters of the URIs may change', () => {
    const to = 'sip:bob@EXAMPLE.com:5060;transport=tcp'
    expect(found(secure(), retry(4, { to }))).toHaveLength(1)
  })

  test('silent where the second offer still asks for protection, and where the first did not', () => {
    expect(found(secure(), retry(4, {}, BEST_EFFORT))).toEqual([])
    expect(found(secure(), retry(4, {}, SECURE))).toEqual([])
    expect(found(callBetween([refused(PLAIN)]), retry(4))).toEqual([])
  })

  test('silent where a re-INVITE with SRTP is refused', () => {
    const previous = exchange('one', described(1, PLAIN), [described(3, ANSWER, B, A)])
    const call = callBetween([answered(PLAIN, ANSWER), refused(SECURE, { frame: 21, previous })])
    expect(found(call, retry(24))).toEqual([])
  })

  test('a second call that is refused as well was made all the same', () => {
    expect(found(secure(), callBetween([refused(PLAIN, { frame: 4 })], { callId: 'two' }))).toHaveLength(1)
  })

  test('an offer of both, refused, counts as one with SRTP', () => {
    const both = `${SECURE}m=audio 4002 RTP/AVP 0\r\n`
    expect(found(callBetween([refused(both)]), retry(4))).toHaveLength(1)
    expect(found(callBetween([refused(both, { source: A })]), retry(4))[0].detail).toContain('RTP/SAVP and RTP/AVP')
  })
})
