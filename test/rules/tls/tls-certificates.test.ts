import { describe, expect, test } from 'vitest'
import { tlsCertificateChanged } from '../../../src/rules/tls/tls-certificate-changed.ts'
import { tlsCertificateDates } from '../../../src/rules/tls/tls-certificate-dates.ts'
import { tlsCertificateRevoked } from '../../../src/rules/tls/tls-certificate-revoked.ts'
import { tlsChainIncomplete } from '../../../src/rules/tls/tls-chain-incomplete.ts'
import { tlsMutual } from '../../../src/rules/tls/tls-mutual.ts'
import { tlsNameMismatch } from '../../../src/rules/tls/tls-name-mismatch.ts'
import { tlsSelfSigned } from '../../../src/rules/tls/tls-self-signed.ts'
import { tlsSplitBrain } from '../../../src/rules/tls/tls-split-brain.ts'
import { tlsUntrustedCa } from '../../../src/rules/tls/tls-untrusted-ca.ts'
import { tlsWeakCertificate } from '../../../src/rules/tls/tls-weak-certificate.ts'
import type { Unproven } from '../../../src/tls/revocation.ts'
import { frameAt, traceOf } from '../media-trace.ts'
import {
  certificateOf,
  chainOf,
  clientHello,
  handshakeOf,
  SELF_SIGNED,
  serverHello,
  TLS_1_3,
  tlsOf,
  withLeaf,
} from './tls-trace.ts'

type Tls = ReturnType<typeof tlsOf>
const trace = (...tls: Tls[]) => traceOf({ tls })
const asking = (tls: object) => ({ names: [], tls })
const selfSigned = tlsOf(handshakeOf({ certificates: { server: chainOf(SELF_SIGNED) } }))
const hidden = tlsOf(handshakeOf({ certificates: {}, serverHello: serverHello({ version: TLS_1_3 }) }))

test('certificates that TLS 1.3 hides are judged by no rule', () => {
  const strict = asking({
    mutual: 'required',
    authorities: 'public',
    selfSignedIsError: true,
    peerNames: ['a.example'],
  })
  const rules = [tlsChainIncomplete, tlsSelfSigned, tlsUntrustedCa, tlsNameMismatch, tlsCertificateDates, tlsMutual]
  for (const rule of rules) expect(rule.find(trace(hidden), strict)).toEqual([])
})

describe('tls-weak-certificate (RFC 9325 §4.5)', () => {
  const found = (tls: Tls) => tlsWeakCertificate.find(trace(tls))

  test('RSA of less than 2048 bits, and signatures with MD5 or SHA-1', () => {
    expect(found(withLeaf({ keyBits: 1024 }))).toMatchObject([
      { kind: 'short-key', severity: 'error', frames: [3], evidence: { side: 'server', keyBits: 1024, least: 2048 } },
    ])
    for (const signatureHash of ['md5', 'sha1']) {
      expect(found(withLeaf({ signatureHash }))).toMatchObject([
        { kind: 'weak-signature', evidence: { signatureHash } },
      ])
    }
    expect(found(withLeaf({ keyBits: 1024, signatureHash: 'sha1' }))).toHaveLength(2)
  })

  test('P-256 and SHA-256 are well; roots are not judged, and of what signed itself the key only', () => {
    expect(found(withLeaf({ keyType: 'ec', keyBits: undefined, signatureHash: 'sha256' } as never))).toEqual([])
    const root = certificateOf({ selfSigned: true, keyBits: 1024, signatureHash: 'md5' })
    expect(found(withLeaf({}, { path: [certificateOf(), root] }))).toEqual([])
    expect(found(withLeaf(root, { path: [root] }))).toMatchObject([{ kind: 'short-key' }])
  })
})

describe('tls-self-signed', () => {
  test('a warning, and an error under a policy that says so', () => {
    expect(tlsSelfSigned.find(trace(selfSigned))).toMatchObject([{ severity: 'warning', frames: [3] }])
    expect(tlsSelfSigned.find(trace(selfSigned), asking({ selfSignedIsError: true }))).toMatchObject([
      { severity: 'error' },
    ])
    expect(tlsSelfSigned.find(trace(tlsOf()))).toEqual([])
  })
})

