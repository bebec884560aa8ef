import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatPcap } from '../../../samples/capture-writer.ts'
import { frameDatagrams } from '../../../samples/frames.ts'
import { seededOctets } from '../../../samples/seeded-random.ts'
import type { AnalysedCall } from '../../../src/model/analysis.ts'
import { callRefusedForMedia } from '../../../src/rules/media/call-refused-for-media.ts'
import { scan } from '../../../src/scan/scan.ts'
import { audio, described, exchange } from '../../media/exchanges.ts'
import { traceOf } from '../media-trace.ts'
import { line } from '../protection/agreed-suites.ts'
import {
  A,
  answered,
  B,
  BEST_EFFORT,
  callBetween,
  type OfferOptions,
  type PartyOptions,
  PLAIN,
  refused,
  SECURE,
} from './refused-offers.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const PLAIN_ANSWER = audio(B, 6000, 'RTP/AVP')
const SECURE_ANSWER = audio(B, 6000, 'RTP/SAVP', line(1, SUITE, 9))

function found(...calls: AnalysedCall[]) {
  return callRefusedForMedia.find(traceOf({ calls }))
}

const failed = (offer: string, options: OfferOptions = {}, party: PartyOptions = {}) =>
  callBetween([refused(offer, options)], party)
/** Another call of the same host that was answered, half a minute earlier than any refusal here. */
const elsewhere = (offer: string, answer: string) =>
  callBetween([answered(offer, answer, { frame: 1, source: '192.0.2.7' })], { callId: 'elsewhere', state: 'completed' })
const later = (offer: string, options: OfferOptions = {}) => failed(offer, { frame: 31, ...options })

/** What is named as the likely cause. */
const cause = (...calls: AnalysedCall[]) => found(...calls).map(({ evidence }) => evidence.likelyCause)

describe('call-refused-for-media: which refusals', () => {
  test.each([[488], [606], [415]])('%i to an offer', (status) => {
    expect(found(failed(PLAIN, { status }))).toMatchObject([
      { severity: 'error', callId: 'one', frames: [1, 3], evidence: { status, refusedBy: B } },
    ])
  })

  test('503 with Q.850 cause 88, also among other values', () => {
    const reasons = ['Q.850;cause=88;text="Incompatible destination"', 'SIP;cause=503 , q.850 ; text="x" ; cause=88']
    for (const reason of reasons) {
      expect(found(failed(PLAIN, { status: 503, reason }))).toMatchObject([{ evidence: { status: 503, cause: 88 } }])
    }
  })

  test('silent for 503 without that cause, and for other refusals', () => {
    expect(found(failed(PLAIN, { status: 503 }))).toEqual([])
    expect(found(failed(PLAIN, { status: 503, reason: 'Q.850;cause=41' }))).toEqual([])
    expect(found(failed(PLAIN, { status: 503, reason: 'SIP;cause=88' }))).toEqual([])
    expect(found(failed(PLAIN, { status: 486 }))).toEqual([])
    expect(found(failed(PLAIN, { status: 500, reason: 'Q.850;cause=88' }))).toEqual([])
  })

  test('once a call, where it came from: proxies pass it on', () => {
    const P = '192.0.2.1'
    const call = callBetween([
      refused(PLAIN, { frame: 1, destination: P, status: 488 }),
      refused(PLAIN, { frame: 0, source: P, status: 488 }),
    ])
    expect(found(call)).toMatchObject([{ evidence: { refusedBy: B } }])
  })

  test('a call that another offer connects is not broken, nor is one whose re-INVITE is refused', () => {
    const connected = callBetween([refused(PLAIN), answered(PLAIN, PLAIN_ANSWER, { frame: 20 })], {
      state: 'completed',
    })
    expect(found(connected)).toMatchObject([{ severity: 'warning' }])
    const previous = exchange('one', described(1, PLAIN), [described(3, PLAIN_ANSWER, B, A)])
    const changed = callBetween([answered(PLAIN, PLAIN_ANSWER), refused(SECURE, { frame: 21, previous })], {
      state: 'completed',
    })
    expect(found(changed)).toMatchObject([{ severity: 'warning', frames: [21, 23] }])
    expect(found(changed)[0].detail).toContain('stays as it was')
  })

  test('silent where srtp-retried-plain speaks for the same offer', () => {
    const again = callBetween([answered(PLAIN, PLAIN_ANSWER, { frame: 4 })], { callId: 'two', state: 'completed' })
    expect(found(failed(SECURE), again)).toEqual([])
    const tooLate = callBetween([answered(PLAIN, PLAIN_ANSWER, { frame: 40 })], { callId: 'two', state: 'completed' })
    expect(found(failed(SECURE), tooLate)).toHaveLength(1)
  })
})

