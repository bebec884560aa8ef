import type { KeyObject } from 'node:crypto'
import { type DerElement, DerTag, derElements, derSequence, derSerial, derTimeUs } from './der.ts'
import { isSignedWith, readSigned, type SignedDer } from './signed-der.ts'

/** A list of revoked certificates of one issuer (RFC 5280 §5). */
export interface RevocationList {
  /** Where it came from. */
  readonly path: string
  /** The issuer's name as it is in DER, in base64. */
  readonly issuerName: string
  /** When each was revoked, by serial number. */
  readonly revokedUs: ReadonlyMap<string, number>
  /** When a newer list was to be there at the latest. */
  readonly nextUpdateUs?: number | undefined
  readonly signed?: SignedDer | undefined
}

/**
 * Why a statement about a certificate is not proven: the issuer's certificate is not at hand, another key signed it, its
 * algorithm is not known here, who signed it may not speak for the issuer, it is about a certificate of another issuer,
 * or it had its time.
 */
export type Unproven =
  | 'issuer-not-seen'
  | 'signature-wrong'
  | 'algorithm-unknown'
  | 'responder-not-allowed'
  | 'other-issuer'
  | 'outdated'

/** CertificateList: DER; undefined where it is none. */
export function readRevocationList(der: Uint8Array, path: string): RevocationList | undefined {
  const whole = derSequence(der) ?? []
  const [tbs] = whole
  if (tbs?.tag !== DerTag.Sequence) return undefined
  const all = derElements(tbs.content)
  const [, issuer, thisUpdate, ...rest] = all[0]?.tag === DerTag.Integer ? all.slice(1) : all
  if (thisUpdate === undefined || derTimeUs(thisUpdate) === undefined) return undefined
  const nextUpdateUs = rest[0] === undefined ? undefined : derTimeUs(rest[0])
  const entries = rest.find(({ tag }) => tag === DerTag.Sequence)
  const revoked = (entries === undefined ? [] : derElements(entries.content)).flatMap(
    ({ content }): [string, number][] => {
      const [serial, date] = derElements(content)
      if (serial?.tag !== DerTag.Integer || date === undefined) return []
      return [[derSerial(serial), derTimeUs(date) ?? 0]]
    },
  )
  const issuerName = Buffer.from(issuer.whole).toString('base64')
  return { path, issuerName, revokedUs: new Map(revoked), nextUpdateUs, signed: readSigned(whole) }
}

/** What keeps a list from being its issuer's word, its age apart. @param issuer key of the issuer, where it is at hand */
export function listUnproven({ signed }: RevocationList, issuer: KeyObject | undefined): Unproven | undefined {
  if (issuer === undefined) return 'issuer-not-seen'
  return signed === undefined ? 'signature-wrong' : signatureFault(signed, issuer)
}

/** Nothing, where this key made the signature. */
export function signatureFault(signed: SignedDer, key: KeyObject): Unproven | undefined {
  const verified = isSignedWith(signed, key)
  return verified === undefined ? 'algorithm-unknown' : verified ? undefined : 'signature-wrong'
}

/** Whether a time was over; there may be none. */
export function isOver(endUs: number | undefined, timeUs: number): boolean {
  return endUs !== undefined && timeUs > endUs
}

/** A time in an element that may be absent. */
export function optionalTimeUs(element: DerElement | undefined): number | undefined {
  return element === undefined ? undefined : derTimeUs(element)
}
