import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AnomalyLog } from '../../src/model/anomaly-log.ts'
import { analyseTls, type TlsTrust } from '../../src/model/tls-analysis.ts'
import type { AnalysedChain, TlsConnectionRecord } from '../../src/model/tls-facts.ts'
import { readCertificate } from '../../src/tls/certificate.ts'
import { ocspStatus } from '../../src/tls/ocsp.ts'
import { readRevocationList } from '../../src/tls/revocation.ts'
import { frameAt } from '../rules/media-trace.ts'
import { handshakeOf, tlsOf } from '../rules/tls/tls-trace.ts'
import { INTERMEDIATE, LEAF, OCSP_RESPONSE, REVOCATION_LIST, ROOT } from '../tls/authority-credentials.ts'
import { RSA } from '../tls/credentials.ts'

const der = (pem: string) => new X509Certificate(pem).raw
const crl = Buffer.from(REVOCATION_LIST.replace(/-----[^-]+-----/g, ''), 'base64')
const REVOKED_US = Date.parse('2026-11-01T12:00:00Z') * 1000

function record(...pems: readonly (string | Uint8Array)[]): TlsConnectionRecord {
  const chain = pems.map((pem) => (typeof pem === 'string' ? der(pem) : pem))
  const certificates = { server: { at: frameAt(3), chain, ocsp: OCSP_RESPONSE } }
  return { ...tlsOf(), handshakes: [{ ...handshakeOf(), certificates }] }
}

function chainsOf(records: readonly TlsConnectionRecord[], trust?: TlsTrust): (AnalysedChain | undefined)[] {
  return analyseTls(records, trust, new AnomalyLog()).map(({ handshakes: [{ certificates }] }) => certificates.server)
}

const bundle = { authorities: [{ pem: ROOT, source: 'bundle' as const }], revocationLists: [] }

describe('a certificate', () => {
  test('says its names, dates and serial number', () => {
    expect(readCertificate(der(LEAF))?.facts).toMatchObject({
      subject: 'CN=trunk.example.com',
      issuer: 'CN=Example Issuing CA, O=Example',
      commonName: 'trunk.example.com',
      issuerOrganisation: 'Example',
      dnsNames: ['trunk.example.com'],
      uris: ['sip:trunk.example.com'],
      addresses: ['198.51.100.20'],
      serial: '8822',
      keyType: 'ec',
      isAuthority: false,
      selfSigned: false,
    })
    expect(readCertificate(der(RSA.cert))?.facts).toMatchObject({ selfSigned: true, keyBits: 2048 })
  })

  test('cut or changed anywhere it is read or not, and never an exception', () => {
    const leaf = der(LEAF)
    for (let at = 0; at < leaf.length; at++) {
      expect(readCertificate(leaf.subarray(0, at))).toBeUndefined()
      const changed = Uint8Array.from(leaf)
      changed[at] ^= 0xff
      readCertificate(changed)
      readRevocationList(changed, 'x')
      ocspStatus(changed, '1')
    }
  })
})

describe('a chain', () => {
  test('goes from the leaf to a root that was sent, trusted where it is known', () => {
    const [alone] = chainsOf([record(LEAF, INTERMEDIATE, ROOT)])
    expect(alone).toMatchObject({ trustedBy: [], inOrder: true, root: { subject: 'CN=Example Root, O=Example' } })
    expect(alone?.path).toHaveLength(3)
    expect(chainsOf([record(LEAF, INTERMEDIATE, ROOT)], bundle)[0]?.trustedBy).toEqual(['bundle'])
  })

  test('a root need not be sent where it is known; elsewhere it may be a private one', () => {
    const [known] = chainsOf([record(LEAF, INTERMEDIATE)], bundle)
    expect(known).toMatchObject({ trustedBy: ['bundle'], root: { commonName: 'Example Root' } })
    expect(known?.missing).toBeUndefined()
    expect(chainsOf([record(LEAF, INTERMEDIATE)])[0]?.missing).toEqual({ name: 'CN=Example Root, O=Example' })
  })

  test('a missing intermediate is known by a root that did not issue the leaf, or from another connection', () => {
    expect(chainsOf([record(LEAF, ROOT)])[0]?.missing?.proof).toBe('root-sent')
    expect(chainsOf([record(LEAF), record(LEAF, INTERMEDIATE)])[0]?.missing?.proof).toBe('sent-elsewhere')
    expect(chainsOf([record(LEAF)])[0]?.missing).toEqual({ name: 'CN=Example Issuing CA, O=Example' })
  })

  test('out of order it is followed all the same', () => {
    expect(chainsOf([record(LEAF, ROOT, INTERMEDIATE)])[0]).toMatchObject({
      inOrder: false,
      root: { serial: expect.any(String) },
    })
  })

  test('broken DER is an anomaly', () => {
    const anomalies = new AnomalyLog()
    const [{ handshakes }] = analyseTls([record(LEAF, Uint8Array.of(0x30, 0x82, 1))], undefined, anomalies)
    expect(handshakes[0].certificates.server?.certificates).toHaveLength(1)
    expect(anomalies.anomalies(false)).toMatchObject([{ layer: 'tls', reason: 'certificate-malformed', frames: [3] }])
  })
})

