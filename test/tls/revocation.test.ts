import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type ReadCertificate, readCertificate } from '../../src/tls/certificate.ts'
import { ocspStatus, ocspUnproven } from '../../src/tls/ocsp.ts'
import { listUnproven, type RevocationList, readRevocationList } from '../../src/tls/revocation.ts'
import { INTERMEDIATE, OCSP_RESPONSE, REVOCATION_LIST, ROOT } from './authority-credentials.ts'
import {
  type Algorithm,
  certificate,
  ECDSA_SHA256,
  ED25519,
  nameOf,
  ocspResponse,
  RSA_PSS_SHA256,
  RSA_SHA256,
  revocationList,
  type Signer,
  UNKNOWN,
} from './der-writer.ts'

const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signer = (name: string, keys = ec(), algorithm: Algorithm = ECDSA_SHA256): Signer => ({
  name: nameOf(name),
  ...keys,
  algorithm,
})
const selfSigned = (one: Signer) => readCertificate(certificate({ ...one, serial: 1 }, one)) as ReadCertificate
const listOf = (der: Uint8Array) => readRevocationList(der, 'ours.crl') as RevocationList
const keyOf = (pem: string) => new X509Certificate(pem).publicKey

const CA = signer('Example CA')
const ISSUER = selfSigned(CA)
const NOW_US = Date.parse('2023-11-14T00:00:00Z') * 1000

describe('the signature of a revocation list (RFC 5280 §5.1.1.3)', () => {
  test.each<[string, Signer]>([
    ['ECDSA with SHA-256', CA],
    ['RSA with SHA-256', signer('Example CA', rsa, RSA_SHA256)],
    ['RSASSA-PSS with SHA-256 (RFC 4055 §3.1)', signer('Example CA', rsa, RSA_PSS_SHA256)],
    ['Ed25519 (RFC 8410)', signer('Example CA', generateKeyPairSync('ed25519'), ED25519)],
  ])('%s', (_, one) => {
    const der = revocationList(one, [7])
    const list = listOf(der)
    expect(list.revokedUs.has('7')).toBe(true)
    expect(listUnproven(list, one.publicKey)).toBeUndefined()
    expect(listUnproven(list, signer('Example CA').publicKey)).toBe('signature-wrong')
    // The serial number that is listed is another now.
    const at = der.indexOf(Buffer.from([0x02, 0x01, 0x07]))
    const forged = Buffer.from(der)
    forged[at + 2] = 8
    expect(listUnproven(listOf(forged), one.publicKey)).toBe('signature-wrong')
  })

  test('as openssl ca -gencrl writes it', () => {
    const der = Buffer.from(REVOCATION_LIST.replace(/-----[^-]+-----/g, ''), 'base64')
    expect(listUnproven(listOf(der), keyOf(INTERMEDIATE))).toBeUndefined()
    expect(listUnproven(listOf(der), keyOf(ROOT))).toBe('signature-wrong')
    expect(listOf(der).nextUpdateUs).toBe(Date.parse('2126-10-28T12:41:16Z') * 1000)
  })

  test('of an unknown algorithm, and without the issuer, nothing is proven', () => {
    expect(listUnproven(listOf(revocationList({ ...CA, algorithm: UNKNOWN }, [7])), CA.publicKey)).toBe(
      'algorithm-unknown',
    )
    expect(listUnproven(listOf(revocationList(CA, [7])), undefined)).toBe('issuer-not-seen')
  })

  test('a list without entries, with and without a next update', () => {
    expect(listOf(revocationList(CA, [])).nextUpdateUs).toBeUndefined()
    const list = listOf(revocationList(CA, [], '2023-02-01T00:00:00'))
    expect(list.nextUpdateUs).toBe(Date.parse('2023-02-01T00:00:00Z') * 1000)
    expect(list.revokedUs.size).toBe(0)
  })
})

describe('who signed an OCSP response (RFC 6960 §4.2.2.2)', () => {
  const OCSP_SIGNING = '2b06010505070309'
  const SERVER_AUTH = '2b06010505070301'
  const responder = signer('Example Responder')
  const given = (usage: string | undefined, issuer = CA, until?: string) => [
    certificate({ ...responder, serial: 9 }, issuer, { ...(usage && { usage }), ...(until && { until }) }),
  ]
  const unproven = (der: Uint8Array, issuer: ReadCertificate | undefined = ISSUER) =>
    ocspUnproven(der, '7', issuer, NOW_US)

  test('the issuer itself', () => {
    const der = ocspResponse(7, CA, CA, { nextUpdate: '2024-01-01T00:00:00' })
    expect(ocspStatus(der, '7')?.status).toBe('revoked')
    expect(unproven(der)).toBeUndefined()
    expect(ocspUnproven(der, '7', undefined, NOW_US)).toBe('issuer-not-seen')
  })

  test('as openssl ocsp writes it', () => {
    const issuer = readCertificate(INTERMEDIATE)
    expect(ocspUnproven(OCSP_RESPONSE, '8822', issuer, NOW_US)).toBeUndefined()
    expect(ocspUnproven(OCSP_RESPONSE, '8822', readCertificate(ROOT), NOW_US)).toBe('other-issuer')
  })

  test('a responder that the issuer gave the right to', () => {
    expect(unproven(ocspResponse(7, CA, responder, { certificates: given(OCSP_SIGNING) }))).toBeUndefined()
  })

  test.each<[string, Uint8Array[], string]>([
    ['without id-kp-OCSPSigning', given(undefined), 'responder-not-allowed'],
    ['with another usage', given(SERVER_AUTH), 'responder-not-allowed'],
    ['whose certificate another issued', given(OCSP_SIGNING, signer('Example CA')), 'responder-not-allowed'],
    ['whose certificate is over', given(OCSP_SIGNING, CA, '2023-02-01T00:00:00'), 'responder-not-allowed'],
    ['that shows none', [], 'signature-wrong'],
  ])('a responder %s may not speak', (_, certificates, fault) => {
    expect(unproven(ocspResponse(7, CA, responder, { certificates }))).toBe(fault)
  })

  test('about a certificate of another issuer', () => {
    expect(unproven(ocspResponse(7, signer('Other CA'), CA))).toBe('other-issuer')
    expect(unproven(ocspResponse(7, signer('Example CA'), CA))).toBe('other-issuer')
  })

  test('that had its time', () => {
    expect(unproven(ocspResponse(7, CA, CA, { nextUpdate: '2023-02-01T00:00:00' }))).toBe('outdated')
  })

  test('cut or changed anywhere it is read or not, and never an exception', () => {
    const der = ocspResponse(7, CA, responder, { certificates: given(OCSP_SIGNING) })
    for (let at = 0; at < der.length; at++) {
      expect(unproven(der.subarray(0, at))).toBeDefined()
      const changed = Buffer.from(der)
      changed[at] ^= 0xff
      unproven(changed)
    }
  })
})
