import { constants, createHash, type KeyObject, sign } from 'node:crypto'

/** Writes DER, as far as certificates, revocation lists and OCSP responses for tests take. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

export const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
export const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
export const integer = (value: number) => der(0x02, Buffer.from([value]))
export const time = (iso: string) => der(0x18, Buffer.from(`${iso.replace(/[-:T]/g, '').slice(0, 14)}Z`))
const bits = (octets: Uint8Array) => der(0x03, Buffer.from([0]), octets)
const octets = (content: Uint8Array) => der(0x04, content)
export const nameOf = (commonName: string) =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))

/** An AlgorithmIdentifier, and how it signs. */
export interface Algorithm {
  readonly identifier: Uint8Array
  readonly hash: string | null
  readonly pss?: boolean
}

const NULL = Buffer.from([5, 0])
const sha256 = sequence(oid('608648016503040201'), NULL)
export const ECDSA_SHA256: Algorithm = { identifier: sequence(oid('2a8648ce3d040302')), hash: 'sha256' }
export const RSA_SHA256: Algorithm = { identifier: sequence(oid('2a864886f70d01010b'), NULL), hash: 'sha256' }
export const ED25519: Algorithm = { identifier: sequence(oid('2b6570')), hash: null }
export const RSA_PSS_SHA256: Algorithm = {
  identifier: sequence(
    oid('2a864886f70d01010a'),
    sequence(der(0xa0, sha256), der(0xa1, sequence(oid('2a864886f70d010108'), sha256)), der(0xa2, integer(32))),
  ),
  hash: 'sha256',
  pss: true,
}
/** Signs as ECDSA_SHA256 does, and says another thing. */
export const UNKNOWN: Algorithm = { identifier: sequence(oid('2a030405')), hash: 'sha256' }

export interface Signer {
  readonly name: Uint8Array
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly algorithm: Algorithm
}

function signed(tbs: Uint8Array, { privateKey, algorithm }: Signer, ...rest: readonly Uint8Array[]): Buffer {
  const { identifier, hash, pss } = algorithm
  const key = pss ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : privateKey
  return sequence(tbs, identifier, bits(sign(hash, tbs, key)), ...rest)
}

const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' })

/** A certificate (RFC 5280 §4.1). @param usage OID of its extended key usage, in hexadecimal */
export function certificate(
  subject: { readonly name: Uint8Array; readonly publicKey: KeyObject; readonly serial: number },
  issuer: Signer,
  { usage, until = '2049-01-01T00:00:00' }: { readonly usage?: string; readonly until?: string } = {},
): Buffer {
  const extensions =
    usage === undefined ? [] : [der(0xa3, sequence(sequence(oid('551d25'), octets(sequence(oid(usage))))))]
  const tbs = sequence(
    der(0xa0, integer(2)),
    integer(subject.serial),
    issuer.algorithm.identifier,
    issuer.name,
    sequence(time('2020-01-01T00:00:00'), time(until)),
    subject.name,
    spki(subject.publicKey),
    ...extensions,
  )
  return signed(tbs, issuer)
}

/** A CertificateList (RFC 5280 §5.1) that names these serial numbers. */
export function revocationList(issuer: Signer, serials: readonly number[], nextUpdate?: string): Buffer {
  const entries = serials.map((serial) => sequence(integer(serial), time('2023-01-01T00:00:00')))
  const next = nextUpdate === undefined ? [] : [time(nextUpdate)]
  const listed = entries.length === 0 ? [] : [sequence(...entries)]
  const tbs = sequence(
    integer(1),
    issuer.algorithm.identifier,
    issuer.name,
    time('2023-01-02T00:00:00'),
    ...next,
    ...listed,
  )
  return signed(tbs, issuer)
}

/** An OCSP response (RFC 6960 §4.2.1) by which the certificate with this serial number is revoked. */
export function ocspResponse(
  serial: number,
  issuer: Pick<Signer, 'name' | 'publicKey'>,
  responder: Signer,
  {
    certificates = [],
    nextUpdate,
  }: { readonly certificates?: readonly Uint8Array[]; readonly nextUpdate?: string } = {},
): Buffer {
  const sha1 = (of: Uint8Array) => octets(createHash('sha1').update(of).digest())
  // The key's BIT STRING is the last of SubjectPublicKeyInfo.
  const keyBits = issuer.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65)
  const id = sequence(sequence(oid('2b0e03021a'), NULL), sha1(issuer.name), sha1(keyBits), integer(serial))
  const next = nextUpdate === undefined ? [] : [der(0xa0, time(nextUpdate))]
  const single = sequence(id, der(0xa1, time('2023-01-01T00:00:00')), time('2023-01-02T00:00:00'), ...next)
  const tbs = sequence(der(0xa1, responder.name), time('2023-01-02T00:00:00'), sequence(single))
  const given = certificates.length === 0 ? [] : [der(0xa0, sequence(...certificates))]
  const basic = signed(tbs, responder, ...given)
  return sequence(der(0x0a, Buffer.from([0])), der(0xa0, sequence(oid('2b0601050507300101'), octets(basic))))
}