describe('call-refused-for-media: what it was likely refused for', () => {
  test('SRTP, to a side that takes RTP in the clear elsewhere', () => {
    const [finding] = found(elsewhere(PLAIN, PLAIN_ANSWER), later(SECURE))
    expect(finding.evidence.likelyCause).toBe('srtp-not-taken')
    expect(finding.detail).toContain('takes RTP in the clear elsewhere (frame 1)')
  })

  test('RTP in the clear, to a side that agrees on SRTP elsewhere, whenever that is', () => {
    expect(cause(elsewhere(SECURE, SECURE_ANSWER), later(PLAIN))).toEqual(['srtp-required'])
    const after = callBetween([answered(SECURE, SECURE_ANSWER, { frame: 60 })], { callId: 'two', state: 'completed' })
    const [finding] = found(failed(PLAIN), after)
    expect(finding.detail).toContain('agrees on SRTP elsewhere (frame 60)')
  })

  test('codecs, to a side that names others elsewhere', () => {
    const opus = audio(A, 4000, 'RTP/AVP', 'a=rtpmap:0 opus/48000/2')
    const [finding] = found(elsewhere(PLAIN, PLAIN_ANSWER), later(opus))
    expect(finding.evidence).toMatchObject({ likelyCause: 'codecs', codecs: ['opus/48000/2'] })
    expect(finding.detail).toContain('PCMU/8000')
  })

  test('suites, to a side that agrees on another elsewhere', () => {
    const strong = audio(A, 4000, 'RTP/SAVP', line(1, 'AES_256_CM_HMAC_SHA1_80'))
    expect(cause(elsewhere(SECURE, SECURE_ANSWER), later(strong))).toEqual(['suites'])
  })

  test.each([
    ['301 example.com "Incompatible network address formats"', PLAIN, 'address-family'],
    ['302 example.com "Incompatible transport protocol"', SECURE, 'srtp-not-taken'],
    ['304 example.com "Media type not available"', PLAIN, 'media-type'],
    ['304 example.com "Media type not available"', SECURE, 'srtp-not-taken'],
    ['305 example.com "Incompatible media format"', PLAIN, 'codecs'],
    ['306 example.com "Attribute not understood"', PLAIN, 'attribute'],
    ['399 example.com "Go away"', SECURE, 'srtp-not-taken'],
  ])('Warning: %s', (warning, offer, expected) => {
    const [finding] = found(failed(offer, { warning }))
    expect(finding.evidence).toMatchObject({ likelyCause: expected, warning })
    expect(finding.detail).toContain(warning)
  })

  test('what stands behind the status is told, and says what for where it speaks of SRTP', () => {
    const phrase = 'SIP trunk or domain is required to use secure media (SRTP)'
    const [finding] = found(failed(PLAIN, { phrase }))
    expect(finding.evidence).toMatchObject({ likelyCause: 'srtp-required', reasonPhrase: phrase })
    expect(finding.detail).toContain(`with 488 "${phrase}" (frame 3). Most likely: `)
    const [other] = found(failed(PLAIN, { phrase: 'Ask Bob' }))
    expect(other.detail).toContain('with 488 "Ask Bob" (frame 3). Likely: ')
    const [key] = found(failed(SECURE, { phrase: line(1, SUITE, 9) }))
    expect(JSON.stringify(key)).not.toContain(line(1, SUITE, 9).split('inline:')[1])
  })

  test('of several values of Warning the first that says something; a plain offer is not told to switch SRTP on there', () => {
    const several = '399 example.com "Go, 305 away", 302 example.com "Incompatible transport protocol"'
    expect(cause(failed(PLAIN, { warning: several }))).toEqual(['srtp-required'])
    expect(cause(failed(SECURE, { warning: several }))).toEqual(['srtp-not-taken'])
    expect(cause(failed(PLAIN, { warning: '370 example.com "Insufficient bandwidth"' }))).toEqual(['bandwidth'])
  })

  describe('what the refusal itself lists (RFC 3261 §21.4.26)', () => {
    /** RFC 3264 §9: capabilities have port 0. */
    const takes = (...lines: string[]) => audio(B, 0, lines[0] ?? 'RTP/AVP', ...lines.slice(1))

    test.each([
      ['RTP in the clear only', SECURE, takes('RTP/AVP'), 'srtp-not-taken'],
      ['SRTP only', PLAIN, takes('RTP/SAVP', line(1, SUITE)), 'srtp-required'],
      ['another suite', SECURE, takes('RTP/SAVP', line(1, 'AES_256_CM_HMAC_SHA1_80')), 'suites'],
      ['another codec', PLAIN, takes('RTP/AVP').replace('AVP 0', 'AVP 8'), 'codecs'],
      ['another medium', PLAIN, takes('RTP/AVP').replace('m=audio 0 RTP/AVP 0', 'm=image 0 udptl t38'), 'media-type'],
    ])('%s', (_, offer, body, expected) => {
      const [finding] = found(elsewhere(PLAIN, PLAIN_ANSWER), elsewhere(SECURE, SECURE_ANSWER), later(offer, { body }))
      expect(finding.evidence.likelyCause).toBe(expected)
      expect(finding.detail).toContain('lists in its refusal')
      expect(finding.detail).toContain('Its body says what would be taken: ')
      expect(finding.evidence.takesMedia).toEqual([expect.stringMatching(/^(audio|image) /)])
    })

    test('names profile, suites and codecs, and never a key', () => {
      const [finding] = found(failed(PLAIN, { body: takes('RTP/SAVP', line(1, SUITE)) }))
      expect(finding.detail).toContain(`audio RTP/SAVP; suites ${SUITE}; codecs PCMU/8000.`)
      expect(JSON.stringify(finding)).not.toContain('inline')
    })

    test('a copy of the offer says nothing', () => {
      const [finding] = found(failed(SECURE, { body: SECURE.replace('audio 4000', 'audio 0') }))
      expect(finding.detail).not.toContain('Its body')
      expect(finding.evidence).not.toHaveProperty('takesMedia')
    })
  })

  test('RTP/SAVP without a key, which nobody can take (RFC 4568 §5.1.1), whatever else is known', () => {
    const keyless = audio(A, 4000, 'RTP/SAVP')
    const [finding] = found(elsewhere(PLAIN, PLAIN_ANSWER), later(keyless))
    expect(finding.evidence.likelyCause).toBe('no-key')
    expect(finding.remedy).toContain('the offering side')
    const byDtls = audio(A, 4000, 'RTP/SAVP', 'a=fingerprint:SHA-256 00:11')
    expect(cause(failed(byDtls))).toEqual(['srtp-not-taken'])
  })

  describe('MKI and session parameters that each a=crypto line has (RFC 4568 §6.1, §6.3)', () => {
    const withMki = audio(A, 4000, 'RTP/SAVP', line(1, SUITE, 1, '|2^31|1:4'), line(2, SUITE, 2, '|2^31|1:4'))
    const withRate = audio(A, 4000, 'RTP/SAVP', line(1, SUITE, 1, ' KDR=1'))

    test('to a side that takes SRTP without them elsewhere', () => {
      const [mki] = found(elsewhere(SECURE, SECURE_ANSWER), later(withMki))
      expect(mki.evidence.likelyCause).toBe('crypto-extras')
      expect(mki.detail).toContain('each offered a=crypto line carries an MKI, which 198.51.100.20 may not take')
      expect(found(elsewhere(SECURE, SECURE_ANSWER), later(withRate))[0].detail).toContain('carries KDR=1')
    })

    test('to a side of which nothing is known, beside SRTP that may be off there', () => {
      const [finding] = found(failed(withMki))
      expect(finding.evidence.likelyCause).toBe('srtp-not-taken')
      expect(finding.detail).toContain(
        'SRTP is likely off at 198.51.100.20, or each offered a=crypto line carries an MKI',
      )
    })

    test('silent where one line is without, or the side takes them elsewhere', () => {
      const oneWithout = audio(A, 4000, 'RTP/SAVP', line(1, SUITE, 1, '|1:4'), line(2, SUITE, 2))
      expect(cause(elsewhere(SECURE, SECURE_ANSWER), later(oneWithout))).toEqual(['open'])
      expect(cause(elsewhere(withMki, SECURE_ANSWER), later(withMki))).toEqual(['open'])
    })
  })

  test('415: what its Accept names (RFC 3261 §21.4.13)', () => {
    const [isup] = found(failed(SECURE, { status: 415, accept: 'application/isup;version=x, Application/ISUP' }))
    expect(isup.evidence).toMatchObject({ likelyCause: 'body', accept: ['application/isup', 'application/isup'] })
    expect(isup.detail).toContain('it accepts application/isup')
    const [sdp] = found(failed(PLAIN, { status: 415, accept: 'application/sdp' }))
    expect(sdp.detail).toContain(
      'Likely: 198.51.100.20 does not take a body of this type, encoding or language here: it accepts application/sdp',
    )
  })

  test('what the offer itself suggests, where nothing else says anything', () => {
    expect(cause(failed(SECURE))).toEqual(['srtp-not-taken'])
    expect(cause(failed(PLAIN))).toEqual(['srtp-required'])
    expect(cause(failed(PLAIN, { status: 415 }))).toEqual(['body'])
    expect(cause(failed(audio('2001:db8::1', 4000, 'RTP/AVP').replaceAll('IP4', 'IP6')))).toEqual(['address-family'])
    const [family] = found(failed(audio('2001:db8::1', 4000, 'RTP/AVP').replaceAll('IP4', 'IP6')))
    expect(family.detail).toContain('it may require SRTP')
    const fax = PLAIN.replace('m=audio 4000 RTP/AVP 0', 'm=image 4000 udptl t38')
    expect(cause(failed(fax))).toEqual(['media-type'])
    const both = `${SECURE}m=audio 4002 RTP/AVP 0\r\n`
    expect(cause(failed(both))).toEqual(['open'])
  })

  test('keys on RTP/AVP are no reason to refuse where SRTP is off: the profile is (RFC 4568 §5.1.2)', () => {
    const [finding] = found(failed(BEST_EFFORT))
    expect(finding.evidence.likelyCause).toBe('srtp-required')
    expect(finding.detail).toContain('may take RTP/SAVP only')
    expect(finding.detail).not.toContain('likely off')
    expect(finding.remedy).toContain('SRTP required')
    expect(cause(elsewhere(PLAIN, PLAIN_ANSWER), later(BEST_EFFORT))).toEqual(['open'])
  })

  test('the way of keying and the profile are what a side with SRTP may refuse', () => {
    const [dtls] = found(failed(audio(A, 4000, 'UDP/TLS/RTP/SAVP', 'a=fingerprint:SHA-256 00:11')))
    expect(dtls.detail).toContain('keyed by DTLS: 198.51.100.20 likely takes SRTP by a=crypto only, or has SRTP off')
    expect(dtls.remedy).toContain('or offer RTP/SAVP with a=crypto')
    const [feedback] = found(failed(audio(A, 4000, 'RTP/SAVPF', line(1, SUITE))))
    expect(feedback.detail).toContain('or it takes RTP/SAVP without feedback only')
  })

  test('what a side takes elsewhere says nothing where it takes both', () => {
    const both = [elsewhere(PLAIN, PLAIN_ANSWER), elsewhere(SECURE, SECURE_ANSWER)]
    const [finding] = found(...both, later(SECURE))
    expect(finding.evidence.likelyCause).toBe('open')
    expect(finding.detail).not.toContain('elsewhere')
  })
})

