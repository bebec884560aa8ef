import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding, MediaDescriptionReport, Session, SessionMedia, Stream } from '../../src/model/report.ts'
import { markedLines } from '../../src/page/sdp/marked-lines.ts'
import { alignLines, sdpLines } from '../../src/page/sdp/sdp-lines.ts'
import { FINDING, STREAM } from '../report/sample-report.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const crypto = (tag: number, fingerprint: string, suite = SUITE) => ({ tag, suite, fingerprint })

function side(changes: Partial<MediaDescriptionReport> = {}): MediaDescriptionReport {
  return {
    ...{ endpoint: '192.0.2.1:4000', profile: 'RTP/SAVP', direction: 'sendrecv' },
    ...{ codecs: ['PCMU/8000'], crypto: [crypto(1, '11111111')], ...changes },
  }
}

function sessionOf(offerLines: string[], answerLines: string[], media: Partial<SessionMedia>): Session {
  return {
    ...{ offerFrame: 1, answerFrame: 4, leg: '203.0.113.1:5060 > 198.51.100.2:5060', outcome: 'answered' },
    ...{ offerLines, answerLines, media: [{ index: 0, kind: 'audio', offer: side(), answer: side(), ...media }] },
  }
}

/** What is said of the lines that begin so, on either side. */
function marksOf(session: Session, begin: string, streams: Stream[] = [], findings: Finding[] = []) {
  const pairs = markedLines(session, streams, findings)
  const of = (name: 'offer' | 'answer') =>
    pairs.flatMap((pair) =>
      pair[name]?.text.startsWith(begin) ? pair[name].marks.map(({ tone, text }) => `${tone}: ${text}`) : [],
    )
  return { offer: of('offer'), answer: of('answer') }
}

const AGREED = { profile: 'RTP/SAVP', keying: 'sdes', suite: SUITE, codec: 'PCMU/8000' } as const

describe('lines beside each other', () => {
  test('by section, attribute, payload type and tag', () => {
    const offer = [
      'v=0',
      'm=audio 1 RTP/SAVP 0 8',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:0 PCMU/8000',
      'a=sendrecv',
      'm=video 2 RTP/AVP 96',
    ]
    const answer = [
      'v=0',
      'm=audio 3 RTP/SAVP 0',
      'b=AS:64',
      'a=rtpmap:0 PCMU/8000',
      'a=recvonly',
      'm=video 0 RTP/AVP 96',
    ]
    const pairs = alignLines(sdpLines(offer), sdpLines(answer))
    expect(pairs.map((pair) => [pair.offer?.text, pair.answer?.text])).toEqual([
      ['v=0', 'v=0'],
      ['m=audio 1 RTP/SAVP 0 8', 'm=audio 3 RTP/SAVP 0'],
      [undefined, 'b=AS:64'],
      ['a=rtpmap:8 PCMA/8000', undefined],
      ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:0 PCMU/8000'],
      ['a=sendrecv', 'a=recvonly'],
      ['m=video 2 RTP/AVP 96', 'm=video 0 RTP/AVP 96'],
    ])
  })

  const line = fc.constantFrom(
    'v=0',
    'm=audio 1 RTP/AVP 0',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=sendrecv',
    'c=IN IP4 10.0.0.1',
    'a=crypto:1 X',
    '[3 more lines]',
    '',
  )
  test('every line of either side stands in one pair, the offer in its order', () => {
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (offer, answer) => {
        const pairs = alignLines(sdpLines(offer), sdpLines(answer))
        const of = (name: 'offer' | 'answer') => pairs.flatMap((pair) => pair[name]?.index ?? [])
        expect(of('offer')).toEqual(offer.map((_, n) => n))
        expect(of('answer').toSorted((a, b) => a - b)).toEqual(answer.map((_, n) => n))
        for (const pair of pairs) {
          if (pair.offer && pair.answer) expect(pair.offer.section).toBe(pair.answer.section)
        }
      }),
    )
  })
})

