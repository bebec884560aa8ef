import { describe, expect, test } from 'vitest'
import type { AnalysedHandshake, AnalysedTls } from '../../../src/model/tls-facts.ts'
import { tlsHandshakeFailed } from '../../../src/rules/tls/tls-handshake-failed.ts'
import type { AlertFacts } from '../../../src/tls/handshake-facts.ts'
import { frameAt, traceOf } from '../media-trace.ts'
import {
  certificateOf,
  chainOf,
  clientHello,
  handshakeOf,
  serverHello,
  TLS_1_2,
  TLS_1_3,
  tlsOf,
  unfinished,
} from './tls-trace.ts'

const LONG_AFTER = '2023-11-14T22:20:00.000000Z'
const captures = [{ lastTime: LONG_AFTER }] as never

const found = (tls: AnalysedTls, ...others: AnalysedTls[]) =>
  tlsHandshakeFailed.find(traceOf({ tls: [...others, tls], captures }))

const alert = (description?: number, sender: AlertFacts['sender'] = 'server', level = 2): AlertFacts => ({
  sender,
  at: frameAt(5),
  ...(description !== undefined && { level, description }),
})

const refused = (changes: Partial<AnalysedHandshake>) => found(tlsOf(unfinished(changes)))

describe('alerts', () => {
  test.each([
    [40, 'no-common-cipher'],
    [70, 'no-common-version'],
    [86, 'no-common-version'],
    [71, 'no-common-cipher'],
    [48, 'unknown-ca'],
    [42, 'bad-certificate'],
    [43, 'bad-certificate'],
    [44, 'bad-certificate'],
    [45, 'bad-certificate'],
    [46, 'bad-certificate'],
    [116, 'certificate-required'],
    [112, 'other'],
    [80, 'other'],
  ])('%i of the server is %s', (description, kind) => {
    const hello = clientHello({ groups: [24, 23] })
    expect(refused({ alerts: [alert(description)], clientHello: hello })).toMatchObject([
      { kind, severity: 'error', frames: [5] },
    ])
  })

  test('handshake_failure to one group with usual suites is about the group, by inference', () => {
    const [one] = refused({ alerts: [alert(40)] })
    expect(one).toMatchObject({
      kind: 'no-common-group',
      evidence: { inferred: true, clientShowed: { groups: ['secp384r1'] } },
    })
    expect(refused({ alerts: [alert(40)], clientHello: clientHello({ cipherSuites: [47] }) })).toMatchObject([
      { kind: 'no-common-cipher' },
    ])
  })

  test('48 and 42 to 46 name whose certificate is refused', () => {
    const [one] = refused({ serverHello: serverHello(), alerts: [alert(48, 'client')] })
    expect(one.detail).toContain("of the server's certificate")
    const [two] = refused({ serverHello: serverHello(), alerts: [alert(42, 'server')] })
    expect(two.detail).toContain("the client's certificate")
  })

  describe('an empty Certificate (RFC 5246 §7.4.6)', () => {
    const empty = { at: frameAt(4), certificates: [], path: [], trustedBy: [], inOrder: true, revoked: [] }
    const handshake = { serverHello: serverHello(), certificateRequest: frameAt(3) }

    test.each([
      ['handshake_failure (openssl, JSSE of today)', 40],
      ['bad_certificate (Go, NSS, JSSE)', 42],
      ['certificate_unknown', 46],
      ['decode_error (GnuTLS)', 50],
    ])('%s to none is about that there is none', (_, description) => {
      const alerts = [alert(description)]
      const [one] = refused({ ...handshake, alerts, certificates: { client: empty } })
      expect(one).toMatchObject({ kind: 'certificate-required', evidence: { inferred: true } })
      expect(one.detail).toContain('asked for a certificate, got none, and says')
      for (const client of [chainOf(certificateOf()), { ...empty, unread: 1 }])
        expect(refused({ ...handshake, alerts, certificates: { client } })[0].kind).not.toBe('certificate-required')
    })

    test('what has nothing to do with it stays what it is', () => {
      expect(refused({ ...handshake, alerts: [alert(20)], certificates: { client: empty } })).toMatchObject([
        { kind: 'other' },
      ])
    })

    test.each(['fin', 'reset'] as const)('a server that says nothing to it: %s (mbedTLS, wolfSSL)', (how) => {
      const ended = (by: 'client' | 'server') =>
        found(
          tlsOf(unfinished({ ...handshake, certificates: { client: empty } }), { end: { how, by, at: frameAt(6) } }),
        )[0]
      expect(ended('server')).toMatchObject({ kind: 'certificate-required', evidence: { inferred: true } })
      expect(ended('server').detail).toContain('Most likely that is why.')
      expect(ended('client').kind).toBe('other')
    })

    test('TLS 1.3: behind Finished too', () => {
      const late = handshakeOf({
        serverHello: serverHello({ version: TLS_1_3 }),
        certificateRequest: frameAt(3),
        certificates: { client: empty },
        alerts: [alert(42)],
      })
      expect(found(tlsOf(late, { spoke: ['client'] }))).toMatchObject([{ kind: 'certificate-required' }])
    })
  })

  test('a key that both sides were given: most likely not the same (RFC 4279 §2)', () => {
    const shared = serverHello({ cipherSuite: 0xccac })
    const [one] = refused({ serverHello: shared, alerts: [alert(20)] })
    expect(one).toMatchObject({ kind: 'other', evidence: { inferred: true } })
    expect(one.detail).toContain('most likely not the same')
    expect(refused({ serverHello: serverHello(), alerts: [alert(20)] })[0].detail).not.toContain('key')
  })

  test('access_denied is about the certificate that was shown, where one was (RFC 8446 §6.2)', () => {
    const shown = { serverHello: serverHello(), certificates: { client: chainOf(certificateOf()) } }
    expect(refused({ ...shown, alerts: [alert(49)] })).toMatchObject([{ kind: 'bad-certificate' }])
    expect(refused({ ...shown, certificates: {}, alerts: [alert(49)] })).toMatchObject([{ kind: 'other' }])
    const late = handshakeOf({ ...shown, alerts: [alert(49)] })
    expect(found(tlsOf(late, { spoke: ['client'] }))).toMatchObject([{ kind: 'bad-certificate' }])
  })

  test('bad_certificate and certificate_unknown do not say why', () => {
    for (const description of [42, 46]) {
      const [one] = refused({ serverHello: serverHello(), alerts: [alert(description, 'client')] })
      expect(one.detail).toContain('does not say why')
      expect(one.remedy).toContain('log of the side that refuses')
    }
    const [expired] = refused({ serverHello: serverHello(), alerts: [alert(45, 'client')] })
    expect(expired.detail).not.toContain('does not say why')
  })

  describe('what the certificate itself says about why it is refused', () => {
    const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
    const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
    const shown = (
      sender: 'client' | 'server',
      description: number,
      leaf: Parameters<typeof certificateOf>[0],
      shownBy: 'client' | 'server' = 'client',
    ) =>
      refused({
        serverHello: serverHello(),
        certificates: { [shownBy]: chainOf(certificateOf(leaf)) },
        alerts: [alert(description, sender)],
      })[0]

    test('of a client, without clientAuth (RFC 5280 §4.2.1.12): certain from unsupported_certificate, else likely', () => {
      const one = shown('server', 43, { keyPurposes: [SERVER_AUTH] })
      expect(one).toMatchObject({ kind: 'bad-certificate', evidence: { keyPurposes: ['serverAuth'] } })
      expect(one.detail).toContain('has serverAuth and lacks clientAuth')
      expect(one.remedy).toContain('clientAuth')
      expect(one.evidence).not.toHaveProperty('inferred')
      for (const description of [42, 46, 49]) {
        const likely = shown('server', description, { keyPurposes: [SERVER_AUTH] })
        expect(likely).toMatchObject({ kind: 'bad-certificate', evidence: { inferred: true } })
        expect(likely.detail).toContain('Most likely that is why.')
      }
    })

    test('of a server, without serverAuth', () => {
      const one = shown('client', 43, { keyPurposes: [CLIENT_AUTH] }, 'server')
      expect(one.detail).toContain('has clientAuth and lacks serverAuth')
    })

    test.each([
      ['with both', [SERVER_AUTH, CLIENT_AUTH]],
      ['for anything', ['2.5.29.37.0']],
      ['without the extension', undefined],
    ])('%s it is not about that', (_, keyPurposes) => {
      expect(shown('server', 43, { ...(keyPurposes && { keyPurposes }) }).detail).not.toContain('extended key usage')
    })

    test('other alerts are not about that', () => {
      for (const description of [44, 45, 48])
        expect(shown('server', description, { keyPurposes: [SERVER_AUTH] }).detail).not.toContain('extended key usage')
    })

    test('a server that ends the connection in silence behind such a certificate', () => {
      const certificates = { client: chainOf(certificateOf({ keyPurposes: [SERVER_AUTH] })) }
      const ended = (by: 'client' | 'server') =>
        found(
          tlsOf(unfinished({ serverHello: serverHello(), certificates }), {
            end: { how: 'reset', by, at: frameAt(6) },
          }),
        )[0]
      expect(ended('server')).toMatchObject({ kind: 'bad-certificate', evidence: { inferred: true, end: 'reset' } })
      expect(ended('client')).toMatchObject({ kind: 'other' })
    })

    test('certificate_expired about what is valid: the clock of who refuses, or its trust list', () => {
      const one = shown('client', 45, {}, 'server')
      expect(one).toMatchObject({ kind: 'bad-certificate', evidence: { inferred: true } })
      expect(one.detail).toContain('nothing that was shown has expired')
      expect(one.remedy).toContain('NTP')
      const expired = shown('client', 45, { to: -1 }, 'server')
      expect(expired.detail).toMatch(/CN=trunk\.example\.com was valid until \d{4}-\d\d-\d\d\.$/)
      expect(expired.remedy).toContain('Renew')
      expect(expired.evidence).not.toHaveProperty('inferred')
      expect(shown('client', 45, { from: 1 }, 'server').detail).not.toContain('clock')
    })
  })

  test('a ServerHello without renegotiation_info, which OpenSSL 3 refuses (RFC 5746 §4.1)', () => {
    const asks = { clientHello: clientHello({ renegotiationInfo: true }), alerts: [alert(40, 'client')] }
    const [one] = refused({ ...asks, serverHello: serverHello() })
    expect(one).toMatchObject({ kind: 'other', evidence: { inferred: true } })
    expect(one.detail).toContain('lacks renegotiation_info')
    const silent = [
      { ...asks, serverHello: serverHello({ renegotiationInfo: true }) },
      { ...asks, serverHello: serverHello(), keyExchange: { dhBits: 1024 } },
      { ...asks, serverHello: serverHello(), alerts: [alert(80, 'client')] },
      { ...asks, serverHello: serverHello(), clientHello: clientHello() },
    ]
    for (const changes of silent) expect(refused(changes)[0].detail).not.toContain('renegotiation_info')
  })

  test('a version below what both sides have: somebody between them changes the hellos (RFC 8446 §4.1.3)', () => {
    const hello = { clientHello: clientHello({ supportedVersions: [TLS_1_3, TLS_1_2] }), alerts: [alert(47, 'client')] }
    const [one] = refused({ ...hello, serverHello: serverHello({ downgraded: true }) })
    expect(one).toMatchObject({ kind: 'other', evidence: { inferred: true } })
    expect(one.detail).toContain('inspects TLS')
    expect(refused({ ...hello, serverHello: serverHello() })[0].detail).not.toContain('inspects')
  })

  test('JSSE says unexpected_message where no group is common: likely, and said so', () => {
    const hello = clientHello({ supportedVersions: [TLS_1_3] })
    const [one] = refused({ alerts: [alert(10)], clientHello: hello })
    expect(one).toMatchObject({ kind: 'no-common-group', evidence: { inferred: true } })
    expect(one.detail).toContain('most likely')
    expect(refused({ alerts: [alert(10)] })).toMatchObject([{ kind: 'other' }])
    expect(refused({ alerts: [alert(10)], clientHello: hello, serverHello: serverHello() })).toMatchObject([
      { kind: 'other' },
    ])
  })

  test('a name and protocols that the server does not know are named', () => {
    const hello = clientHello({ serverName: 'trunk.example.com', applicationProtocols: ['sip/2'] })
    expect(refused({ alerts: [alert(112)], clientHello: hello })[0].detail).toContain('the name trunk.example.com')
    expect(refused({ alerts: [alert(120)], clientHello: hello })[0].detail).toContain('ALPN: sip/2')
    expect(refused({ alerts: [alert(112)] })[0].detail).toContain('ends the handshake: unrecognized_name')
  })

  test('behind Finished only certificate_required counts', () => {
    expect(found(tlsOf(handshakeOf({ alerts: [alert(0), alert(80)] })))).toEqual([])
    expect(found(tlsOf(handshakeOf({ alerts: [alert(116)] })))).toMatchObject([{ kind: 'certificate-required' }])
  })

  test('TLS 1.3: what the server says of the certificate of the client, before anything else', () => {
    const handshake = handshakeOf({ serverHello: serverHello({ version: TLS_1_3 }), alerts: [alert(48)] })
    expect(found(tlsOf(handshake, { spoke: ['client'] }))).toMatchObject([{ kind: 'unknown-ca' }])
    expect(found(tlsOf({ ...handshake, alerts: [alert(45)] }, { spoke: [] }))).toMatchObject([
      { kind: 'bad-certificate' },
    ])
    expect(found(tlsOf(handshake, { spoke: ['client', 'server'] }))).toEqual([])
  })

  test("TLS 1.2: what the client says of the server's certificate behind both Finished (NSS)", () => {
    const handshake = handshakeOf({ alerts: [alert(48, 'client')] })
    expect(found(tlsOf(handshake, { spoke: [] }))).toMatchObject([{ kind: 'unknown-ca' }])
    expect(found(tlsOf(handshake, { spoke: ['client'] }))).toEqual([])
    expect(found(tlsOf({ ...handshake, alerts: [alert(0, 'client', 1)] }, { spoke: [] }))).toEqual([])
  })

  test('warnings end nothing', () => {
    expect(found(tlsOf(handshakeOf({ alerts: [alert(112, 'server', 1)] })))).toEqual([])
  })

  test('one that cannot be opened ends a handshake all the same', () => {
    const [one] = refused({ serverHello: serverHello(), alerts: [alert()] })
    expect(one).toMatchObject({ kind: 'other', evidence: { alert: 'an alert that cannot be opened' } })
  })

  test('what the server took elsewhere says whether the two can meet', () => {
    const other = tlsOf(handshakeOf({ serverHello: serverHello({ cipherSuite: 0x1301, version: TLS_1_3, group: 24 }) }))
    const [one] = found(tlsOf(unfinished({ alerts: [alert(70)] })), other)
    expect(one.detail).toMatch(/no version and no cipher suite that this server took elsewhere.*inferred/)
    expect(refused({ alerts: [alert(70)] })[0].detail).toContain('not seen')
  })

  test('trying again is one finding', () => {
    const tries = Array.from({ length: 40 }, () => tlsOf(unfinished({ alerts: [alert(70)] })))
    expect(tlsHandshakeFailed.find(traceOf({ tls: tries }))).toMatchObject([{ evidence: { handshakes: 40 } }])
  })
})