describe('tls-chain-incomplete', () => {
  const missing = (proof?: 'public-authority' | 'sent-elsewhere' | 'root-sent') => {
    const leaf = certificateOf()
    const named = { name: leaf.issuer, ...(proof && { proof }) }
    const { root: _, ...chain } = chainOf(leaf, { certificates: [leaf], path: [leaf], missing: named })
    return tlsOf(handshakeOf({ certificates: { server: chain } }))
  }

  test('an issuer that is no root is missing', () => {
    for (const proof of ['public-authority', 'sent-elsewhere', 'root-sent'] as const)
      expect(tlsChainIncomplete.find(trace(missing(proof)))).toMatchObject([{ severity: 'error', evidence: { proof } }])
  })

  test('one that may be a private root is a warning', () => {
    expect(tlsChainIncomplete.find(trace(missing()))).toMatchObject([{ severity: 'warning' }])
  })

  test('nothing is missing of a self-signed leaf and of a chain up to its root', () => {
    expect(tlsChainIncomplete.find(trace(selfSigned, tlsOf()))).toEqual([])
  })

  test('order counts before TLS 1.3 (RFC 5246 §7.4.2)', () => {
    const mixed = withLeaf({}, { inOrder: false })
    expect(tlsChainIncomplete.find(trace(mixed))).toMatchObject([{ severity: 'warning' }])
    const [handshake] = mixed.handshakes
    const tls13 = tlsOf({ ...handshake, serverHello: serverHello({ version: TLS_1_3 }) })
    expect(tlsChainIncomplete.find(trace(tls13))).toEqual([])
  })
})

describe('tls-untrusted-ca', () => {
  test('speaks only where a policy names authorities', () => {
    expect(tlsUntrustedCa.find(trace(selfSigned))).toEqual([])
    expect(tlsUntrustedCa.find(trace(selfSigned), asking({ authorities: 'any' }))).toEqual([])
  })

  test('public authorities, and those of --ca-bundle', () => {
    const policy = asking({ authorities: 'public' })
    expect(tlsUntrustedCa.find(trace(tlsOf()), policy)).toMatchObject([{ severity: 'error' }])
    expect(tlsUntrustedCa.find(trace(withLeaf({}, { trustedBy: ['public'] })), policy)).toEqual([])
    expect(tlsUntrustedCa.find(trace(withLeaf({}, { trustedBy: ['bundle'] })), policy)).toEqual([])
    expect(tlsUntrustedCa.find(trace(withLeaf({}, { trustedBy: ['policy'] })), policy)).toHaveLength(1)
  })

  test('organisations: of the root or of the issuer below it, never of the leaf', () => {
    const policy = (...organisations: string[]) => asking({ authorities: { organisations } })
    expect(tlsUntrustedCa.find(trace(tlsOf()), policy('exampl'))).toEqual([])
    expect(tlsUntrustedCa.find(trace(tlsOf()), policy('DigiCert'))).toHaveLength(1)
    const boastful = withLeaf({ organisation: 'DigiCert Inc' })
    expect(tlsUntrustedCa.find(trace(boastful), policy('DigiCert'))).toHaveLength(1)
  })

  test('the bundle of the policy', () => {
    const policy = asking({ authorities: { bundle: 'ours.pem' } })
    expect(tlsUntrustedCa.find(trace(withLeaf({}, { trustedBy: ['policy'] })), policy)).toEqual([])
    expect(tlsUntrustedCa.find(trace(tlsOf()), policy)[0].detail).toContain('one of ours.pem')
  })

  test('roots of the peers that the policy names', () => {
    const policy = (root: string) => asking({ peerNames: ['trunk.example.com'], peerRoots: [root] })
    expect(tlsUntrustedCa.find(trace(tlsOf()), policy('Example Issuing CA'))).toEqual([])
    expect(tlsUntrustedCa.find(trace(tlsOf()), policy('DigiCert Global Root CA'))).toHaveLength(1)
    const other = withLeaf({ dnsNames: ['sbc.example.net'] })
    expect(tlsUntrustedCa.find(trace(other), policy('DigiCert Global Root CA'))).toEqual([])
  })
})

