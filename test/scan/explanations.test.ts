import { describe, expect, test } from 'vitest'
import { seededOctets } from '../../samples/seeded-random.ts'
import type { Report } from '../../src/model/report.ts'
import { misreadAes192Keys } from '../../src/srtp/misread-aes-192.ts'
import { deriveSessionKeys, type SessionKeys } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../../src/srtp/suites.ts'
import { callOf, keysOf, line, type Media, masterOf, reportOn, SHORT, STRONG, type Talk, under } from './faulty-call.ts'

const GCM = 'AEAD_AES_128_GCM'
const AES_192 = 'AES_192_CM_HMAC_SHA1_80'
const AES_256 = 'AES_256_CM_HMAC_SHA1_80'

const sound = (from: Media['from'] = 'callee', name: string = from): Media => {
  return { from, at: 0.2, count: 50, protect: under(keysOf(name)) }
}

/** The caller sends so; the callee is sound. */
async function sending(
  keys: SessionKeys,
  talk: Partial<Talk> = {},
  others: Parameters<typeof callOf>[1] = [sound()],
): Promise<Report> {
  const talks = [{ at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')], ...talk }]
  return reportOn(callOf(talks, [{ from: 'caller', at: 0.2, count: 50, protect: under(keys) }, ...others]))
}

/** What the rules say of a report's packets, and the explanation of its first failing stream. */
function said(report: Report): { findings: string[]; text: string | undefined } {
  const rules = ['crypto-mismatch', 'srtp-auth-failed', 'srtp-roc', 'srtp-replay']
  return {
    findings: report.findings.filter(({ rule }) => rules.includes(rule)).map(({ rule, kind }) => `${rule} ${kind}`),
    text: report.streams.find(({ explanation }) => explanation !== undefined)?.explanation?.text,
  }
}

/** The first octets of a key, as another suite would split them. */
function resplit(name: string, suite: string, as: string): SessionKeys {
  const { masterKey, masterSalt } = masterOf(name, suite)
  const octets = Buffer.concat([masterKey, masterSalt])
  const shape = suiteByName(as) as CryptoSuite
  return deriveSessionKeys({
    suite: shape,
    masterKey: octets.subarray(0, shape.masterKeyLength),
    masterSalt: octets.subarray(shape.masterKeyLength, shape.masterKeyLength + shape.masterSaltLength),
  })
}

const in256 = { offer: [line(1, 'caller', AES_256)], answer: [line(1, 'callee', AES_256)] }
const in192 = { offer: [line(1, 'caller', AES_192)], answer: [line(1, 'callee', AES_192)] }
const inGcm = { offer: [line(1, 'caller', GCM)], answer: [line(1, 'callee', GCM)] }
const withMki = (length: number): SessionKeys => {
  return deriveSessionKeys({ ...masterOf('caller'), mki: seededOctets(`mki of ${length}`, length) })
}

describe('the agreed key, used otherwise than agreed', () => {
  test.each([
    [4, keysOf('caller', SHORT), {}],
    [8, { ...keysOf('caller'), srtpTagLength: 8 }, {}],
    [16, { ...keysOf('caller'), srtpTagLength: 16 }, {}],
    [10, keysOf('caller'), { offer: [line(1, 'caller', SHORT)], answer: [line(1, 'callee', SHORT)] }],
    [8, keysOf('caller', 'AEAD_AES_128_GCM_8'), inGcm],
  ])('with a tag of %d octets', async (length, keys, talk) => {
    const { findings, text } = said(await sending(keys, talk, []))
    expect(findings).toEqual(['crypto-mismatch wire-other-tag-length'])
    expect(text).toContain(`203.0.113.10:16384 uses the agreed key with tags of ${length} octets; `)
  })

  test.each([
    [30, STRONG],
    [38, AES_192],
    [28, GCM],
  ])('split for another suite: its first %d octets', async (octets, as) => {
    const report = await sending(resplit('caller', AES_256, as), in256, [])
    expect(said(report)).toEqual({
      findings: ['crypto-mismatch wire-other-suite'],
      text: `203.0.113.10:16384 takes the first ${octets} octets of the agreed key for a key of ${as}; ${AES_256} was agreed`,
    })
  })

  test('with the session keys of another derivation', async () => {
    const keys = misreadAes192Keys(masterOf('caller', AES_192)) as SessionKeys
    const { findings, text } = said(await sending(keys, in192, []))
    expect(findings).toEqual(['crypto-mismatch wire-other-kdf'])
    expect(text).toContain('as if that were an AES-256 key')
  })

  test('without the key derivation rate that was agreed (RFC 4568 §6.3.1)', async () => {
    const rate = ' KDR=8'
    const { findings, text } = said(
      await sending(keysOf('caller'), { offer: [line(1, 'caller', STRONG, rate)], answer: [line(1, 'callee')] }),
    )
    expect(findings).toEqual(['crypto-mismatch wire-other-kdf'])
    expect(text).toContain('derives its session keys once; KDR=8 asks for new ones every 2^8 packets')
  })

  test.each([1, 2, 4, 8, 3, 77, 128])('with an MKI of %d octets that nobody announced', async (length) => {
    const { findings, text } = said(await sending(withMki(length)))
    expect(findings).toEqual(['crypto-mismatch wire-mki'])
    expect(text).toContain(`puts an MKI of ${length} octets into its packets; its a=crypto line announces none`)
  })

  test('under AES-GCM the MKI stands behind the tag', async () => {
    const keys = deriveSessionKeys({ ...masterOf('caller', GCM), mki: seededOctets('mki', 4) })
    expect(said(await sending(keys, inGcm, [])).findings).toEqual(['crypto-mismatch wire-mki'])
  })

  test('without the MKI that was announced', async () => {
    const { findings, text } = said(await sending(keysOf('caller'), { offer: [line(1, 'caller', STRONG, '|1:4')] }))
    expect(findings).toEqual(['crypto-mismatch wire-mki'])
    expect(text).toContain('leaves out the MKI of 4 octets that its a=crypto line announces')
  })

  test('also where what is sent is not encrypted, and looks like RTP in the clear', async () => {
    const report = await reportOn(
      callOf(
        [{ at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] }],
        [
          {
            from: 'caller',
            at: 0.2,
            count: 50,
            protect: (rtp, n) => under(keysOf('caller', SHORT))(rtp.fill(255, 12), n),
          },
        ],
      ),
    )
    expect(said(report).findings).toEqual(['crypto-mismatch wire-other-tag-length'])
  })

  test('with another MKI than the announced one', async () => {
    const { text } = said(await sending(withMki(4), { offer: [line(1, 'caller', STRONG, '|1:4')] }))
    expect(text).toContain('puts an MKI of 4 octets into its packets that is not the announced one')
  })
})

describe('another key', () => {
  test('of the same offer, under the same suite', async () => {
    const offer = [line(1, 'caller'), line(2, 'second')]
    const report = await sending(keysOf('second'), { offer })
    expect(said(report)).toEqual({
      findings: ['crypto-mismatch wire-other-key'],
      text: '203.0.113.10:16384 sends with the key it offered as tag 2; the answer in frame 2 chose tag 1',
    })
    expect(report.findings.find(({ kind }) => kind === 'wire-other-key')?.evidence).toMatchObject({
      failed: 50,
      usedTag: 2,
      usedSuite: STRONG,
      agreedSuite: STRONG,
    })
  })

  test('of the same offer, under another suite', async () => {
    const offer = [line(1, 'caller'), line(2, 'second', AES_256)]
    const { findings, text } = said(await sending(keysOf('second', AES_256), { offer }))
    expect(findings).toEqual(['crypto-mismatch wire-other-suite'])
    expect(text).toContain(`the key it offered as tag 2 (${AES_256}); the answer in frame 2 chose tag 1 (${STRONG})`)
  })

  test("the peer's", async () => {
    const { findings, text } = said(await sending(keysOf('callee')))
    expect(findings).toEqual(['crypto-mismatch wire-other-direction-key'])
    expect(text).toContain("sends with its peer's key (tag 1) instead of its own")
  })

  const rekeyed: Talk[] = [
    { at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] },
    { at: 1, offer: [line(1, 'caller anew')], answer: [line(1, 'callee')] },
  ]
  const caller = (name: string, at: number, count: number, firstSequence = 1000): Media => {
    return { from: 'caller', at, count, firstSequence, protect: under(keysOf(name)) }
  }

  test('the one before a re-INVITE, by a sender that never changes over', async () => {
    const report = await reportOn(callOf(rekeyed, [caller('caller', 0.2, 300), { ...sound(), count: 300 }]))
    const { findings, text } = said(report)
    expect(findings).toEqual(['crypto-mismatch wire-stale-key'])
    expect(text).toContain('the key of an earlier offer or answer of this call (frame 1, tag 1)')
  })

  test('the one of a 183, by a callee whose 200 gives another', async () => {
    const talks = [{ at: 0, offer: [line(1, 'caller')], early: [line(1, 'early')], answer: [line(1, 'callee')] }]
    const media = [sound('caller'), { ...sound('callee', 'early'), count: 300 }]
    const { findings, text } = said(await reportOn(callOf(talks, media)))
    expect(findings).toEqual(['crypto-mismatch wire-stale-key'])
    expect(text).toContain('the key of an earlier offer or answer of this call (frame 2, tag 1)')
  })

  test('the one of a later offer', async () => {
    const media = [caller('caller anew', 0.2, 30), caller('caller anew', 1.2, 50, 1030), { ...sound(), count: 100 }]
    const { findings, text } = said(await reportOn(callOf(rekeyed, media)))
    expect(findings).toEqual(['crypto-mismatch wire-early-key'])
    expect(text).toContain('the key of a later offer or answer of this call')
  })

  test('of a later offer, of which the answer chose another one: that is named', async () => {
    const offer = [line(1, 'strong', AES_256), line(2, 'caller anew')]
    const talks = [rekeyed[0], { at: 1, offer, answer: [line(2, 'callee')] }]
    const strong: Media = { ...caller('', 1.2, 50, 1050), protect: under(keysOf('strong', AES_256)) }
    const { text } = said(
      await reportOn(callOf(talks, [caller('caller', 0.2, 50), strong, { ...sound(), count: 100 }])),
    )
    expect(text).toContain(`the key it offered as tag 1 (${AES_256}); the answer in frame`)
    expect(text).toContain(`chose tag 2 (${STRONG})`)
  })

  test('the one of an offer that was refused (RFC 3264 §8)', async () => {
    const talks = [rekeyed[0], { at: 1, offer: [line(1, 'caller anew')], answer: [], isRefused: true }]
    const media = [caller('caller', 0.2, 50), caller('caller anew', 1.2, 50, 1050), { ...sound(), count: 100 }]
    const { findings, text } = said(await reportOn(callOf(talks, media)))
    expect(findings).toEqual(['crypto-mismatch wire-early-key'])
    expect(text).toMatch(/ sends with the key of an offer that was refused in frame \d+ \(frame \d+, tag 1\)$/)
  })

  const second = (at: number) =>
    callOf(
      [{ at, offer: [line(1, 'x')], answer: [line(1, 'y')] }],
      [{ from: 'callee', at: at + 0.2, count: 50, protect: under(keysOf('y')) }],
      'other@203.0.113.10',
      100,
    )
  const mixedUp = callOf(
    [{ at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] }],
    [{ from: 'caller', at: 0.2, count: 50, protect: under(keysOf('x')) }, sound()],
  )

  test('of another call at the same time', async () => {
    const { findings, text } = said(await reportOn([...mixedUp, ...second(0.5)]))
    expect(findings).toEqual(['crypto-mismatch wire-other-call-key'])
    expect(text).toContain('a key that belongs to call other@203.0.113.10')
  })

  test('of a call that came after, which nobody could use yet', async () => {
    expect(said(await reportOn([...mixedUp, ...second(60)])).findings).toEqual(['srtp-auth-failed all'])
  })

  test('of the keys file', async () => {
    const { masterKey, masterSalt } = masterOf('x')
    const key = Buffer.concat([masterKey, masterSalt]).toString('base64')
    const report = await reportOn(mixedUp, JSON.stringify([{ suite: STRONG, key, label: 'spare' }]))
    expect(said(report).text).toContain('a key from the keys file (spare) that nobody agreed on')
  })

  test('that is not in evidence', async () => {
    const { findings, text } = said(await sending(keysOf('nobody knows')))
    expect(findings).toEqual(['srtp-auth-failed all'])
    expect(text).toBeUndefined()
  })
})