describe('no alert', () => {
  const end = (how: 'fin' | 'reset' | 'end-of-trace', by?: 'client' | 'server') => ({
    end: { how, by, at: frameAt(6) },
  })

  test('of a trace of very many captures too', () => {
    const tls = [tlsOf(unfinished(), end('fin', 'client'))]
    const many = Array.from({ length: 200_000 }, () => ({ lastTime: LONG_AFTER })) as never
    expect(tlsHandshakeFailed.find(traceOf({ tls, captures: many }))).toMatchObject([{ kind: 'other' }])
  })

  test('reset, closed, or silent for long', () => {
    expect(found(tlsOf(unfinished(), end('reset', 'server')))[0].detail).toContain(
      'The server 198.51.100.20:5061 resets',
    )
    expect(found(tlsOf(unfinished(), end('fin', 'client')))).toMatchObject([{ kind: 'other' }])
    const [silent] = found(tlsOf(unfinished(), end('end-of-trace')))
    expect(silent).toMatchObject({ kind: 'other', evidence: { end: 'silence' } })
  })

  test('the end of its own capture counts, whatever another one holds', () => {
    const silent = tlsOf(unfinished(), end('end-of-trace'))
    const endUs = silent.lastAt.timeUs + 1e6
    const trace = { ...traceOf({ tls: [silent] }), heardUntilUs: [endUs, endUs + 3600e6] }
    expect(tlsHandshakeFailed.find(trace)).toEqual([])
    expect(tlsHandshakeFailed.find({ ...trace, heardUntilUs: [endUs + 9e6, 0] })).toMatchObject([{ kind: 'other' }])
  })

  test('the end of the capture, missing octets and a finished handshake are none', () => {
    const cut = tlsOf(unfinished(), end('end-of-trace'))
    expect(tlsHandshakeFailed.find(traceOf({ tls: [cut] }))).toEqual([])
    expect(found(tlsOf(unfinished(), { ...end('reset'), lost: true }))).toEqual([])
    const further = { lost: true, clientLastAt: frameAt(4) }
    expect(found(tlsOf(unfinished(), { ...end('reset'), ...further }))).toEqual([])
    expect(found(tlsOf(handshakeOf(), end('reset')))).toEqual([])
    expect(found(tlsOf(unfinished()))).toEqual([])
  })

  test('octets of the server are missing, and the client, of whom none are, goes no further', () => {
    const stuck = { lost: true, clientLastAt: clientHello().at }
    const [one] = found(tlsOf(unfinished(), { ...end('fin', 'client'), ...stuck }))
    expect(one).toMatchObject({ kind: 'other', evidence: { end: 'fin', by: 'client', missing: 'server' } })
    expect(one.detail).toContain("Of the server's answer octets are missing")
    expect(one.remedy).toMatch(/^Capture at both ends/)
    expect(found(tlsOf(unfinished(), { ...end('end-of-trace'), ...stuck }))).toMatchObject([
      { evidence: { end: 'silence', missing: 'server' } },
    ])
    expect(found(tlsOf(unfinished(), { ...end('fin', 'client'), ...stuck, fromStart: false }))).toEqual([])
  })

  test('what the server says of an end of the client is not what ended it (GnuTLS)', () => {
    const said = unfinished({ serverHello: serverHello(), alerts: [{ ...alert(10), at: frameAt(7) }] })
    const [one] = found(tlsOf(said, end('fin', 'client')))
    expect(one.detail).toContain('The client 203.0.113.10 closes the connection without an alert')
    expect(found(tlsOf(said, end('fin', 'server')))).toMatchObject([{ evidence: { alert: 'unexpected_message' } }])
  })

  test('what the client says of an end of the server is not what ended it', () => {
    const said = unfinished({ alerts: [{ ...alert(50, 'client'), at: frameAt(7) }] })
    expect(found(tlsOf(said, end('fin', 'server')))).toMatchObject([
      { frames: [6], evidence: { end: 'fin', by: 'server' } },
    ])
    expect(found(tlsOf(said, end('fin', 'client')))).toMatchObject([
      { frames: [7], evidence: { alert: 'decode_error' } },
    ])
  })

  describe('TLS 1.3 without secrets: the server refuses what it was shown', () => {
    const hidden = (changes: Partial<AnalysedHandshake>, end: AnalysedTls['end'], more: Partial<AnalysedTls> = {}) =>
      found(
        tlsOf(unfinished({ serverHello: serverHello({ version: TLS_1_3 }), unanswered: frameAt(4, 1), ...changes }), {
          spoke: ['client', 'server'],
          end,
          ...more,
        }),
      )
    const sealed = { alerts: [{ sender: 'server' as const, at: frameAt(5, 1) }] }
    const closed = { how: 'fin', by: 'server', at: frameAt(6, 1.1) } as const

    test('by a sealed alert, as far as its length and what follows tell', () => {
      const [one] = hidden(sealed, closed)
      expect(one).toMatchObject({ kind: 'other', frames: [5], evidence: { inferred: true, alert: 'not visible' } })
      expect(one.detail).toContain('not visible without secrets')
      expect(one.detail).toContain('A server that only closes the connection looks the same.')
    })

    test('by a reset', () => {
      expect(hidden({}, { how: 'reset', by: 'server', at: frameAt(6, 1.1) })).toMatchObject([
        { kind: 'other', frames: [6], evidence: { inferred: true, end: 'reset' } },
      ])
    })

    test.each<[string, Partial<AnalysedHandshake>, AnalysedTls['end'], Partial<AnalysedTls>?]>([
      ['a connection that goes on', sealed, undefined],
      ['the end of the capture', sealed, { how: 'end-of-trace', at: frameAt(6, 1.1) }],
      ['what is closed long after', sealed, { ...closed, at: frameAt(6, 30) }],
      ['an end of file without a word', {}, closed],
      ['a reset of the client', {}, { how: 'reset', by: 'client', at: frameAt(6, 1.1) }],
      ['a reset long after', {}, { how: 'reset', by: 'server', at: frameAt(6, 30) }],
      ['a server that was heard', { unanswered: undefined }, closed],
      ['octets that are missing', sealed, closed, { lost: true }],
      ['what answers the end of the client', sealed, { how: 'fin', by: 'client', at: frameAt(4, 1) }],
    ])('silent: %s', (_, changes, end, more) => expect(hidden(changes, end, more)).toEqual([]))
  })

  test('TLS 1.3 without secrets: the first that the server seals is as long as an alert, and its last word', () => {
    const sealed = unfinished({ serverHello: serverHello({ version: TLS_1_3 }), alerts: [alert()] })
    expect(found(tlsOf(sealed, { ...end('fin', 'server'), spoke: ['server'] }))[0].detail).toContain(
      'with a sealed record as long as an alert: most likely one',
    )
    expect(found(tlsOf(sealed, { ...end('end-of-trace'), spoke: ['server'] }))[0].evidence.end).toBe('silence')
    const silent = { ...sealed, alerts: [] }
    expect(found(tlsOf(silent, { ...end('fin', 'server'), spoke: ['server'] }))[0].detail).toContain(
      'without an alert in the clear',
    )
  })

  test('TLS 1.3 without secrets: a client that goes on has finished', () => {
    const sealed = unfinished({ serverHello: serverHello({ version: TLS_1_3 }) })
    expect(found(tlsOf(sealed, { ...end('fin', 'client'), spoke: ['server', 'client'] }))).toEqual([])
    expect(found(tlsOf(sealed, { ...end('reset', 'client'), spoke: ['server'] }))).toHaveLength(1)
    const said = { ...sealed, alerts: [alert(undefined, 'client')] }
    expect(found(tlsOf(said, { ...end('fin', 'client'), spoke: ['server', 'client'] }))).toMatchObject([
      { kind: 'other' },
    ])
  })
})

