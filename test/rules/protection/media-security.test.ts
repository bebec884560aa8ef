import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { ExchangeFacts } from '../../../src/model/exchanges.ts'
import { cryptoMismatch } from '../../../src/rules/protection/crypto-mismatch.ts'
import { rtcpInClear } from '../../../src/rules/protection/rtcp-in-clear.ts'
import { rtpAvpLeak } from '../../../src/rules/protection/rtp-avp-leak.ts'
import { rtpPlain } from '../../../src/rules/protection/rtp-plain.ts'
import { sdesKeyExposed } from '../../../src/rules/protection/sdes-key-exposed.ts'
import { srtpAuthFailed } from '../../../src/rules/protection/srtp-auth-failed.ts'
import { srtpOptional } from '../../../src/rules/protection/srtp-optional.ts'
import type { Rule } from '../../../src/rules/rule.ts'
import { audio, crypto, described, exchange, keyOctets } from '../../media/exchanges.ts'
import { callOf, streamOf, traceOf, UNREAD } from '../media-trace.ts'

const A = '203.0.113.10'
const B = '198.51.100.20'
const SAVP = 'RTP/SAVP'
const AVP = 'RTP/AVP'

/** What a rule says of a call with this offer and answer, as `severity kind`. */
function said(rule: Rule, offer: string, answer: string, streams: readonly AnalysedStream[] = []): string[] {
  return about(rule, [exchange('one', described(1, offer), [described(3, answer, B, A)])], streams)
}

function about(
  rule: Rule,
  exchanges: ReturnType<typeof exchange>[],
  streams: readonly AnalysedStream[] = [],
): string[] {
  const call = callOf({ exchanges: exchanges.map((one) => new ExchangeFacts(one, false)) })
  return rule
    .find(traceOf({ calls: [call], streams }))
    .map(({ severity, kind }) => (kind === undefined ? severity : `${severity} ${kind}`))
}

const secure = audio(A, 4000, SAVP, crypto(1, 1), crypto(2, 2))
const bestEffort = audio(A, 4000, AVP, crypto(1, 1))
const plain = audio(A, 4000, AVP)
const plainAnswer = audio(B, 6000, AVP)

describe('rtp-avp-leak (RFC 4568 §5.1.2, RFC 8643)', () => {
  test('a secure offer that is answered in the clear', () => {
    expect(said(rtpAvpLeak, secure, plainAnswer)).toEqual(['error negotiated'])
  })

  test('a best-effort offer that is declined is a warning', () => {
    expect(said(rtpAvpLeak, bestEffort, plainAnswer)).toEqual(['warning declined'])
  })

  test('two m= lines of which the plain one is taken', () => {
    const dual = `${secure}m=audio 4002 ${AVP} 0\r\n`
    const taken = `${audio(B, 0, SAVP)}m=audio 6002 ${AVP} 0\r\n`
    expect(said(rtpAvpLeak, dual, taken)).toEqual(['error negotiated'])
  })

  test('a re-INVITE of either side that gives protection up', () => {
    const one = exchange('one', described(1, secure), [described(3, audio(B, 6000, SAVP, crypto(1, 3)), B, A)])
    const byCaller = exchange('one', described(51, plain), [described(53, plainAnswer, B, A)], { previous: one })
    const byCallee = exchange('one', described(51, plainAnswer, B, A), [described(53, plain)], { previous: one })
    expect(about(rtpAvpLeak, [one, byCaller])).toEqual(['error negotiated'])
    expect(about(rtpAvpLeak, [one, byCallee])).toEqual(['error negotiated'])
  })

  test('two m= lines that are both taken leak nothing', () => {
    const dual = `${secure}m=audio 4002 ${AVP} 0\r\n`
    const both = `${audio(B, 6000, SAVP, crypto(1, 3))}m=audio 6002 ${AVP} 0\r\n`
    expect(said(rtpAvpLeak, dual, both)).toEqual([])
  })

  test('one leg in SRTP, another in the clear', () => {
    const one = exchange('one', described(1, secure), [described(3, audio(B, 6000, SAVP, crypto(1, 3)), B, A)])
    const other = exchange('one', described(2, plain, B, '192.0.2.7'), [described(3, plainAnswer, '192.0.2.7', B)])
    expect(about(rtpAvpLeak, [one, other])).toEqual(['error other-leg'])
  })

  test('RTP in the clear on a session that was secured', () => {
    const stream = streamOf({})
    const leaking = {
      ...stream,
      keying: 'sdes' as const,
      report: { ...stream.report, plain: 5, verified: 0, packets: 5 },
    }
    expect(said(rtpAvpLeak, secure, audio(B, 6000, SAVP, crypto(1, 3)), [leaking])).toEqual(['error on-wire'])
    const agreed = exchange('one', described(1, secure), [described(3, audio(B, 6000, SAVP, crypto(1, 3)), B, A)])
    const calls = [callOf({ exchanges: [new ExchangeFacts(agreed, false)] })]
    const [one] = rtpAvpLeak.find(traceOf({ calls, streams: [leaking] }))
    expect(one.remedy).toMatch(/^Look at what makes the media of the named sender/)
  })

  test('keying of another sort than what was offered is none (RFC 4568 §5.1.2)', () => {
    const zrtp = audio(A, 4000, AVP, 'a=zrtp-hash:1.10 00')
    expect(said(rtpAvpLeak, zrtp, audio(B, 6000, AVP, crypto(1, 3)))).toEqual(['warning declined'])
  })

  test('silent where only the answer carries keys: nothing was agreed (RFC 4568 §5.1.2)', () => {
    const keyed = audio(B, 6000, AVP, crypto(1, 3))
    const clear = { ...streamOf({}), report: { ...streamOf({}).report, plain: 5, verified: 0, packets: 5 } }
    expect(said(rtpAvpLeak, plain, keyed, [{ ...clear, keying: 'none' as const }])).toEqual([])
    expect(said(rtpPlain, plain, keyed, [{ ...clear, keying: 'none' as const }])).toEqual(['warning'])
    expect(said(rtpPlain, plain, keyed)).toEqual([])
  })

  test('silent where protection was accepted, where nobody asked, and where ZRTP keys the flow', () => {
    expect(said(rtpAvpLeak, secure, audio(B, 6000, SAVP, crypto(1, 3)))).toEqual([])
    expect(said(rtpAvpLeak, plain, plainAnswer)).toEqual([])
    const zrtp = { ...streamOf({ report: UNREAD }), zrtpOnFlow: true, call: 0 }
    expect(said(rtpAvpLeak, bestEffort, plainAnswer, [zrtp])).toEqual([])
  })
})