describe('where the key is not in evidence nothing is made up', () => {
  test.each([
    ['of two lines of two suites', STRONG, { offer: [line(1, 'caller'), line(2, 'second', AES_256)] }],
    ['under a 32-bit tag', SHORT, { offer: [line(1, 'caller', SHORT)], answer: [line(1, 'callee', SHORT)] }],
    ['of 256 bits', AES_256, in256],
    ['of 192 bits, which may be misread', AES_192, in192],
    ['under AES-GCM', GCM, inGcm],
    ['with an MKI', STRONG, { offer: [line(1, 'caller', STRONG, '|1:4')] }],
  ])('a key %s', async (_, suite, talk) => {
    const report = await sending(keysOf('nobody knows', suite), talk, [])
    expect(said(report)).toEqual({ findings: ['srtp-auth-failed all'], text: undefined })
    const [finding] = report.findings.filter(({ rule }) => rule === 'srtp-auth-failed')
    expect(finding?.detail).toContain('no known key fits them, so the key used is not in evidence')
  })

  test('nor where octets are the same at the place of an MKI', async () => {
    const keys = { ...keysOf('nobody knows'), mki: Buffer.of(0, 0, 0, 1), mkiLength: 4 }
    expect(said(await sending(keys))).toEqual({ findings: ['srtp-auth-failed all'], text: undefined })
  })
})

