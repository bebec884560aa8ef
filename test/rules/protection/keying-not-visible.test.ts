import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import type { AnalysedTls } from '../../../src/model/tls-facts.ts'
import { keyingNotVisible } from '../../../src/rules/protection/keying-not-visible.ts'
import { callOf, frameAt, streamBack, streamOf, traceOf } from '../media-trace.ts'
import { CLIENT, handshakeOf, TLS_1_2, tlsOf } from '../tls/tls-trace.ts'

const unread = { unverified: 500, plain: 0, protection: 'srtp' } as const

const kinds = (streams: readonly AnalysedStream[]) =>
  keyingNotVisible.find(traceOf({ calls: [callOf()], streams })).map(({ kind, callId }) => [kind, callId])

describe('keying-not-visible', () => {
  test('DTLS-SRTP without keys, once a call (RFC 5764 §4.2)', () => {
    const facts = { keying: 'dtls' } as const
    expect(kinds([streamOf({ facts, report: unread }), streamBack({ facts, report: unread })])).toEqual([
      ['dtls', 'one'],
    ])
  })

  test('DTLS on the flow of a stream that no call owns', () => {
    expect(kinds([streamOf({ call: undefined, facts: { dtlsOnFlow: true }, report: unread })])).toEqual([
      ['dtls', undefined],
    ])
  })

  test('DTLS 1.3 is said to be what it is: not read', () => {
    const hidden = { ...unread, unverifiedReason: 'the keys were agreed by DTLS 1.3, which is not read' }
    const [one] = keyingNotVisible.find(traceOf({ streams: [streamOf({ facts: { keying: 'dtls' }, report: hidden })] }))
    expect(one).toMatchObject({ kind: 'dtls', detail: expect.stringMatching(/by DTLS 1\.3, which is not read\.$/) })
  })

  test('ZRTP in the media path (RFC 6189 §4)', () => {
    expect(kinds([streamOf({ facts: { zrtpOnFlow: true }, report: unread })])).toEqual([['zrtp', 'one']])
  })

  test('it is information', () => {
    const [one] = keyingNotVisible.find(traceOf({ streams: [streamOf({ facts: { keying: 'zrtp' }, report: unread })] }))
    expect(one.severity).toBe('info')
  })

  test.each([
    ['keys that are known', { verified: 400, unverified: 100, plain: 0 }],
    ['plain packets only', {}],
  ])('silent: %s', (_, report) => {
    expect(kinds([streamOf({ facts: { keying: 'dtls' }, report })])).toEqual([])
  })

  test('silent: SDES keys', () => expect(kinds([streamOf({ facts: { keying: 'sdes' }, report: unread })])).toEqual([]))

  test('TLS connections: 20, then a count', () => {
    const tls = Array.from({ length: 23 }, (_, n) =>
      tlsOf(handshakeOf(), { client: { ...CLIENT, port: CLIENT.port + n }, at: frameAt(n + 1) }),
    )
    const found = keyingNotVisible.find(traceOf({ tls: [...tls, ...tls] }))
    expect(found).toHaveLength(21)
    expect(found.every(({ kind }) => kind === 'tls')).toBe(true)
    expect(found[20]).toMatchObject({ frames: [21, 22, 23], evidence: { connections: 3 } })
  })

  test('silent: a TLS connection out of which SIP was read', () => {
    const source = { address: '203.0.113.10', port: 40000 }
    const destination = { address: '198.51.100.20', port: 5061 }
    const paths = [{ kind: 'request', source, destination, transport: 'tls' }] as const
    const tls = [tlsOf()]
    expect(keyingNotVisible.find(traceOf({ calls: [callOf({ paths })], tls }))).toEqual([])
    expect(keyingNotVisible.find(traceOf({ calls: [callOf()], tls }))).toHaveLength(1)
  })

  const found = (changes: Partial<AnalysedTls>) =>
    keyingNotVisible.find(traceOf({ tls: [tlsOf(handshakeOf(), changes)] }))

  test.each<[string, Partial<AnalysedTls>]>([
    ['opened, though no call was in it', { read: true }],
    ['a handshake after which nothing was said', { spoke: [] }],
    ['clear SIP that got no answer', { handshakes: [], spoke: [], clear: { client: frameAt(1) } }],
  ])('silent: TLS %s', (_, changes) => expect(found(changes)).toEqual([]))

  test.each<[string, Partial<AnalysedTls>]>([
    ['that was joined midway', { handshakes: [], spoke: [] }],
    ['of which octets are missing', { spoke: [], lost: true }],
  ])('TLS %s is not known to be silent', (_, changes) => expect(found(changes)).toHaveLength(1))
})

describe('what is to be given', () => {
  const ofTls = (tls: AnalysedTls) => keyingNotVisible.find(traceOf({ tls: [tls] }))[0].remedy
  const RSA = 0x009d

  test('a private key where RSA keyed the handshake (RFC 5246 §7.4.7.1), and a key log anywhere else', () => {
    const serverHello = { at: frameAt(2), version: TLS_1_2, cipherSuite: RSA }
    expect(ofTls(tlsOf(handshakeOf({ serverHello })))).toContain('private key of the server with --tls-key,')
    for (const tls of [tlsOf(), tlsOf(handshakeOf({ serverHello, resumed: true }))]) {
      expect(ofTls(tls)).toMatch(/--tls-keylog\. The private key of the server would not help/)
    }
  })

  test('another capture where the ClientHello is not in this one: no secrets open that', () => {
    const { clientHello: _, ...unheard } = handshakeOf()
    expect(ofTls(tlsOf(handshakeOf(), { handshakes: [], spoke: ['client'] }))).toMatch(
      /^Capture .* from its ClientHello on/,
    )
    expect(ofTls(tlsOf(unheard))).toMatch(/^Capture .* from its ClientHello on/)
  })

  test('of DTLS the secrets, of ZRTP the keys', () => {
    const of = (keying: 'dtls' | 'zrtp') =>
      keyingNotVisible.find(traceOf({ streams: [streamOf({ facts: { keying }, report: unread })] }))[0].remedy
    expect(of('dtls')).toContain('--tls-keylog')
    expect(of('zrtp')).not.toContain('--tls-keylog')
  })
})

test('media whose directions go between different endpoints is named in both, with all that is unread', () => {
  const facts = { keying: 'zrtp' } as const
  const there = streamOf({ facts, report: unread })
  const back = streamBack({ facts, report: unread })
  const [both] = keyingNotVisible.find(traceOf({ calls: [callOf()], streams: [there, back] }))
  expect(both.detail).toContain(`from ${there.report.src} to ${there.report.dst} and back is keyed`)
  expect(both).toMatchObject({ evidence: { unverified: 1000 } })
  const elsewhere = streamBack({ facts, report: { ...unread, src: '[2001:db8::1]:7078', dst: '[2001:db8::2]:7078' } })
  const [two] = keyingNotVisible.find(traceOf({ calls: [callOf()], streams: [there, elsewhere] }))
  expect(two.detail).toContain(
    `from ${there.report.src} to ${there.report.dst}, and from [2001:db8::1]:7078 to [2001:db8::2]:7078 is keyed`,
  )
})
