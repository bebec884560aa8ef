import { createHash, type KeyObject } from 'node:crypto'
import { isSignedBy, type ReadCertificate, readCertificate } from './certificate.ts'
import { contextTag, type DerElement, DerTag, derElements, derSequence, derSerial, derTimeUs } from './der.ts'
import { isOver, optionalTimeUs, signatureFault, type Unproven } from './revocation.ts'
import { readSigned } from './signed-der.ts'

/** What an OCSP response says of one certificate. */
export interface OcspStatus {
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly revokedUs?: number
  /** Why that is not proven; absent where it is, or where nobody asked. */
  readonly unproven?: Unproven
}

/** BasicOCSPResponse (RFC 6960 §4.2.1), as the elements within. */
function basicResponse(der: Uint8Array): DerElement[] {
  const bytes = (derSequence(der) ?? []).find(({ tag }) => tag === contextTag(0))
  const basic = bytes && derSequence(bytes.content)?.find(({ tag }) => tag === DerTag.OctetString)
  return (basic && derSequence(basic.content)) ?? []
}

/** SingleResponse of the certificate with this serial number: CertID, CertStatus, and the rest. */
function singleResponse(basic: readonly DerElement[], serial: string): DerElement[] | undefined {
  const [data] = basic
  const responses = data && derElements(data.content).find(({ tag }) => tag === DerTag.Sequence)
  for (const { content } of responses === undefined ? [] : derElements(responses.content)) {
    const single = derElements(content)
    const number = single[0] && derElements(single[0].content)[3]
    if (single.length > 1 && number?.tag === DerTag.Integer && derSerial(number) === serial) return single
  }
  return undefined
}

/**
 * What a stapled OCSP response (RFC 6960 §4.2.1) says of the certificate with this serial number; undefined where it
 * says nothing. Whether it is true, ocspUnproven tells.
 */
export function ocspStatus(der: Uint8Array, serial: string): OcspStatus | undefined {
  const single = singleResponse(basicResponse(der), serial)
  return single === undefined ? undefined : statusOf(single[1])
}

const STATUS = ['good', 'revoked', 'unknown'] as const

/** CertStatus: `[0]`, `[1]` or `[2]` IMPLICIT. */
function statusOf({ tag, content }: DerElement): OcspStatus | undefined {
  const status = STATUS[tag & 0x1f]
  if (status === undefined) return undefined
  const [time] = status === 'revoked' ? derElements(content) : []
  const revokedUs = time && derTimeUs(time)
  return { status, ...(revokedUs !== undefined && { revokedUs }) }
}

/**
 * What keeps a response from being the issuer's word about the certificate with this serial number at this time
 * (RFC 6960 §3.2): undefined where nothing does.
 *
 * @param issuer certificate of the certificate's issuer, where it is at hand
 */
export function ocspUnproven(
  der: Uint8Array,
  serial: string,
  issuer: ReadCertificate | undefined,
  timeUs: number,
): Unproven | undefined {
  if (issuer === undefined) return 'issuer-not-seen'
  const basic = basicResponse(der)
  const single = singleResponse(basic, serial)
  const signed = readSigned(basic)
  if (single === undefined || signed === undefined) return 'signature-wrong'
  if (!isOfIssuer(single[0], issuer)) return 'other-issuer'
  const fault = signatureFault(signed, issuer.x509.publicKey)
  const certificates = basic.find(({ tag }) => tag === contextTag(0))
  return (
    (fault === undefined ? undefined : responderFault(certificates, fault)) ??
    (isOver(nextUpdateUs(single), timeUs) ? 'outdated' : undefined)
  )

  /** Another than the issuer signed: one to whom it gave that right (RFC 6960 §4.2.2.2). */
  function responderFault(given: DerElement | undefined, ofIssuer: Unproven): Unproven | undefined {
    const responder = respondersOf(given).find(
      ({ x509 }) => signed !== undefined && signatureFault(signed, x509.publicKey) === undefined,
    )
    if (responder === undefined || issuer === undefined) return ofIssuer
    const { x509, facts } = responder
    const isAllowed =
      isSignedBy(x509, issuer.x509) &&
      x509.keyUsage?.includes(OCSP_SIGNING) === true &&
      timeUs >= facts.notBeforeUs &&
      !isOver(facts.notAfterUs, timeUs)
    return isAllowed ? undefined : 'responder-not-allowed'
  }
}

/** id-kp-OCSPSigning. */
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
/** Certificates of a response that are looked at; one is usual. */
const MOST_RESPONDERS = 4

function respondersOf(given: DerElement | undefined): ReadCertificate[] {
  const list = given === undefined ? [] : (derSequence(given.content) ?? [])
  return list.slice(0, MOST_RESPONDERS).flatMap(({ whole }) => readCertificate(whole) ?? [])
}

/** `nextUpdate [0] EXPLICIT` behind CertID, CertStatus and thisUpdate. */
function nextUpdateUs(single: readonly DerElement[]): number | undefined {
  const next = single.slice(3).find(({ tag }) => tag === contextTag(0))
  return next === undefined ? undefined : optionalTimeUs(derElements(next.content)[0])
}

const ID_HASHES: Readonly<Record<string, string>> = {
  '2b0e03021a': 'sha1',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
}

/** CertID: hashes of the issuer's name and key (RFC 6960 §4.1.1). Those of an unknown function say nothing. */
function isOfIssuer({ content }: DerElement, { subjectName, x509 }: ReadCertificate): boolean {
  const [algorithm, name, key] = derElements(content)
  const [oid] = algorithm === undefined ? [] : derElements(algorithm.content)
  const hash = oid === undefined ? undefined : ID_HASHES[Buffer.from(oid.content).toString('hex')]
  if (hash === undefined || key === undefined) return true
  const isHash = (of: Uint8Array, { content: stated }: DerElement) =>
    createHash(hash).update(of).digest().equals(stated)
  return isHash(Buffer.from(subjectName, 'base64'), name) && isHash(keyOctets(x509.publicKey), key)
}

/** The BIT STRING of SubjectPublicKeyInfo, without the count of unused bits. */
function keyOctets(key: KeyObject): Uint8Array {
  const [, bits] = derSequence(key.export({ type: 'spki', format: 'der' })) ?? []
  return bits.content.subarray(1)
}