describe('tls-name-mismatch', () => {
  const calling = (serverName: string, leaf: Parameters<typeof certificateOf>[0] = {}, changes: Partial<Tls> = {}) =>
    tlsOf(
      handshakeOf({
        clientHello: clientHello(serverName === '' ? {} : { serverName }),
        certificates: { server: chainOf(certificateOf(leaf)) },
      }),
      changes,
    )
  const target = (host: string, where: 'route' | 'request-uri') => ({ host, in: where, at: frameAt(7) })

  test('the name of the ClientHello is in subjectAltName, letter case aside', () => {
    expect(tlsNameMismatch.find(trace(calling('Trunk.Example.COM')))).toEqual([])
    expect(tlsNameMismatch.find(trace(calling('sbc.example.com')))).toMatchObject([
      { severity: 'error', evidence: { name: 'sbc.example.com', by: 'server_name' } },
    ])
  })

  test('RFC 5922 §7.2: wildcards never match for SIP, and the finding says so', () => {
    const wild = { dnsNames: ['*.example.com'] }
    const [found] = tlsNameMismatch.find(trace(calling('trunk.example.com', wild)))
    expect(found.evidence).toMatchObject({ wildcard: true })
    expect(found.detail).toContain('wildcards never match')
    const web = { server: { address: '198.51.100.20', port: 443 } }
    expect(tlsNameMismatch.find(trace(calling('trunk.example.com', wild, web)))).toEqual([])
    expect(
      tlsNameMismatch.find(trace(calling('trunk.example.com', wild, web)), asking({ exactName: true })),
    ).toHaveLength(1)
  })

  test('the common name counts only where there is no DNS or URI name', () => {
    expect(tlsNameMismatch.find(trace(calling('trunk.example.com', { dnsNames: [] })))).toEqual([])
    const [found] = tlsNameMismatch.find(trace(calling('trunk.example.com', { dnsNames: ['sbc.example.com'] })))
    expect(found.detail).toContain('common name does not count')
    const uri = { dnsNames: [], uris: ['sip:trunk.example.com'] }
    expect(tlsNameMismatch.find(trace(calling('trunk.example.com', { ...uri, commonName: 'x' })))).toEqual([])
    const user = { dnsNames: [], uris: ['sip:bob@trunk.example.com'] }
    expect(tlsNameMismatch.find(trace(calling('trunk.example.com', user)))).toHaveLength(1)
  })

  test('without a server name: the Route, then the Request-URI, then the policy', () => {
    const both = { targets: [target('a.example', 'request-uri'), target('b.example', 'route')] }
    expect(tlsNameMismatch.find(trace(calling('', {}, both)))).toMatchObject([{ evidence: { name: 'b.example' } }])
    const uri = { targets: [target('a.example', 'request-uri')] }
    expect(tlsNameMismatch.find(trace(calling('', {}, uri)))).toMatchObject([{ evidence: { by: 'Request-URI' } }])
    const policy = asking({ namesByAddress: { '198.51.100.0/24': 'c.example' } })
    expect(tlsNameMismatch.find(trace(calling('')), policy)).toMatchObject([{ evidence: { name: 'c.example' } }])
    expect(tlsNameMismatch.find(trace(calling('')), asking({ namesByAddress: { '192.0.2.1': 'c.example' } }))).toEqual(
      [],
    )
    expect(tlsNameMismatch.find(trace(calling('')))).toEqual([])
  })

  test('an address in the Request-URI is no name, unless the policy asks for it in the certificate', () => {
    const uri = { targets: [target('198.51.100.20', 'request-uri')] }
    expect(tlsNameMismatch.find(trace(calling('', {}, uri)))).toEqual([])
    expect(tlsNameMismatch.find(trace(calling('', {}, uri)), asking({ requestUriHost: true }))).toHaveLength(1)
    const held = { addresses: ['198.51.100.20'] }
    expect(tlsNameMismatch.find(trace(calling('', held, uri)), asking({ requestUriHost: true }))).toEqual([])
  })

  test('names of peers, where nothing says which was meant', () => {
    expect(tlsNameMismatch.find(trace(calling('')), asking({ peerNames: ['trunk.example.com'] }))).toEqual([])
    expect(tlsNameMismatch.find(trace(calling('')), asking({ peerNames: ['lb01.example'] }))).toMatchObject([
      { severity: 'warning' },
    ])
  })
})