describe('SRTP where RTP without keying was agreed', () => {
  const plain: Partial<Talk> = { profile: 'RTP/AVP', offer: [], answer: [] }

  test('shows by payload without pattern that is longer by a tag', async () => {
    const { findings, text } = said(await sending(keysOf('caller'), plain, []))
    expect(findings).toEqual(['crypto-mismatch wire-srtp-on-plain-agreement'])
    expect(text).toContain('sends SRTP although RTP/AVP without keying was agreed')
  })

  test('shows by a key that was given beside the capture', async () => {
    const { masterKey, masterSalt } = masterOf('caller')
    const key = Buffer.concat([masterKey, masterSalt]).toString('base64')
    const talk = { at: 0, ...plain } as Talk
    const media: Media[] = [{ from: 'caller', at: 0.2, count: 50, protect: under(keysOf('caller')) }]
    const report = await reportOn(callOf([talk], media), JSON.stringify([{ suite: STRONG, key, src: '203.0.113.10' }]))
    expect(said(report).text).toContain('its packets verify under a key of the keys file')
  })

  test('shows by the key that was offered and not taken', async () => {
    const talk = { answer: [], answerProfile: 'RTP/AVP' }
    const { findings, text } = said(await sending(keysOf('caller'), talk, []))
    expect(findings).toEqual(['crypto-mismatch wire-srtp-on-plain-agreement'])
    expect(text).toContain('its packets verify under a key that was offered or answered')
  })

  test('does not show where payload is of the length of its codec', async () => {
    const talk = { at: 0, ...plain } as Talk
    expect(said(await reportOn(callOf([talk], [{ from: 'caller', at: 0.2, count: 50 }]))).findings).toEqual([])
  })

  test('does not show where a codec that compresses comes before G.711: 125 octets on average', async () => {
    const talk = { at: 0, ...plain } as Talk
    const g729 = (rtp: Buffer, n: number) => {
      const packet = Buffer.concat([rtp.subarray(0, 12), seededOctets(`frames of packet ${n}`, 20)])
      packet[1] = 18
      return packet
    }
    const media: Media = { from: 'caller', at: 0.2, count: 200, protect: (rtp, n) => (n < 50 ? g729(rtp, n) : rtp) }
    expect(said(await reportOn(callOf([talk], [media]))).findings).toEqual([])
  })

  test('shows beside comfort noise', async () => {
    const talk = { at: 0, ...plain } as Talk
    const protect = under(keysOf('caller'))
    const noise = (rtp: Buffer, n: number) => {
      if (n % 40 === 39) rtp[1] = 13
      return protect(rtp, n)
    }
    const media: Media = { from: 'caller', at: 0.2, count: 200, protect: noise }
    expect(said(await reportOn(callOf([talk], [media]))).findings).toEqual([
      'crypto-mismatch wire-srtp-on-plain-agreement',
    ])
  })
})