test('from packets: the body, Accept and all lines of Warning of the refusal are read, and no key is shown', async () => {
  const key = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${seededOctets('refused', 30).toString('base64')}`
  const common = [
    'Via: SIP/2.0/UDP 203.0.113.10;branch=z9hG4bK1',
    'From: <sip:a@example.com>;tag=a',
    'Call-ID: one',
    'CSeq: 1 INVITE',
  ]
  const message = (first: string, to: string, headers: readonly string[], body: string) =>
    Buffer.from(
      [
        first,
        ...common,
        to,
        ...headers,
        'Content-Type: application/sdp',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    )
  const invite = message(
    'INVITE sip:b@example.com SIP/2.0',
    'To: <sip:b@example.com>',
    ['Contact: <sip:a@203.0.113.10>', 'Max-Forwards: 70'],
    PLAIN,
  )
  const refusal = message(
    'SIP/2.0 488 Not Acceptable Here',
    'To: <sip:b@example.com>;tag=b',
    [
      `Warning: 399 b "not ${key}"`,
      'Warning: 305 b "Incompatible media format"',
      'Accept: application/sdp',
      'Accept: message/sipfrag',
    ],
    audio(B, 0, 'RTP/SAVP', line(1, SUITE)),
  )
  const [one, other] = [
    { address: A, port: 5060 },
    { address: B, port: 5060 },
  ]
  const frames = frameDatagrams([
    { timeNs: 1e9, source: one, destination: other, payload: invite },
    { timeNs: 2e9, source: other, destination: one, payload: refusal },
  ])
  const path = join(mkdtempSync(join(tmpdir(), 'refused-')), 'one.pcap')
  writeFileSync(path, formatPcap(frames, 1_700_000_000, 'micro'))
  const { findings } = await scan({ captures: [path], workers: 1 })
  rmSync(dirname(path), { recursive: true })
  expect(findings.filter(({ rule }) => rule === 'call-refused-for-media')).toMatchObject([
    {
      evidence: {
        likelyCause: 'srtp-required',
        warning: expect.stringMatching(
          /^399 b "not a=crypto:1 \w+ inline:\[key [\da-f]{8}\]", 305 b "Incompatible media format"$/,
        ),
        accept: ['application/sdp', 'message/sipfrag'],
        takesMedia: ['audio RTP/SAVP'],
        takesSuites: [SUITE],
        takesCodecs: ['PCMU/8000'],
      },
    },
  ])
})

test('from packets: Warning of the refusal is read', async () => {
  const path = new URL('../../../samples/incident.pcapng', import.meta.url).pathname
  const { findings } = await scan({ captures: [path], workers: 1 })
  expect(findings.filter(({ rule }) => rule === 'call-refused-for-media')).toMatchObject([
    { severity: 'error', evidence: { status: 488, warning: '304 198.51.100.20 "Media type not available"' } },
  ])
})