describe('a=crypto', () => {
  const lines = (...tags: number[]) => [
    'm=audio 1 RTP/SAVP 0',
    ...tags.map((tag) => `a=crypto:${tag} ${SUITE} inline:[key ${`${tag}`.repeat(8)}]`),
  ]

  test('of two lines under one tag the one of the answered suite', () => {
    const lines = ['m=audio 1 RTP/SAVP 0', 'a=crypto:1 AES_256_CM_HMAC_SHA1_80 x', `a=crypto:1 ${SUITE} y`]
    const session = sessionOf(lines, [lines[0], lines[2]] as string[], {
      offer: side({ crypto: [crypto(1, '11111111', 'AES_256_CM_HMAC_SHA1_80'), crypto(1, '22222222')] }),
      answer: side({ crypto: [crypto(1, '33333333')] }),
      agreed: AGREED,
    })
    expect(marksOf(session, 'a=crypto:1')).toEqual({
      offer: ['note: not chosen', 'agreed: agreed'],
      answer: [`agreed: agreed: tag 1, ${SUITE}`],
    })
  })

  test('the agreed line, and those that were not chosen', () => {
    const session = sessionOf(lines(1, 2), lines(2), {
      offer: side({ crypto: [crypto(1, '11111111'), crypto(2, '22222222')] }),
      answer: side({ crypto: [crypto(2, '22222222')] }),
      agreed: AGREED,
    })
    expect(marksOf(session, 'a=crypto:1').offer).toEqual(['note: not chosen'])
    expect(marksOf(session, 'a=crypto:2')).toEqual({
      offer: ['agreed: agreed'],
      answer: [`agreed: agreed: tag 2, ${SUITE}`],
    })
  })

  test('a tag or a suite that was not offered', () => {
    const other = sessionOf(lines(1), lines(3), { answer: side({ crypto: [crypto(3, '33333333')] }) })
    expect(marksOf(other, 'a=crypto').answer).toEqual(['error: tag 3 was not offered'])
    const suite = sessionOf(lines(1), lines(1), {
      answer: side({ crypto: [crypto(1, '33333333', 'AEAD_AES_128_GCM')] }),
    })
    expect(marksOf(suite, 'a=crypto')).toEqual({
      offer: ['error: answered with another suite, AEAD_AES_128_GCM'],
      answer: [`error: tag 1 was offered with ${SUITE}`],
    })
  })

  test('a key that cannot be used, an answer without crypto, an answer with several', () => {
    const short = sessionOf(lines(1), lines(1), {
      offer: side({ crypto: [{ ...crypto(1, ''), problem: 'key-length' }] }),
    })
    expect(marksOf(short, 'a=crypto').offer).toContain('error: its key is not of the length that its suite needs')
    const none = sessionOf(lines(1), ['m=audio 1 RTP/AVP 0'], { answer: side({ crypto: [], profile: 'RTP/AVP' }) })
    expect(marksOf(none, 'a=crypto').offer).toEqual(['warning: no crypto line was answered'])
    const several = sessionOf(lines(1), lines(1, 2), {
      answer: side({ crypto: [crypto(1, '11111111'), crypto(2, '22222222')] }),
    })
    expect(marksOf(several, 'a=crypto').answer).toContain('error: tag 2 was not offered')
    expect(marksOf(several, 'a=crypto').answer).toContain('error: one of several; an answer has one (RFC 4568 §6.1)')
  })

  test('what is on the wire under its key', () => {
    const session = sessionOf(lines(1, 2), lines(1), {
      offer: side({ crypto: [crypto(1, '11111111'), crypto(2, '22222222')] }),
      agreed: AGREED,
    })
    const verified: Stream = { ...STREAM, id: 's1', keyFingerprint: '11111111', verified: 1234, failed: 0 }
    const failing: Stream = {
      ...STREAM,
      id: 's2',
      failed: 9,
      explanation: { kind: 'k', text: 't', keyFingerprint: '22222222' },
    }
    expect(marksOf(session, 'a=crypto:1', [verified]).offer).toContain(
      'agreed: 1,234 packets of RTP stream s1 verify under it',
    )
    expect(marksOf(session, 'a=crypto:2', [failing]).offer).toContain(
      'error: RTP stream s2 is sent under this key, not the agreed one',
    )
  })

  test('lines that the analysis cannot read are passed over', () => {
    const session = sessionOf(
      ['m=audio 1 RTP/SAVP 0', 'a=crypto 1 X', `a=crypto:1 ${SUITE} inline:[key 11111111]`],
      lines(1),
      { agreed: AGREED },
    )
    expect(marksOf(session, 'a=crypto 1').offer).toEqual([])
    expect(marksOf(session, 'a=crypto:1').offer).toEqual(['agreed: agreed'])
  })
})