describe('rtp-plain', () => {
  test('both agreed on RTP/AVP and nobody asked for more', () =>
    expect(said(rtpPlain, plain, plainAnswer)).toEqual(['warning']))

  test('silent where one side asked (a leak, then), and where ZRTP or DTLS is on the flow', () => {
    expect(said(rtpPlain, secure, plainAnswer)).toEqual([])
    expect(
      said(rtpPlain, plain, plainAnswer, [{ ...streamOf({ report: UNREAD }), dtlsOnFlow: true, call: 0 }]),
    ).toEqual([])
  })
})

describe('srtp-optional', () => {
  test('best effort and dual m= lines that the peer took up', () => {
    expect(said(srtpOptional, bestEffort, audio(B, 6000, AVP, crypto(1, 2)))).toEqual(['info best-effort'])
    const dual = `${secure}m=audio 4002 ${AVP} 0\r\n`
    const taken = `${audio(B, 6000, SAVP, crypto(1, 3))}m=audio 0 ${AVP} 0\r\n`
    expect(said(srtpOptional, dual, taken)).toEqual(['info dual-m-line'])
  })

  test('silent where the offer insists, and where the answer dropped it', () => {
    expect(said(srtpOptional, secure, audio(B, 6000, SAVP, crypto(1, 3)))).toEqual([])
    expect(said(srtpOptional, bestEffort, plainAnswer)).toEqual([])
  })

  test('silent where the answer has keying that was not offered: rtp-avp-leak says that protection was declined', () => {
    const other = audio(B, 6000, AVP, 'a=fingerprint:SHA-256 00:11')
    expect(said(srtpOptional, bestEffort, other)).toEqual([])
    expect(said(rtpAvpLeak, bestEffort, other)).toEqual(['warning declined'])
  })
})

/** The same, with its a=crypto line before the m= line. */
function atSessionLevel(text: string): string {
  return text.replace(/(m=.*\r\n)(a=crypto.*\r\n)/, '$2$1')
}