describe('revocation', () => {
  test('a list of the issuer names the serial number (RFC 5280 §5.1)', () => {
    const list = readRevocationList(crl, 'ours.crl')
    expect(list?.revokedUs).toEqual(new Map([['8822', REVOKED_US]]))
    const trust = { authorities: [], revocationLists: list === undefined ? [] : [list] }
    expect(chainsOf([record(LEAF, INTERMEDIATE)], trust)[0]?.revoked).toMatchObject([
      { list: 'ours.crl', revokedUs: REVOKED_US, certificate: { serial: '8822' } },
    ])
    expect(chainsOf([record(RSA.cert)], trust)[0]?.revoked).toEqual([])
  })

  test('what a list says is proven by the signature of the issuer, sent or known (RFC 5280 §6.3.3)', () => {
    const list = readRevocationList(crl, 'ours.crl')
    const trust = { authorities: [], revocationLists: list === undefined ? [] : [list] }
    const unproven = (records: readonly TlsConnectionRecord[], given: TlsTrust = trust) =>
      chainsOf(records, given)[0]?.revoked.map((one) => one.unproven)
    expect(unproven([record(LEAF, INTERMEDIATE)])).toEqual([undefined])
    expect(unproven([record(LEAF), record(LEAF, INTERMEDIATE)])).toEqual([undefined])
    expect(unproven([record(LEAF)])).toEqual(['issuer-not-seen'])
    const known = { ...trust, authorities: [{ pem: INTERMEDIATE, source: 'bundle' as const }] }
    expect(unproven([record(LEAF)], known)).toEqual([undefined])
    const forged = { ...trust, revocationLists: trust.revocationLists.map((one) => ({ ...one, signed: undefined })) }
    expect(unproven([record(LEAF, INTERMEDIATE)], forged)).toEqual(['signature-wrong'])
    const old = { ...trust, revocationLists: trust.revocationLists.map((one) => ({ ...one, nextUpdateUs: 1 })) }
    expect(unproven([record(LEAF, INTERMEDIATE)], old)).toEqual(['outdated'])
  })

  test('lists that were of no use, or not as they were meant, are anomalies', () => {
    const list = readRevocationList(crl, 'ours.crl')
    const lists = list === undefined ? [] : [list, { ...list, nextUpdateUs: 1 }]
    const reasons = (...pems: string[]) => {
      const anomalies = new AnomalyLog()
      analyseTls([record(...pems)], { authorities: [], revocationLists: lists }, anomalies)
      return anomalies.anomalies(false).map(({ reason, count }) => `${reason} ${count}`)
    }
    expect(reasons(LEAF, INTERMEDIATE)).toEqual(['revocation-list-outdated 1'])
    expect(reasons(LEAF)).toEqual(['revocation-list-issuer-not-seen 2'])
    expect(reasons(RSA.cert)).toEqual(['revocation-list-of-no-issuer-seen 2', 'stapled-ocsp-says-nothing 1'])
  })

  test('the stapled OCSP response says so (RFC 6960 §4.2.1)', () => {
    expect(ocspStatus(OCSP_RESPONSE, '8822')).toEqual({ status: 'revoked', revokedUs: REVOKED_US })
    expect(ocspStatus(OCSP_RESPONSE, '8823')).toBeUndefined()
    expect(chainsOf([record(LEAF)])[0]?.ocsp?.status).toBe('revoked')
    expect(chainsOf([record(LEAF)])[0]?.ocsp?.unproven).toBe('issuer-not-seen')
    expect(chainsOf([record(LEAF, INTERMEDIATE)])[0]?.ocsp).toEqual({ status: 'revoked', revokedUs: REVOKED_US })
  })
})

describe('what is no certificate that can be read', () => {
  const shown = (octets: Uint8Array) => {
    const anomalies = new AnomalyLog()
    const [{ handshakes }] = analyseTls([record(octets)], undefined, anomalies)
    return [handshakes[0].certificates.server?.unread, anomalies.anomalies(false).map(({ reason }) => reason)]
  }

  test('was sent all the same', () => expect(shown(Buffer.from('none'))).toEqual([1, ['certificate-malformed']]))

  test('a chain that is not there in whole lacks nothing that is known', () => {
    const chain = { at: frameAt(3), chain: [der(LEAF)], beyond: 1 }
    const cut = { ...tlsOf(), handshakes: [{ ...handshakeOf(), certificates: { server: chain } }] }
    expect(chainsOf([cut])).toMatchObject([{ certificates: [], unread: 2 }])
  })

  test('a raw public key is nothing malformed (RFC 7250 §3)', () => {
    const key = new X509Certificate(LEAF).publicKey.export({ type: 'spki', format: 'der' })
    expect(shown(key)).toEqual([1, []])
  })
})
