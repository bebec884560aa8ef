import { constants, type KeyObject, verify } from 'node:crypto'
import { contextTag, type DerElement, DerTag, derElements } from './der.ts'

/** What certificates, revocation lists and OCSP responses have in common: something, and a signature over it. */
export interface SignedDer {
  /** What is signed, with its tag. */
  readonly signed: Uint8Array
  /** AlgorithmIdentifier (RFC 5280 §4.1.1.2): the OID in hexadecimal, and its parameters. */
  readonly algorithm: string
  readonly parameters: DerElement | undefined
  readonly signature: Uint8Array
}

/** `SEQUENCE { what is signed, AlgorithmIdentifier, BIT STRING }`, given as the elements within. */
export function readSigned([signed, algorithm, signature]: readonly DerElement[]): SignedDer | undefined {
  if (signed === undefined || algorithm?.tag !== DerTag.Sequence || signature?.tag !== DerTag.BitString)
    return undefined
  const [oid, parameters] = derElements(algorithm.content)
  if (oid?.tag !== DerTag.ObjectIdentifier) return undefined
  // The first octet counts the bits of the last that are not used: none in a signature.
  return { signed: signed.whole, algorithm: hex(oid), parameters, signature: signature.content.subarray(1) }
}

/** Whether this key made the signature; undefined where the algorithm is none that is known here. */
export function isSignedWith(
  { signed, algorithm, parameters, signature }: SignedDer,
  key: KeyObject,
): boolean | undefined {
  const isPss = algorithm === RSA_PSS
  const hash = isPss ? pssHash(parameters) : HASHES[algorithm]
  if (hash === undefined) return undefined
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
  try {
    return verify(hash, signed, isPss ? { key, ...padding } : key, signature)
  } catch {
    return false
  }
}

/** The hash that a signature is made over; undefined where the algorithm has one of its own, or is none that is known here. */
export function signatureHash({ algorithm, parameters }: SignedDer): string | undefined {
  if (algorithm === RSA_MD5) return 'md5'
  return (algorithm === RSA_PSS ? pssHash(parameters) : HASHES[algorithm]) ?? undefined
}

/** Known by name only: nothing that it signs is believed (RFC 6151 §2). */
const RSA_MD5 = '2a864886f70d010104'

/** By OID (RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3); null where the algorithm has a hash of its own. */
const HASHES: Readonly<Record<string, string | null>> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010e': 'sha224',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha1',
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2b6570': null,
  '2b6571': null,
}

const RSA_PSS = '2a864886f70d01010a'

const DIGESTS: Readonly<Record<string, string>> = {
  '2b0e03021a': 'sha1',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
}

/** `[0]` of RSASSA-PSS-params; SHA-1 where it is absent (RFC 4055 §3.1). */
function pssHash(parameters: DerElement | undefined): string | undefined {
  const stated = derElements(parameters?.content ?? new Uint8Array(0)).find(({ tag }) => tag === contextTag(0))
  if (stated === undefined) return 'sha1'
  const [identifier] = derElements(stated.content)
  const [oid] = identifier === undefined ? [] : derElements(identifier.content)
  return oid === undefined ? undefined : DIGESTS[hex(oid)]
}

function hex({ content }: DerElement): string {
  return Buffer.from(content).toString('hex')
}