describe('tls-certificate-dates', () => {
  const found = (leaf: Parameters<typeof certificateOf>[0], tls: object = {}) =>
    tlsCertificateDates.find(trace(withLeaf(leaf)), asking(tls)).map(({ kind, severity }) => [kind, severity])

  test("at the capture's time", () => {
    expect(found({})).toEqual([])
    expect(found({ from: -300, to: -1 })).toEqual([['expired', 'error']])
    expect(found({ from: 1 })).toEqual([['not-yet-valid', 'error']])
    expect(found({ to: 29 })).toEqual([['expiring', 'warning']])
    expect(found({ from: -300, to: 300 })).toEqual([['long-lived', 'warning']])
  })

  test('with a remedy that mends it: a renewal mends neither a clock nor a life of ten years', () => {
    const remedyOf = (leaf: Parameters<typeof certificateOf>[0]) =>
      tlsCertificateDates.find(trace(withLeaf(leaf)), asking({}))[0].remedy
    expect(remedyOf({ from: -300, to: -1 })).toMatch(/^Renew the certificate/)
    expect(remedyOf({ from: 1 })).toMatch(/^Set the clock right/)
    expect(remedyOf({ from: -300, to: 300 })).toMatch(/shorter life/)
  })

  test('each under a title of its own: who holds a certificate too long is not told that it ends', () => {
    const saidOf = (leaf: Parameters<typeof certificateOf>[0], tls: object = {}) =>
      tlsCertificateDates.find(trace(withLeaf(leaf)), asking(tls))[0]
    expect(saidOf({ to: 29 }).title).toBe('A certificate expires soon')
    const long = saidOf({ from: -300, to: 300 })
    expect(long.title).toBe('A certificate was issued for longer than is usual')
    expect(long.detail).toContain('above the limit of 398 (a policy may set another)')
    expect(saidOf({ from: -60, to: 60 }, { longestLifeDays: 90 }).detail).toContain('limit of 90 (of the policy)')
  })

  test('by the days of a policy', () => {
    expect(found({ to: 50 }, { marginDays: 60 })).toEqual([['expiring', 'warning']])
    expect(found({ to: 29 }, { marginDays: 7 })).toEqual([])
    expect(found({ from: -300, to: 300 }, { longestLifeDays: 825 })).toEqual([])
    expect(found({ from: -10, to: 20 }, { shortLivedLeaves: true })).toEqual([])
    expect(found({ from: -60, to: 20 }, { shortLivedLeaves: true })).toHaveLength(1)
  })

  test('an issuer that was sent expires too; a root does not count', () => {
    const issuer = { ...certificateOf({ fingerprint: 'dd', to: -1 }), isAuthority: true }
    const chain = (root: object) => {
      const leaf = certificateOf()
      return trace(
        tlsOf(handshakeOf({ certificates: { server: chainOf(leaf, { path: [leaf, { ...issuer, ...root }] }) } })),
      )
    }
    expect(tlsCertificateDates.find(chain({}))).toMatchObject([{ kind: 'expired' }])
    expect(tlsCertificateDates.find(chain({ selfSigned: true }))).toEqual([])
  })
})

describe('tls-certificate-revoked', () => {
  test('by a list, or by what the server staples', () => {
    const revoked = [{ certificate: certificateOf(), list: 'ours.crl', revokedUs: frameAt(1).timeUs }]
    expect(tlsCertificateRevoked.find(trace(withLeaf({}, { revoked })))[0].detail).toContain('ours.crl')
    expect(tlsCertificateRevoked.find(trace(withLeaf({}, { ocsp: { status: 'revoked' } })))).toHaveLength(1)
    expect(tlsCertificateRevoked.find(trace(withLeaf({}, { ocsp: { status: 'good' } })))).toEqual([])
  })

  test.each<[Unproven | undefined, string]>([
    [undefined, 'error'],
    ['outdated', 'error'],
    ['issuer-not-seen', 'warning'],
    ['signature-wrong', 'warning'],
    ['algorithm-unknown', 'warning'],
    ['responder-not-allowed', 'warning'],
    ['other-issuer', 'warning'],
  ])('what is not proven (%s) is said, and condemns nobody', (unproven, severity) => {
    const said = { list: 'ours.crl', revokedUs: frameAt(1).timeUs, unproven }
    const revoked = [{ certificate: certificateOf(), ...said }]
    const ocsp = { status: 'revoked' as const, ...(unproven && { unproven }) }
    for (const chain of [{ revoked }, { ocsp }]) {
      const [one] = tlsCertificateRevoked.find(trace(withLeaf({}, chain)))
      expect(one.severity).toBe(severity)
      expect(one.evidence.unproven).toBe(unproven)
      expect(one.detail).toMatch(unproven === undefined ? /(says|revoked)\.$/ : /issuer|algorithm/)
    }
  })
})