describe('crypto-mismatch, negotiated', () => {
  const SUITE_32 = 'AES_CM_128_HMAC_SHA1_32'
  test('of several m= lines the one is named', () => {
    const twice = (text: string, port: number, more: string) => `${text}m=audio ${port} ${SAVP} 0\r\n${more}\r\n`
    const offer = twice(audio(A, 4000, SAVP, crypto(1, 1)), 4002, crypto(1, 2))
    const answer = twice(audio(B, 6000, SAVP, crypto(9, 3)), 6002, crypto(9, 4))
    const one = new ExchangeFacts(exchange('one', described(1, offer), [described(3, answer, B, A)]), false)
    const details = cryptoMismatch.find(traceOf({ calls: [callOf({ exchanges: [one] })] })).map(({ detail }) => detail)
    expect(details).toEqual([1, 2].map((n) => expect.stringContaining(`answer in frame 3, audio (m= line ${n}): `)))
  })

  test.each([
    ['a tag that was not offered', secure, audio(B, 6000, SAVP, crypto(9, 3)), ['error tag-not-offered']],
    ['another suite than the tag had', secure, audio(B, 6000, SAVP, crypto(1, 3, SUITE_32)), ['error suite-differs']],
    ['RTP/SAVP without a=crypto', secure, audio(B, 6000, SAVP), ['error answer-lacks-crypto']],
    [
      'DTLS to an offer of a=crypto alone (RFC 4568 §5.1.2)',
      secure,
      audio(B, 6000, SAVP, 'a=fingerprint:SHA-256 00:11'),
      ['error answer-lacks-crypto'],
    ],
    [
      'DTLS in a profile of its own, which was not offered either',
      secure,
      audio(B, 6000, 'UDP/TLS/RTP/SAVP', 'a=fingerprint:SHA-256 00:11'),
      ['error answer-lacks-crypto'],
    ],
    [
      'DTLS to an offer of both',
      audio(A, 4000, SAVP, crypto(1, 1), 'a=fingerprint:SHA-256 00:11'),
      audio(B, 6000, SAVP, 'a=fingerprint:SHA-256 00:11'),
      [],
    ],
    ['a=crypto that nobody offered', plain, audio(B, 6000, AVP, crypto(1, 3)), ['error answer-unsolicited-crypto']],
    [
      'a=crypto to RTP/SAVP without',
      audio(A, 4000, SAVP),
      audio(B, 6000, SAVP, crypto(1, 3)),
      ['error offer-lacks-crypto'],
    ],
    ['no keys either to RTP/SAVP without', audio(A, 4000, SAVP), audio(B, 6000, SAVP), ['error offer-lacks-crypto']],
    ['RTP/SAVPF without keys to an offer of RTP/AVP', plain, audio(B, 6000, 'RTP/SAVPF'), ['error profile-differs']],
    ['two lines', secure, audio(B, 6000, SAVP, crypto(1, 3), crypto(2, 4)), ['error answer-several']],
    [
      'another profile, with keys on both sides',
      bestEffort,
      audio(B, 6000, SAVP, crypto(1, 3)),
      ['warning profile-differs'],
    ],
    ['a key of the wrong length', secure, audio(B, 6000, SAVP, crypto(1, 3).slice(0, -4)), ['error key-length']],
    [
      'a key that is no base64',
      secure,
      audio(B, 6000, SAVP, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:!key!'),
      ['error key-undecodable'],
    ],
    [
      'a=crypto at the level of the session (RFC 4568 §4)',
      secure,
      atSessionLevel(audio(B, 6000, SAVP, crypto(1, 3))),
      ['error at-session-level'],
    ],
    ['a=crypto there to an offer of RTP/AVP', plain, atSessionLevel(audio(B, 6000, AVP, crypto(1, 3))), []],
    ['what was offered', secure, audio(B, 6000, SAVP, crypto(2, 3)), []],
    [
      'the suite of one of two lines that were offered under its tag',
      audio(A, 4000, SAVP, crypto(1, 1), crypto(1, 2, SUITE_32)),
      audio(B, 6000, SAVP, crypto(1, 3, SUITE_32)),
      [],
    ],
  ])('an answer with %s', (_, offer, answer, expected) => {
    expect(said(cryptoMismatch, offer, answer)).toEqual(expected)
  })

  test('what to change is what is wrong: the profile, not the tag', () => {
    const one = exchange('one', described(1, bestEffort), [described(3, audio(B, 6000, SAVP, crypto(1, 3)), B, A)])
    const call = callOf({ exchanges: [new ExchangeFacts(one, false)] })
    expect(cryptoMismatch.find(traceOf({ calls: [call] })).map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining('repeat the profile of the offered m= line'),
    ])
  })

  test('of both sides, the keys stand before the first m= line', () => {
    const sides = [atSessionLevel(secure), atSessionLevel(audio(B, 6000, SAVP, crypto(1, 3)))] as const
    expect(said(cryptoMismatch, ...sides)).toEqual(['error at-session-level'])
  })
})