describe('m=', () => {
  test('the agreed profile and, where no a=rtpmap names it, the codec', () => {
    const session = sessionOf(['m=audio 1 RTP/SAVP 0'], ['m=audio 2 RTP/SAVP 0', 'a=rtpmap:0 pcmu/8000'], {
      agreed: AGREED,
    })
    expect(marksOf(session, 'm=')).toEqual({
      offer: ['agreed: agreed RTP/SAVP, keyed by SDES', 'agreed: agreed codec PCMU/8000'],
      answer: ['agreed: agreed RTP/SAVP, keyed by SDES'],
    })
    expect(marksOf(session, 'a=rtpmap').answer).toEqual(['agreed: agreed codec'])
  })

  test('a port 0, a profile that is not the offered one, RTP/AVP where SRTP is meant', () => {
    const refused = sessionOf(['m=audio 1 RTP/SAVP 0'], ['m=audio 0 RTP/SAVP 0'], { answer: side({ rejected: true }) })
    expect(marksOf(refused, 'm=').answer).toEqual(['note: port 0: refused (RFC 3264 §6)'])
    const plain = side({ profile: 'RTP/AVP', crypto: [] })
    const downgraded = sessionOf(['m=audio 1 RTP/SAVP 0'], ['m=audio 2 RTP/AVP 0'], { answer: plain })
    expect(marksOf(downgraded, 'm=').answer).toEqual(['error: RTP/SAVP was offered'])
    // RFC 5939 §3.1: what the answer takes is the offer's potential configuration.
    const taken = { offer: side({ profile: 'RTP/AVP', potentialProfiles: ['RTP/SAVP'] }), agreed: AGREED }
    const potential = sessionOf(['m=audio 1 RTP/AVP 0'], ['m=audio 2 RTP/SAVP 0', 'a=rtpmap:0 PCMU/8000'], taken)
    expect(marksOf(potential, 'm=').answer).toEqual(['agreed: agreed RTP/SAVP, keyed by SDES'])
    const bestEffort = sessionOf(['m=audio 1 RTP/AVP 0'], ['m=audio 2 RTP/AVP 0'], {
      offer: side({ profile: 'RTP/AVP' }),
      answer: plain,
    })
    expect(marksOf(bestEffort, 'm=').offer).toEqual(['warning: RTP/AVP, though keying is there: SRTP is meant'])
  })
})

test('addresses, directions, RTCP and DTLS', () => {
  const lines = [
    'c=IN IP4 10.0.0.5',
    'm=audio 1 RTP/SAVP 0',
    'a=sendonly',
    'a=rtcp:4001',
    'a=setup:actpass',
    'a=fingerprint:sha-256 AA',
  ]
  const session = sessionOf(lines, [...lines.slice(1), 'a=rtcp-mux'], { agreed: { ...AGREED, keying: 'dtls' } })
  expect(marksOf(session, 'c=').offer).toEqual([
    'warning: a private address, though its signalling comes from 203.0.113.1',
  ])
  expect(marksOf({ ...session, leg: '10.0.0.9:5060 > 198.51.100.2:5060' }, 'c=').offer).toEqual([])
  expect(marksOf(session, 'a=sendonly').offer).toEqual(['note: sends only: the other side hears, and is not heard'])
  expect(marksOf(session, 'a=rtcp:').offer).toEqual(['note: RTCP at port 4001'])
  expect(marksOf(session, 'a=rtcp-mux').answer).toEqual(['note: not said by the other side'])
  expect(marksOf(session, 'a=setup').offer).toEqual(['agreed: DTLS role: actpass'])
  expect(marksOf(session, 'a=fingerprint').offer).toEqual(['agreed: the certificate that keys the media'])
})

