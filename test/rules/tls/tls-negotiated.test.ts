import { describe, expect, test } from 'vitest'
import { RULES } from '../../../src/rules/catalogue.ts'
import { tlsCipher } from '../../../src/rules/tls/tls-cipher.ts'
import { tlsGroup } from '../../../src/rules/tls/tls-group.ts'
import { tlsVersion } from '../../../src/rules/tls/tls-version.ts'
import { tlsWeakDh } from '../../../src/rules/tls/tls-weak-dh.ts'
import { traceOf } from '../media-trace.ts'
import { clientHello, handshakeOf, serverHello, TLS_1_3, tlsOf } from './tls-trace.ts'

const negotiated = (changes: Parameters<typeof serverHello>[0]) =>
  traceOf({ tls: [tlsOf(handshakeOf({ serverHello: serverHello(changes) }))] })

describe('tls-version', () => {
  test.each([
    [0x0300, 'SSL 3.0'],
    [0x0301, 'TLS 1.0'],
    [0x0302, 'TLS 1.1'],
  ])('%i is deprecated (RFC 8996)', (version, name) => {
    const [found, ...more] = tlsVersion.find(negotiated({ version }))
    expect(found).toMatchObject({ kind: 'deprecated', severity: 'error', frames: [2], evidence: { version: name } })
    expect(found.detail).toContain('the client offered up to TLS 1.2')
    expect(more).toEqual([])
  })

  test('TLS 1.2 and 1.3 are well, unless the policy says otherwise', () => {
    expect(tlsVersion.find(negotiated({ version: TLS_1_3 }))).toEqual([])
    const policy = { names: [], tls: { versions: ['TLS 1.3'] } } as const
    expect(tlsVersion.find(negotiated({ version: TLS_1_3 }), policy)).toEqual([])
    expect(tlsVersion.find(negotiated({}), policy)).toMatchObject([{ kind: 'policy', severity: 'warning' }])
    expect(tlsVersion.find(negotiated({ version: 0x0301 }), policy)).toMatchObject([{ kind: 'deprecated' }])
  })

  test('is said once for each server and version', () => {
    const tls = Array.from({ length: 30 }, () => tlsOf(handshakeOf({ serverHello: serverHello({ version: 0x0301 }) })))
    expect(tlsVersion.find(traceOf({ tls }))).toMatchObject([{ evidence: { handshakes: 30 } }])
  })

  test('more servers than anyone reads are summed up', () => {
    const tls = Array.from({ length: 130 }, (_, n) =>
      tlsOf(handshakeOf({ serverHello: serverHello({ version: 0x0301 }) }), {
        server: { address: `198.51.100.${n}`, port: 5061 },
      }),
    )
    const found = tlsVersion.find(traceOf({ tls }))
    expect(found).toHaveLength(101)
    expect(found.at(-1)?.evidence).toEqual({ handshakes: 30 })
  })
})

describe('tls-cipher', () => {
  test.each([
    [5, 'RC4'],
    [10, '3DES'],
    [2, 'NULL'],
    [3, 'EXPORT'],
    [9, 'DES'],
    [52, 'anonymous'],
    [0xc018, 'anonymous on a curve'],
  ])('suite %i is weak: %s', (cipherSuite) => {
    expect(tlsCipher.find(negotiated({ cipherSuite }))).toMatchObject([{ kind: 'weak', severity: 'error' }])
  })

  test('AES, ChaCha20 and suites without a name are not', () => {
    for (const cipherSuite of [0xc030, 0xcca8, 0x1301, 47, 0x9999])
      expect(tlsCipher.find(negotiated({ cipherSuite }))).toEqual([])
  })

  test('a policy lists suites', () => {
    const policy = { names: [], tls: { ciphers: ['TLS_RSA_WITH_AES_256_CBC_SHA'] } }
    expect(tlsCipher.find(negotiated({ cipherSuite: 53 }), policy)).toEqual([])
    expect(tlsCipher.find(negotiated({}), policy)).toMatchObject([{ kind: 'policy', severity: 'warning' }])
  })
})

describe('tls-group', () => {
  const policy = { names: [], tls: { groups: ['secp384r1'] } }

  test('speaks under a policy, of ECDHE and of TLS 1.3', () => {
    const x25519 = tlsOf(handshakeOf({ keyExchange: { group: 29 }, clientHello: clientHello({ groups: [29, 24] }) }))
    const tls13 = negotiated({ version: TLS_1_3, group: 23 })
    expect(tlsGroup.find(traceOf({ tls: [x25519] }))).toEqual([])
    expect(tlsGroup.find(traceOf({ tls: [x25519] }), policy)).toMatchObject([
      { severity: 'warning', evidence: { group: 'x25519', offered: ['x25519', 'secp384r1'] } },
    ])
    const { keyExchange: _, ...hello } = tls13.tls[0].handshakes[0]
    expect(tlsGroup.find(traceOf({ tls: [tlsOf(hello)] }), policy)).toMatchObject([
      { evidence: { group: 'secp256r1' } },
    ])
  })

  test('RSA key exchange has no group', () => {
    const { keyExchange: _, ...rsa } = handshakeOf()
    expect(tlsGroup.find(traceOf({ tls: [tlsOf(rsa), tlsOf()] }), policy)).toEqual([])
  })
})

describe('tls-weak-dh', () => {
  const withDh = (dhBits: number) => traceOf({ tls: [tlsOf(handshakeOf({ keyExchange: { dhBits } }))] })

  test('under 2048 bits, or what a policy asks for beyond', () => {
    expect(tlsWeakDh.find(withDh(1024))).toMatchObject([{ severity: 'error', evidence: { bits: 1024, least: 2048 } }])
    expect(tlsWeakDh.find(withDh(2048))).toEqual([])
    const policy = { names: [], tls: { leastDhBits: 3072 } }
    expect(tlsWeakDh.find(withDh(2048), policy)).toMatchObject([{ severity: 'warning' }])
    expect(tlsWeakDh.find(withDh(1024), { names: [], tls: { leastDhBits: 512 } })).toHaveLength(1)
  })
})

test('every rule of TLS is in the catalogue', () => {
  expect(RULES.filter(({ text }) => text.id.startsWith('tls-'))).toHaveLength(15)
})