test('a sound call needs no explanation', async () => {
  expect(said(await sending(keysOf('caller')))).toEqual({ findings: [], text: undefined })
})

test('media without signalling is held to the keys that a file gives for it, not to an agreement', async () => {
  const datagrams = callOf([], [{ from: 'caller', at: 0, count: 50, protect: under(keysOf('other')) }])
  const media = datagrams.filter(({ payload }) => (payload[0] & 0xc0) === 0x80)
  const keys = ['caller', 'other'].map((name) => ({
    crypto: line(1, name),
    src: name === 'caller' ? '203.0.113.10:16384' : '203.0.113.99:16384',
  }))
  const { findings } = await reportOn(media, JSON.stringify({ keys }))
  expect(findings.find(({ rule }) => rule === 'crypto-mismatch')?.detail).toMatch(
    /^203\.0\.113\.10:16384 sends with a key from the keys file that is given for other media: 50 of 50 RTP packets to .* fail under the keys that are given for them, /,
  )
})

test.each([
  [2, 'they are too few to tell under which key they go'],
  [3, 'no known key fits them'],
])('%d packets that fail', async (count, says) => {
  const talks = [{ at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] }]
  const media: Media[] = [{ from: 'caller', at: 0.2, count, protect: under(keysOf('nobody')) }, sound()]
  const { findings } = await reportOn(callOf(talks, media))
  expect(findings.find(({ rule }) => rule === 'srtp-auth-failed')?.detail).toContain(says)
})

