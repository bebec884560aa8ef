import { describe, expect, test } from 'vitest'
import type { AnalysedExchange, AnalysedStream, DescribedMedia } from '../../../src/model/analysis.ts'
import { DEFAULT_POLICY, type Policy } from '../../../src/policy/policy.ts'
import { rtpAvpLeak } from '../../../src/rules/protection/rtp-avp-leak.ts'
import { rtpPlain } from '../../../src/rules/protection/rtp-plain.ts'
import { CALLEE, CALLER, callOf, frameAt, hop, mediaAt, streamOf, traceOf, UNREAD } from '../media-trace.ts'

const REQUIRED: Policy = { names: ['strict'], srtp: { required: true } }
const RELAY = '192.0.2.7'

/** What both rules say, as `rule kind severity line`. */
function said(
  exchanges: readonly AnalysedExchange[],
  streams: readonly AnalysedStream[] = [],
  policy = DEFAULT_POLICY,
) {
  const trace = traceOf({ calls: [callOf({ exchanges })], streams })
  return [rtpAvpLeak, rtpPlain].flatMap((rule) =>
    rule
      .find(trace, policy)
      .map(({ rule: id, kind, severity, evidence }) => `${id} ${kind ?? '-'} ${severity} ${evidence.mediaIndex}`),
  )
}

const secure: Partial<DescribedMedia> = { profile: 'RTP/SAVP', carries: ['crypto'] }
const dtls: Partial<DescribedMedia> = { profile: 'UDP/TLS/RTP/SAVPF', carries: ['fingerprint'] }
const audioOf = (changes: Partial<DescribedMedia> = {}) => [mediaAt(CALLER, changes), mediaAt(CALLEE, changes)] as const
const videoOf = (changes: Partial<DescribedMedia> = {}) =>
  [CALLER, CALLEE].map(({ address, port }) =>
    mediaAt({ address, port: port + 2 }, { index: 1, kind: 'video', ...changes }),
  ) as [DescribedMedia, DescribedMedia]

/** One exchange of several m= lines. */
function exchangeOf(
  lines: readonly (readonly [DescribedMedia, DescribedMedia])[],
  options: Parameters<typeof hop>[0] = {},
) {
  return hop({
    ...options,
    offer: { media: lines.map(([offer]) => offer) },
    answer: { media: lines.map(([, answer]) => answer) },
  })
}

/** The hop between the relay and the callee. */
const second = (changes: Partial<DescribedMedia> = {}) =>
  hop({
    from: RELAY,
    to: CALLEE.address,
    offerMedia: mediaAt({ address: RELAY, port: 5000 }, changes),
    answerMedia: mediaAt(CALLEE, changes),
  })
const toRelay = (changes: Partial<DescribedMedia>) =>
  hop({
    to: RELAY,
    offerMedia: mediaAt(CALLER, changes),
    answerMedia: mediaAt({ address: RELAY, port: 5002 }, changes),
  })

const lineOf = (exchange: number, index = 0) => ({ lines: [{ exchange, index, sender: 'offerer' as const }] })

describe('each leg by itself', () => {
  test('a DTLS leg that is bridged to a plain one', () => {
    const keyed = streamOf({ facts: { ...lineOf(0), dtlsOnFlow: true }, report: UNREAD })
    expect(said([toRelay(dtls), second()], [keyed])).toEqual(['rtp-avp-leak other-leg error 0'])
    expect(said([second(), toRelay(dtls)], [])).toEqual(['rtp-avp-leak other-leg error 0'])
  })

  test('a ZRTP leg beside a plain one: only where packets of the plain one were seen', () => {
    const zrtp = streamOf({ facts: { ...lineOf(0), zrtpOnFlow: true }, report: UNREAD })
    const plain = streamOf({ facts: lineOf(1) })
    expect(said([toRelay({}), second()], [zrtp, plain])).toEqual(['rtp-avp-leak other-leg error 0'])
    expect(said([toRelay({}), second()], [zrtp])).toEqual(['rtp-plain - warning 0'])
  })

  test('two plain legs are two findings; a proxy that stays out of the media makes none of its own', () => {
    expect(said([toRelay({}), second()])).toEqual(['rtp-plain - warning 0', 'rtp-plain - warning 0'])
    const proxied = [hop({ to: RELAY }), hop({ from: RELAY })]
    expect(said(proxied)).toEqual(['rtp-plain - warning 0'])
  })

  test('legs under two Call-IDs: what another leg makes a leak is not said twice', () => {
    const calls = [
      callOf({ exchanges: [hop()] }),
      callOf({
        callId: 'two',
        exchanges: [hop({ offerMedia: mediaAt(CALLER, secure), answerMedia: mediaAt(CALLEE, secure) })],
      }),
    ]
    const joined = [{ calls: [0, 1], certainty: 'certain' as const, by: [] }]
    expect(rtpPlain.find(traceOf({ calls, joined }))).toEqual([])
    expect(rtpPlain.find(traceOf({ calls: [calls[0], calls[0]], joined }))).toHaveLength(2)
  })
})