describe('tls-certificate-changed and tls-split-brain', () => {
  const A = { fingerprint: 'a', from: -30 }
  const B = { fingerprint: 'b', from: -1 }
  const served = (...leaves: Parameters<typeof certificateOf>[0][]) =>
    trace(...leaves.map((leaf, n) => withLeaf(leaf, { at: frameAt(10 * (n + 1), n) })))
  const found = (...leaves: Parameters<typeof certificateOf>[0][]) => [
    tlsCertificateChanged.find(served(...leaves)).length,
    tlsSplitBrain.find(served(...leaves)).length,
  ]

  test('a newer leaf is a rotation', () => expect(found(A, A, B, B)).toEqual([1, 0]))
  test('an older one after a newer is a node that missed it', () => expect(found(B, A)).toEqual([0, 1]))
  test('alternation too', () => expect(found(A, B, A)).toEqual([0, 1]))
  test('one leaf is neither', () => expect(found(A, A)).toEqual([0, 0]))
  test('RSA and ECDSA leaves of one server are both right', () =>
    expect(found(A, { ...B, keyType: 'ec' }, A, { ...B, keyType: 'ec' })).toEqual([0, 0]))

  test('a hundred names are told of, those beyond are counted', () => {
    const pairs = Array.from({ length: 103 }, (_, n) => [
      { ...A, dnsNames: [`node${n}.example.com`] },
      { ...B, dnsNames: [`node${n}.example.com`] },
    ])
    const findings = tlsCertificateChanged.find(served(...pairs.flat()))
    expect(findings).toHaveLength(101)
    expect(findings.at(-1)?.evidence).toMatchObject({ names: 3 })
  })

  test('one address with two names is not one name', () => {
    const other = { ...B, dnsNames: ['other.example.com'] }
    expect(found(A, other, A)).toEqual([0, 0])
  })
})

describe('tls-mutual', () => {
  const required = asking({ mutual: 'required' })
  const asked = (certificates: Parameters<typeof handshakeOf>[0]) =>
    tlsOf(handshakeOf({ certificateRequest: frameAt(3), ...certificates }))
  const server = chainOf(certificateOf())

  test('none asked for, or none given', () => {
    expect(tlsMutual.find(trace(tlsOf()))).toEqual([])
    expect(tlsMutual.find(trace(tlsOf()), required)).toMatchObject([{ kind: 'missing', severity: 'warning' }])
    expect(tlsMutual.find(trace(asked({})), required)).toMatchObject([{ kind: 'missing' }])
    const none = chainOf(certificateOf(), { certificates: [], path: [] })
    expect(tlsMutual.find(trace(asked({ certificates: { server, client: none } })), required)).toMatchObject([
      { kind: 'missing' },
    ])
    // Sent, and not read: a raw public key (RFC 7250), say.
    expect(
      tlsMutual.find(trace(asked({ certificates: { server, client: { ...none, unread: 1 } } })), required),
    ).toEqual([])
    const given = asked({ certificates: { server, client: chainOf(certificateOf()) } })
    expect(tlsMutual.find(trace(given), required)).toEqual([])
  })

  test('of a server that was not followed to its Finished nothing is known', () => {
    const cut = tlsOf(handshakeOf({ finished: { client: frameAt(4) } }), { lost: true })
    expect(tlsMutual.find(trace(cut), required)).toEqual([])
  })

  test('a resumed session sends none', () => {
    expect(tlsMutual.find(trace(tlsOf(handshakeOf({ resumed: true, certificates: {} }))), required)).toEqual([])
  })

  test('asked of a peer that has none', () => {
    expect(tlsMutual.find(trace(asked({})), asking({ mutual: 'unsupported' }))).toMatchObject([{ kind: 'unsupported' }])
    expect(tlsMutual.find(trace(tlsOf()), asking({ mutual: 'unsupported' }))).toEqual([])
  })
})