describe('a server that ends the connection without a word', () => {
  const close = { how: 'fin', by: 'server', at: frameAt(6) } as const
  const closed = (changes: Partial<AnalysedTls> = {}, handshake: Partial<AnalysedHandshake> = {}) =>
    found(tlsOf(handshakeOf(handshake), { spoke: ['client'], end: close, ...changes }))

  test('right after the handshake, to what the client sent: a warning', () => {
    const [one, ...others] = closed()
    expect(others).toEqual([])
    expect(one).toMatchObject({
      kind: 'closed',
      severity: 'warning',
      title: 'A TLS connection is ended without a word',
    })
    expect(one.detail).toContain('right after the handshake')
    expect(closed({ end: { ...close, how: 'reset' } })[0].detail).toContain('resets the connection')
  })

  test('the close_notify by which the client answers that says nothing against it', () => {
    const alerts = [alert(), { ...alert(undefined, 'client'), at: frameAt(7) }]
    expect(closed({}, { alerts })).toHaveLength(1)
  })

  test.each<[string, Partial<AnalysedTls>, Partial<AnalysedHandshake>?]>([
    ['the server spoke', { spoke: ['client', 'server'] }],
    ['the client said nothing', { spoke: [] }],
    ['the client ended it', { end: { ...close, by: 'client' } }],
    ['the client said that it ends it', {}, { alerts: [alert(undefined, 'client')] }],
    ['the capture ended', { end: { how: 'end-of-trace', at: frameAt(6) } }],
    ['octets are missing', { lost: true }],
    ['it began before the capture', { fromStart: false }],
    ['nobody used it for long', { end: { ...close, at: { ...frameAt(6), timeUs: frameAt(5).timeUs + 30e6 } } }],
  ])('not where %s', (_, changes, handshake) => expect(closed(changes, handshake)).toEqual([]))
})

describe('not-tls', () => {
  const none = { handshakes: [] }
  const fin = { end: { how: 'fin' as const, by: 'server' as const, at: frameAt(6) } }

  test('clear SIP to a TLS port: an alert, or nothing', () => {
    const { clientHello: _, ...rest } = unfinished({ alerts: [alert(10)] })
    expect(found(tlsOf(rest, { clear: { client: frameAt(1) } }))).toMatchObject([{ kind: 'not-tls' }])
    expect(found(tlsOf(undefined, { ...none, ...fin, clear: { client: frameAt(1) } }))).toMatchObject([
      { kind: 'not-tls', frames: [1] },
    ])
    expect(found(tlsOf(undefined, { ...none, clear: { client: frameAt(1) } }))).toEqual([])
  })

  test('a clear answer to a ClientHello', () => {
    expect(found(tlsOf(unfinished(), { ...fin, clear: { server: frameAt(2) } }))).toMatchObject([
      { kind: 'not-tls', frames: [2] },
    ])
  })
})