describe('each m= line by itself', () => {
  test('plain video beside SRTP audio', () => {
    expect(said([exchangeOf([audioOf(secure), videoOf()])])).toEqual(['rtp-plain - warning 1'])
  })

  test('video that a re-INVITE adds was never protected; audio that one makes plain was', () => {
    const first = exchangeOf([audioOf(secure)])
    const added = exchangeOf([audioOf(secure), videoOf()], { seconds: 5, renegotiates: true })
    expect(said([first, added])).toEqual(['rtp-plain - warning 1'])
    const givenUp = exchangeOf([audioOf()], { seconds: 5, renegotiates: true })
    expect(said([first, givenUp])).toEqual(['rtp-avp-leak negotiated error 0'])
  })

  test('ZRTP on the audio covers video without packets, not video that is seen to be plain (RFC 6189 §4.4.3)', () => {
    const both = [exchangeOf([audioOf(), videoOf()])]
    const zrtp = streamOf({ facts: { ...lineOf(0), zrtpOnFlow: true }, report: UNREAD })
    expect(said(both, [zrtp])).toEqual([])
    expect(said(both, [zrtp, streamOf({ facts: lineOf(0, 1) })])).toEqual(['rtp-plain - warning 1'])
  })

  test('ZRTP that came to nothing leaves the line in the clear: who speaks it says Hello to any other (RFC 6189 §4.1)', () => {
    const unheard = streamOf({ facts: { ...lineOf(0), zrtpOnFlow: true } })
    expect(said([exchangeOf([audioOf()])], [unheard])).toEqual(['rtp-plain - warning 0'])
    const offered = hop({ offerMedia: mediaAt(CALLER, { carries: ['zrtp-hash'] }) })
    expect(said([offered], [unheard])).toEqual(['rtp-avp-leak declined warning 0'])
  })

  test('SRTP on a line that was agreed to be plain is not called plain', () => {
    const srtp = streamOf({ facts: lineOf(0), report: { protection: 'srtp', plain: 0, verified: 500 } })
    expect(said([exchangeOf([audioOf(), videoOf()])], [srtp])).toEqual(['rtp-plain - warning 1'])
  })
})

describe('a policy that requires SRTP', () => {
  test('plain RTP that nobody asked to protect is a leak, and a declined best effort is an error', () => {
    expect(said([exchangeOf([audioOf()])], [], REQUIRED)).toEqual(['rtp-avp-leak negotiated error 0'])
    const declined = hop({ offerMedia: mediaAt(CALLER, { carries: ['crypto'] }) })
    expect(said([declined])).toEqual(['rtp-avp-leak declined warning 0'])
    expect(said([declined], [], REQUIRED)).toEqual(['rtp-avp-leak declined error 0'])
  })

  test('keys of the answer alone are named, not denied', () => {
    const detail = (offered: Partial<DescribedMedia>) => {
      const answerMedia = mediaAt(CALLEE, { carries: ['fingerprint'] })
      const call = callOf({ exchanges: [hop({ offerMedia: mediaAt(CALLER, offered), answerMedia })] })
      return rtpAvpLeak.find(traceOf({ calls: [call], streams: [streamOf({ facts: lineOf(0) })] }), REQUIRED)[0].detail
    }
    for (const offered of [{}, secure]) {
      expect(detail(offered)).toContain('with fingerprint, which was not offered: ')
      expect(detail(offered)).not.toContain('without keying')
    }
  })

  test('silent where ZRTP keys the flow', () => {
    expect(said([hop()], [streamOf({ facts: { zrtpOnFlow: true }, report: UNREAD })], REQUIRED)).toEqual([])
  })
})

describe('plain packets on a keyed session', () => {
  const upgraded = [
    hop(),
    hop({ seconds: 5, renegotiates: true, offerMedia: mediaAt(CALLER, secure), answerMedia: mediaAt(CALLEE, secure) }),
  ]
  const named = {
    keying: 'sdes' as const,
    lines: [0, 1].map((exchange) => ({ exchange, index: 0, sender: 'offerer' as const })),
  }
  const leaks = (exchanges: readonly AnalysedExchange[], stream: AnalysedStream) =>
    said(exchanges, [stream]).filter((one) => one.includes('on-wire'))

  test('are a leak from the first on where the offer leaves no choice, before the answer too', () => {
    const early = hop({
      offerMedia: mediaAt(CALLER, secure),
      answerMedia: mediaAt(CALLEE, secure),
      answer: { at: frameAt(99, 6) },
    })
    expect(leaks([early], streamOf({ from: 1, until: 3, facts: { keying: 'sdes' } }))).toHaveLength(1)
  })

  test('are none before a re-INVITE secures it, nor for 2 s after', () => {
    expect(leaks(upgraded, streamOf({ until: 4, facts: named }))).toEqual([])
    expect(leaks(upgraded, streamOf({ until: 6, facts: named }))).toEqual([])
    expect(leaks(upgraded, streamOf({ until: 9, facts: named }))).toHaveLength(1)
    const mixed = { verified: 200, plain: 250, plainFrames: [10, 11, 12] }
    expect(leaks(upgraded, streamOf({ until: 9, facts: named, report: mixed }))).toEqual([])
  })

  test('are none where a best-effort offer was not answered yet (RFC 8643)', () => {
    const unanswered = hop({ offerMedia: mediaAt(CALLER, { carries: ['crypto'] }), outcome: 'unanswered' })
    expect(leaks([unanswered], streamOf({ facts: { keying: 'sdes' } }))).toEqual([])
  })
})

test('of several lines of a kind the one is named', () => {
  const plainAudio = (index: number) =>
    [CALLER, CALLEE].map(({ address, port }) => mediaAt({ address, port: port + 2 * index }, { index })) as [
      DescribedMedia,
      DescribedMedia,
    ]
  const detailsOf = (exchange: AnalysedExchange) =>
    rtpPlain.find(traceOf({ calls: [callOf({ exchanges: [exchange] })] }), DEFAULT_POLICY).map(({ detail }) => detail)
  const [first, second] = detailsOf(exchangeOf([plainAudio(0), plainAudio(1)]))
  expect(first).toMatch(/for the audio \(m= line 1\)\.$/)
  expect(second).toMatch(/for the audio \(m= line 2\)\.$/)
  for (const detail of detailsOf(exchangeOf([audioOf(), videoOf()]))) expect(detail).not.toContain('m= line')
})