describe('one context for SRTP and SRTCP (RFC 3711 §4.3.2)', () => {
  const keys = keysOf('caller')
  const ofOne = (one: SessionKeys['srtp']) => under({ ...keys, srtp: one, srtcp: one })

  test('SRTCP under the session keys of SRTP', async () => {
    const rtcp: Media = { from: 'caller', at: 0.2, count: 4, isRtcp: true, protect: ofOne(keys.srtp) }
    const { findings, text } = said(await sending(keys, {}, [sound(), rtcp]))
    expect(findings).toEqual(['crypto-mismatch wire-other-labels'])
    expect(text).toBe(
      '203.0.113.10:16385 protects SRTCP with the session keys of SRTP: those of SRTCP are derived under labels 3 to 5 (RFC 3711 §4.3.2)',
    )
  })

  test('SRTP under those of SRTCP, whose own packets verify', async () => {
    const rtcp: Media = { from: 'caller', at: 0.2, count: 4, isRtcp: true, protect: ofOne(keys.srtcp) }
    const report = await sending({ ...keys, srtp: keys.srtcp }, {}, [sound(), rtcp])
    expect(said(report).findings).toEqual(['crypto-mismatch wire-other-labels'])
    expect(said(report).text).toContain('protects SRTP with the session keys of SRTCP')
  })
})