test('a finding stands at the line that it speaks of', () => {
  const lines = [
    'm=audio 1 RTP/SAVP 0',
    `a=crypto:1 ${SUITE} inline:[key 11111111]`,
    `a=crypto:2 ${SUITE} inline:[key 22222222]`,
  ]
  const session = sessionOf(lines, [], {})
  const finding: Finding = {
    ...FINDING,
    capture: undefined,
    rule: 'srtp-weak-suite',
    kind: undefined,
    title: 'Weak',
    frames: [1],
    detail: 'The key 22222222.',
  }
  expect(marksOf(session, 'a=crypto:1', [], [finding]).offer).not.toContain('warning: Weak')
  expect(marksOf(session, 'a=crypto:2', [], [finding]).offer).toContain('warning: Weak')
  expect(marksOf(session, 'a=crypto:1', [], [{ ...finding, detail: 'No key.' }]).offer).toContain('warning: Weak')
  expect(marksOf(session, 'a=crypto', [], [{ ...finding, frames: [9] }]).offer).not.toContain('warning: Weak')
})

describe('a finding of one of several lines stands at no other', () => {
  const lines = [
    'c=IN IP4 203.0.113.1',
    'm=audio 4000 RTP/SAVP 0',
    `a=crypto:1 ${SUITE} inline:[key 11111111]`,
    'a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:[key 22222222]',
    'm=video 4002/2 RTP/AVP 96',
    'c=IN IP4 10.0.0.1/127',
  ]
  const session = sessionOf(lines, [], {})
  const marked = (finding: Partial<Finding>, streams: Stream[] = []) => {
    const found: Finding = { ...FINDING, capture: undefined, kind: undefined, streamId: undefined, detail: '' }
    const pairs = markedLines(session, streams, [{ ...found, title: 'Found', frames: [1], evidence: {}, ...finding }])
    const isFound = ({ text }: { readonly text: string }) => text === 'Found'
    return lines.filter((_, n) => pairs[n].offer?.marks.some(isFound))
  }

  test('by its m= line, or that of its stream', () => {
    expect(marked({ rule: 'rtp-plain', evidence: { mediaIndex: 1 } })).toEqual([lines[4]])
    const video = { ...STREAM, id: 's9', mediaIndex: 1 }
    expect(marked({ rule: 'codec-not-negotiated', streamId: 's9' }, [video])).toEqual([lines[4]])
    expect(marked({ rule: 'media-address-mismatch', evidence: { mediaIndex: 0 } })).toEqual([lines[0]])
  })

  test('by the address, the port, the tag or the suite that it names', () => {
    expect(marked({ rule: 'nat-private-address', evidence: { address: '10.0.0.1' } })).toEqual([lines[5]])
    expect(marked({ rule: 'nat-private-address', evidence: { address: '192.168.0.1' } })).toEqual([])
    expect(marked({ rule: 'media-port-policy', evidence: { port: 4002 } })).toEqual([lines[4]])
    expect(marked({ rule: 'crypto-mismatch', evidence: { mediaIndex: 0, tag: 2 } })).toEqual([lines[3]])
    const suite = 'AES_CM_128_HMAC_SHA1_32'
    expect(marked({ rule: 'srtp-weak-suite', evidence: { mediaIndex: 0, suite } })).toEqual([lines[3]])
  })
})
