import { X509Certificate } from 'node:crypto'
import { contextTag, type DerElement, DerTag, derElements, derSequence, derSerial, derTimeUs } from './der.ts'
import { readSigned, signatureHash } from './signed-der.ts'

/** What a certificate says (RFC 5280). Names are as OpenSSL writes them. */
export interface Certificate {
  /** SHA-256 over its DER, lower-case hexadecimal. */
  readonly fingerprint: string
  /** `CN=…, O=…`, the most specific first. */
  readonly subject: string
  readonly issuer: string
  readonly commonName?: string
  readonly organisation?: string
  readonly issuerCommonName?: string
  readonly issuerOrganisation?: string
  /** Of subjectAltName. */
  readonly dnsNames: readonly string[]
  readonly uris: readonly string[]
  readonly addresses: readonly string[]
  /** Microseconds since 1970; both included. */
  readonly notBeforeUs: number
  readonly notAfterUs: number
  /** Hexadecimal, upper case. */
  readonly serial: string
  /** `rsa`, `ec`, …, as node:crypto names it, and its bits or curve. */
  readonly keyType: string
  readonly keyBits?: number
  readonly curve?: string
  /** What its signature is made over, as node:crypto names it; absent where the algorithm has a hash of its own, or is not known. */
  readonly signatureHash?: string
  /** Object identifiers of extendedKeyUsage (§4.2.1.12); absent where it has none, and may be used for anything. */
  readonly keyPurposes?: readonly string[]
  /** basicConstraints says CA. */
  readonly isAuthority: boolean
  /** Subject and issuer are the same, and its own key signed it. */
  readonly selfSigned: boolean
  /** It carries certificate transparency timestamps (RFC 6962 §3.3): a public authority issued it. */
  readonly logged: boolean
}

/** A certificate with what checking it takes. */
export interface ReadCertificate {
  readonly facts: Certificate
  readonly x509: X509Certificate
  /** Names as they are in DER, in base64. */
  readonly subjectName: string
  readonly issuerName: string
}

/** KeyPurposeId (RFC 5280 §4.2.1.12). */
export const KeyPurpose = {
  ServerAuth: '1.3.6.1.5.5.7.3.1',
  ClientAuth: '1.3.6.1.5.5.7.3.2',
  Any: '2.5.29.37.0',
} as const
/** Of one certificate: there is no use for more. */
const MOST_PURPOSES = 32

/** OID 1.3.6.1.4.1.11129.2.4.2, with its tag. */
const TIMESTAMP_LIST = Buffer.from('060a2b06010401d679020402', 'hex')

/** Reads DER (or PEM); undefined where it is no certificate. */
export function readCertificate(octets: Uint8Array | string): ReadCertificate | undefined {
  try {
    const x509 = new X509Certificate(octets)
    const fields = fieldsOf(x509.raw)
    return fields === undefined ? undefined : { facts: factsOf(x509, fields), x509, ...fields }
  } catch {
    return undefined
  }
}

interface Fields {
  readonly serial: string
  readonly subjectName: string
  readonly issuerName: string
  readonly notBeforeUs: number
  readonly notAfterUs: number
  readonly signatureHash: string | undefined
}

/** TBSCertificate (RFC 5280 §4.1). */
function fieldsOf(der: Uint8Array): Fields | undefined {
  const parts = derSequence(der) ?? []
  const [tbs] = parts
  if (tbs?.tag !== DerTag.Sequence) return undefined
  const all = derElements(tbs.content)
  const [serial, , issuer, validity, subject] = all[0]?.tag === contextTag(0) ? all.slice(1) : all
  if (subject === undefined) return undefined
  const [notBefore, notAfter] = derElements(validity.content)
  const [notBeforeUs, notAfterUs] = [notBefore, notAfter].map((one) => one && derTimeUs(one))
  if (notBeforeUs === undefined || notAfterUs === undefined) return undefined
  const named = ({ whole }: DerElement) => Buffer.from(whole).toString('base64')
  const signed = readSigned(parts)
  return {
    serial: derSerial(serial),
    subjectName: named(subject),
    issuerName: named(issuer),
    notBeforeUs,
    notAfterUs,
    signatureHash: signed === undefined ? undefined : signatureHash(signed),
  }
}

function factsOf(x509: X509Certificate, fields: Fields): Certificate {
  const [subject, issuer] = [attributes(x509.subject), attributes(x509.issuer)]
  const names = alternativeNames(x509.subjectAltName ?? '')
  const { asymmetricKeyType: keyType = 'unknown', asymmetricKeyDetails: details } = x509.publicKey
  return {
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: nameText(subject),
    issuer: nameText(issuer),
    ...optional('commonName', subject.get('CN')),
    ...optional('organisation', subject.get('O')),
    ...optional('issuerCommonName', issuer.get('CN')),
    ...optional('issuerOrganisation', issuer.get('O')),
    dnsNames: names.DNS ?? [],
    uris: names.URI ?? [],
    addresses: names['IP Address'] ?? [],
    notBeforeUs: fields.notBeforeUs,
    notAfterUs: fields.notAfterUs,
    serial: fields.serial,
    keyType,
    ...optional('keyBits', details?.modulusLength),
    ...optional('curve', details?.namedCurve),
    ...optional('signatureHash', fields.signatureHash),
    ...optional('keyPurposes', x509.keyUsage?.slice(0, MOST_PURPOSES)),
    isAuthority: x509.ca,
    selfSigned: fields.subjectName === fields.issuerName && isSignedBy(x509, x509),
    logged: x509.raw.includes(TIMESTAMP_LIST),
  }
}

/** Whether the key of `issuer` signed a certificate; false where the signature cannot be checked. */
export function isSignedBy(x509: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return x509.verify(issuer.publicKey)
  } catch {
    return false
  }
}

function optional<N extends string, T>(name: N, value: T | undefined): { [M in N]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [M in N]?: T }
}

/** The lines of a distinguished name, of which node has the least specific first; of each type the last. */
function attributes(name: string | undefined): Map<string, string> {
  const pairs = (name ?? '').split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf('=')
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]]
  })
  return new Map(pairs)
}

const MOST_SPECIFIC_FIRST = ['CN', 'OU', 'O', 'L', 'ST', 'C']

function nameText(name: ReadonlyMap<string, string>): string {
  const rank = (type: string) =>
    (MOST_SPECIFIC_FIRST.indexOf(type) + MOST_SPECIFIC_FIRST.length + 1) % (MOST_SPECIFIC_FIRST.length + 1)
  const sorted = [...name].sort(([a], [b]) => rank(a) - rank(b))
  return sorted.map(([type, value]) => `${type}=${value}`).join(', ')
}

/** `DNS:a.example.com, URI:sip:example.com`; what holds a comma or quotes is a JSON string (node's safe form). */
function alternativeNames(text: string): Readonly<Record<string, string[]>> {
  const names: Record<string, string[]> = {}
  for (const [, type, value] of text.matchAll(/(DNS|URI|IP Address):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/g)) {
    const plain = value.startsWith('"') ? jsonText(value) : value
    const known = names[type]
    if (known === undefined) names[type] = [plain]
    else known.push(plain)
  }
  return names
}

function jsonText(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}
