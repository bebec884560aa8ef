import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Anonymizer } from '../../../src/report/anonymize/anonymizer.ts'
import { RULES } from '../../../src/rules/catalogue.ts'
import { FINDING, WHOLE_REPORT } from '../sample-report.ts'

const anonymizer = new Anonymizer(Buffer.from('a key of tests'))

function detailOf(detail: string, evidence: object = {}, more: object = {}): string {
  return anonymizer.object({ ...FINDING, ...more, detail, evidence: evidence as Record<string, unknown> }).detail
}

describe('prose', () => {
  test.each(RULES.map(({ text }) => [text.id, text] as const))('of rules stays as it is: %s', (_, text) => {
    expect(anonymizer.object(text)).toEqual(text)
  })

  test.each([
    'Frames 1 and 12 (TLS 1.2, G.722, Q.850;cause=88) at 2026-01-15T09:30:00.000123Z, 09:30:00 by keys.json.',
    'SSRC 0x1a2b3c4d under key 1a2b3c4d: 2^31 of 65535 packets, 12.5 %, e.g. RFC 8839 §5.1.1.2, i.e. a=crypto:1.',
    '::: :: - . @ +1 a.b 1.2.3',
  ])('that names nobody stays as it is', (text) => {
    expect(detailOf(text)).toBe(text)
  })

  test('keeps counts, and no numbers of phones', () => {
    const detail = '12345678 INVITEs to 4930123456789 and +49301234.'
    const replaced = detailOf(detail, { invites: 12345678 })
    expect(replaced).toMatch(/^12345678 INVITEs to 49\d{11} and \+49\d{6}\.$/)
    expect(replaced).not.toContain('30123')
  })

  test('keeps fingerprints of keys that have digits only, wherever they are named', () => {
    const object = {
      crypto: [{ tag: 1, suite: 'AES_CM_128_HMAC_SHA1_80', fingerprint: '16073021' }],
      evidence: { keyFingerprints: ['16073021', '4e21a9d6'], usedKeyFingerprint: '90125678' },
      detail: '2 keys of this call (16073021, 4e21a9d6) can be read; sends under key 90125678, and calls 16073022.',
      offerLines: ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[key 16073021]', 'a=crypto:1 [key 160730210] 16073021'],
    }
    const { detail, offerLines, ...rest } = anonymizer.object(object)
    expect(rest).toEqual({ crypto: object.crypto, evidence: object.evidence })
    expect(detail).toMatch(/\(16073021, 4e21a9d6\) .* under key 90125678, and calls \d{8}\.$/)
    expect(detail).not.toContain('16073022')
    expect(offerLines[0]).toBe(object.offerLines[0])
    expect(offerLines[1]).not.toContain('16073021')
  })

  test.each([
    '192.0.2.77',
    '2001:db8::77',
    '[2001:db8::77]:5060',
    '192.0.2.77:5060',
    'sip:alice@carrier.com',
    'alice@carrier.com',
    'sbc.carrier.com',
    'bücher.example.de',
    '+49301234567',
    '10.9.8.0/24',
    '2001:db8:77::/48',
    'http://carrier.com/secret/path',
    '00:11:22:aa:bb:cc',
    'AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01',
    'ab12'.repeat(16),
  ])('loses %s, whatever stands around it', (original) => {
    for (const around of ['X', 'to X.', '(X)', '"X"', 'X, and', 'a X: b', '<X>', 'é X—', "'X'", 'is X;', 'X…']) {
      const replaced = detailOf(around.replace('X', original))
      expect(replaced).not.toContain(original)
      expect(replaced).not.toMatch(/alice|carrier|2001:db8|192\.0\.2|10\.9\.8/)
    }
  })

  test('loses what its evidence names, and nothing that only looks like a part of it', () => {
    const replaced = detailOf('REGISTER of ali from 10.0.0.1: alignment of ali, the realist.', { account: 'ali' })
    expect(replaced).toMatch(/^REGISTER of [a-z]{14} from 10\.\d+\.\d+\.\d+: alignment of [a-z]{14}, the realist\.$/)
  })

  test('keeps a word of ours that somebody is called by where that one is quoted', () => {
    const replaced = detailOf('10.0.0.1 gave credentials for "credentials" that were refused.', {
      account: 'credentials',
    })
    expect(replaced).toMatch(/ gave credentials for "[a-z]{14}" that were refused\.$/)
  })

  test('keeps its articles where a serial is as short as they are', () => {
    const replaced = detailOf('is served by a new one: serial a of it, calls b and c.', {
      serial: 'a',
      callIds: ['b', 'c'],
    })
    expect(replaced).toMatch(/^is served by a new one: serial [0-9a-f] of it, calls [0-9a-f]{16} and [0-9a-f]{16}\.$/)
  })

  test('keeps its frames where a Call-ID is as short as they are', () => {
    const replaced = detailOf('sends with a key that belongs to call 1 (frame 1).', { keyOfCall: '1' })
    expect(replaced).toMatch(/belongs to call [0-9a-f]{16} \(frame 1\)\.$/)
  })

  test('loses what its evidence names, of whatever signs it is made', () => {
    for (let code = 33; code < 127; code++) {
      const account = `miller${String.fromCharCode(code)}west`
      expect(detailOf(`to ${account}.`, { account })).not.toMatch(/miller|west/)
    }
  })

  test('leaves out what a Warning says, and keeps its code (RFC 3261 §20.43)', () => {
    const warning = '304 sbc.carrier.com "Alice has no SRTP"'
    const replaced = detailOf(`refused. Warning: ${warning} The call`, { warning })
    expect(replaced).toMatch(/^refused\. Warning: 304 [a-z]+\.[a-z]+\.example "…" The call$/)
  })

  test('leaves out a phrase behind a status', () => {
    const reasonPhrase = 'Alice Miller has no SRTP'
    expect(detailOf(`with 488 "${reasonPhrase}" (frame 3)`, { reasonPhrase })).toBe('with 488 "…" (frame 3)')
  })

  test('takes any text, and any text twice, in time that grows with its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(detailOf(text, { account: text.slice(0, 5) })).toBe(detailOf(text, { account: text.slice(0, 5) }))
      }),
    )
    for (const part of ['a', 'a.', 'a-', '1', '1.', ':', 'a:', 'sip:', '"', ' ', '<', '@', 'ab:', '%', '0'])
      detailOf(part.repeat(40_000), { account: part.repeat(1000), addressOfRecord: part.repeat(40_000) })
  })
})