describe('on the wire', () => {
  const stream = streamOf({})
  const failing = (more: object): AnalysedStream => ({
    ...stream,
    keying: 'sdes',
    lastFailedFrame: 90,
    report: {
      ...stream.report,
      packets: 100,
      verified: 90,
      failed: 10,
      firstFailedFrame: 9,
      failedFrames: [9, 90],
      ...more,
    },
  })
  const kinds = (rule: Rule, one: AnalysedStream) => rule.find(traceOf({ streams: [one] })).map(({ kind }) => kind)

  test('failures that a known key explains are crypto-mismatch, the others srtp-auth-failed; never both', () => {
    const explained = failing({ explanation: { kind: 'wire-other-key', text: 'x' } })
    expect([kinds(cryptoMismatch, explained), kinds(srtpAuthFailed, explained)]).toEqual([['wire-other-key'], []])
    const unexplained = failing({})
    expect([kinds(cryptoMismatch, unexplained), kinds(srtpAuthFailed, unexplained)]).toEqual([[], ['sporadic']])
    expect(kinds(srtpAuthFailed, failing({ verified: 0, failed: 100 }))).toEqual(['all'])
  })

  test('where others verify, the key is right: it is not to be looked at', () => {
    const remedy = (one: AnalysedStream) => srtpAuthFailed.find(traceOf({ streams: [one] }))[0].remedy
    expect(remedy(failing({}))).toMatch(/^Leave the keys, which are right/)
    // Of one or two the detail says that they may go under another key.
    expect(remedy(failing({ failed: 2 }))).toMatch(/^See whether a re-INVITE gave the sender a new key/)
    expect(remedy(failing({ verified: 0, failed: 100 }))).toMatch(/^Compare the key/)
  })

  test('RTCP in the clear counts only beside protection', () => {
    const rtcp = (keying: 'sdes' | 'none'): AnalysedStream => ({
      ...stream,
      keying,
      report: { ...stream.report, kind: 'rtcp', verified: 0, plain: 2, packets: 2, plainFrames: [4, 8] },
    })
    expect(rtcpInClear.find(traceOf({ streams: [rtcp('sdes')] }))[0]).toMatchObject({
      severity: 'warning',
      frames: [4, 8],
    })
    expect(rtcpInClear.find(traceOf({ streams: [rtcp('none')] }))).toEqual([])
    // ZRTP, on a port that RTP and RTCP share (RFC 6189 §4.1): a Hello that nobody answers protects neither.
    const unheard = { ...rtcp('none'), zrtpOnFlow: true }
    const beside = (more: Partial<AnalysedStream['report']>): AnalysedStream => {
      const rtp = streamOf({ facts: { zrtpOnFlow: true }, report: more })
      return { ...rtp, report: { ...rtp.report, src: unheard.report.src, dst: unheard.report.dst } }
    }
    expect(rtcpInClear.find(traceOf({ streams: [unheard, beside({})] }))).toEqual([])
    expect(rtcpInClear.find(traceOf({ streams: [unheard, beside(UNREAD)] }))).toHaveLength(1)
    expect(rtcpInClear.find(traceOf({ streams: [unheard] }))).toHaveLength(1)
  })
})

describe('sdes-key-exposed (RFC 4568 §8.3)', () => {
  test('names each key by its fingerprint, once a call, and never shows it', () => {
    const one = exchange('one', described(1, secure), [described(3, audio(B, 6000, SAVP, crypto(1, 3)), B, A)])
    const call = callOf({ exchanges: [new ExchangeFacts(one, false)] })
    const [finding, ...more] = sdesKeyExposed.find(traceOf({ calls: [call] }))
    expect(more).toEqual([])
    expect(finding).toMatchObject({ severity: 'error', frames: [1, 3] })
    expect(finding?.evidence.keyFingerprints).toHaveLength(3)
    expect(JSON.stringify(finding)).not.toContain(keyOctets(1).toString('base64'))
  })

  test('says how many keys it does not name', () => {
    const lines = Array.from({ length: 6 }, (_, n) => crypto(n + 1, n + 1))
    const offer = described(1, audio(A, 4000, SAVP, ...lines))
    const call = callOf({ exchanges: [new ExchangeFacts(exchange('one', offer), false)] })
    const [finding] = sdesKeyExposed.find(traceOf({ calls: [call] }))
    expect(finding.detail).toMatch(/^6 keys of this call \((?:[0-9a-f]{8}, ){3}[0-9a-f]{8} and 2 more\) can be read/)
  })

  test('silent for SIP out of TLS', () => {
    const offer = { ...described(1, secure), transport: 'tls' as const }
    const call = callOf({ exchanges: [new ExchangeFacts(exchange('one', offer), false)] })
    expect(sdesKeyExposed.find(traceOf({ calls: [call] }))).toEqual([])
  })
})
