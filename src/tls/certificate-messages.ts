import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import type { CertificateFacts } from './handshake-facts.ts'
import { OctetCursor } from './octet-cursor.ts'

/** Certificates as they came; there were more where the chain is too long. */
export type ReadCertificates = CertificateFacts & { readonly isTooLong: boolean }

const MOST_CERTIFICATES = LIMITS.tlsCertificatesOfChain.most
/** The extension status_request (RFC 6066 §8), and its one type. */
const STATUS_REQUEST = 5
const OCSP = 1
/** The tag of a SubjectPublicKeyInfo. The length of a certificate that begins so would be more than 3 MB. */
const DER_SEQUENCE = 0x30

/** RFC 5246 §7.4.2; a raw public key stands there without a list (RFC 7250 §3). */
export function readCertificate(body: Uint8Array, at: FrameRef): ReadCertificates {
  const content = new OctetCursor(body).vector(3)
  if (content[0] === DER_SEQUENCE) return { at, chain: [Uint8Array.from(content)], isTooLong: false }
  const list = new OctetCursor(content)
  const chain: Uint8Array[] = []
  while (list.left > 3 && chain.length < MOST_CERTIFICATES) chain.push(Uint8Array.from(list.vector(3)))
  return { at, chain: chain.filter(({ length }) => length > 0), isTooLong: list.left > 3 }
}

/** RFC 8446 §4.4.2: each certificate with extensions of its own. */
export function readCertificate13(body: Uint8Array, at: FrameRef): ReadCertificates {
  const cursor = new OctetCursor(body)
  cursor.vector(1)
  const list = new OctetCursor(cursor.vector(3))
  const chain: Uint8Array[] = []
  let ocsp: Uint8Array | undefined
  while (list.left > 3 && chain.length < MOST_CERTIFICATES) {
    const certificate = list.vector(3)
    const extensions = new OctetCursor(list.vector(2))
    while (extensions.left >= 4) {
      const type = extensions.uint(2)
      const data = extensions.vector(2)
      if (type === STATUS_REQUEST && chain.length === 0) ocsp = readStatus(data)
    }
    if (certificate.length > 0) chain.push(Uint8Array.from(certificate))
  }
  return { at, chain, ...(ocsp !== undefined && { ocsp }), isTooLong: list.left > 3 }
}

/** CertificateStatus of RFC 6066 §8. */
export function readStatus(body: Uint8Array): Uint8Array | undefined {
  const cursor = new OctetCursor(body)
  const type = cursor.uint(1)
  const response = cursor.vector(3)
  return type === OCSP && response.length > 0 ? Uint8Array.from(response) : undefined
}