describe('a session description', () => {
  test('keeps what says how, and loses who and where', () => {
    const offerLines = [
      'v=0',
      'o=alice 2890844526 2890842807 IN IP4 192.0.2.77',
      's=Alice calling',
      'e=alice@carrier.com (Alice)',
      'p=+49 30 1234567',
      'c=IN IP4 192.0.2.77',
      't=3034423619 3042462419',
      'm=audio 49170 RTP/SAVP 0 101',
      'a=rtpmap:101 telephone-event/8000',
      'a=candidate:842163049 1 udp 1677729535 192.0.2.78 49170 typ srflx raddr 10.9.8.7 rport 49170',
      'a=ssrc:1234567890 cname:alice@carrier.com',
      'a=fingerprint:sha-256 AB:CD:EF:01:23:45:67:89',
      'a=x-secret:Alice Miller',
      'a=sendrecv',
      'a=rtcp:49171 IN IP4 192.0.2.77',
    ]
    const { offerLines: replaced } = anonymizer.object({ offerLines })
    const text = replaced.join('\n')
    expect(text).not.toMatch(/alice|carrier|192\.0\.2|10\.9\.8|842163049|AB:CD|Miller|1234567$/i)
    expect(text).toMatch(/^v=0\no=[a-z]{14} 2890844526 2890842807 IN IP4 \d+\.\d+\.\d+\.\d+\ns=[A-Z]/)
    expect(text).toContain(
      '\nt=3034423619 3042462419\nm=audio 49170 RTP/SAVP 0 101\na=rtpmap:101 telephone-event/8000\n',
    )
    expect(text).toContain('\na=ssrc:1234567890 cname:')
    expect(text).toMatch(/a=candidate:[0-9a-f]{16} 1 udp 1677729535 \S+ 49170 typ srflx raddr 10\.\S+ rport 49170/)
  })
})

describe('a report', () => {
  const { anonymized: _, ...report } = WHOLE_REPORT

  test('is the same for the same key, and once only', () => {
    const once = anonymizer.report(report)
    const again = new Anonymizer(Buffer.from('a key of tests')).report(report)
    expect(JSON.stringify([...again.calls, ...again.findings])).toBe(JSON.stringify([...once.calls, ...once.findings]))
    expect(anonymizer.report(once)).toBe(once)
    expect(once.anonymized).toBe(true)
  })

  test('has no hints of a policy, which somebody wrote', () => {
    const shown = anonymizer.report(report).policyNotShown
    expect(shown?.map(({ reason }) => reason)).toContain('left to you, and not given')
    expect(JSON.stringify(shown)).not.toContain('the networks of the media')
  })

  test('keeps packs of policies, and no names of files', () => {
    expect(anonymizer.report(report).policies).toEqual(['zero-trust', expect.stringMatching(/^[a-z]{14}\.json$/)])
  })
})
