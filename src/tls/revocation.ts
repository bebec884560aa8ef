import { contextTag, type DerElement, DerTag, derElements, derSequence, derSerial, derTimeUs } from './der.ts'

/** A list of revoked certificates of one issuer (RFC 5280 §5). */
export interface RevocationList {
  /** Where it came from. */
  readonly path: string
  /** The issuer's name as it is in DER, in base64. */
  readonly issuerName: string
  /** When each was revoked, by serial number. */
  readonly revokedUs: ReadonlyMap<string, number>
}

/** CertificateList: DER; undefined where it is none. */
export function readRevocationList(der: Uint8Array, path: string): RevocationList | undefined {
  const [tbs] = derSequence(der) ?? []
  if (tbs?.tag !== DerTag.Sequence) return undefined
  const all = derElements(tbs.content)
  const [, issuer, thisUpdate, ...rest] = all[0]?.tag === DerTag.Integer ? all.slice(1) : all
  if (thisUpdate === undefined || derTimeUs(thisUpdate) === undefined) return undefined
  const entries = rest.find(({ tag }) => tag === DerTag.Sequence)
  const revoked = (entries === undefined ? [] : derElements(entries.content)).flatMap(
    ({ content }): [string, number][] => {
      const [serial, date] = derElements(content)
      if (serial?.tag !== DerTag.Integer || date === undefined) return []
      return [[derSerial(serial), derTimeUs(date) ?? 0]]
    },
  )
  return { path, issuerName: Buffer.from(issuer.whole).toString('base64'), revokedUs: new Map(revoked) }
}

/** What an OCSP response says of one certificate. */
export interface OcspStatus {
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly revokedUs?: number
}

/**
 * What a stapled OCSP response (RFC 6960 §4.2.1) says of the certificate with this serial number; undefined where it
 * says nothing. Its signature is not checked: the server sent it of its own certificate.
 */
export function ocspStatus(der: Uint8Array, serial: string): OcspStatus | undefined {
  const bytes = (derSequence(der) ?? []).find(({ tag }) => tag === contextTag(0))
  const basic = bytes && derSequence(bytes.content)?.find(({ tag }) => tag === DerTag.OctetString)
  const [data] = (basic && derSequence(basic.content)) ?? []
  const responses = data && derElements(data.content).find(({ tag }) => tag === DerTag.Sequence)
  for (const { content } of responses === undefined ? [] : derElements(responses.content)) {
    const [id, status] = derElements(content)
    const number = id && derElements(id.content)[3]
    if (status !== undefined && number?.tag === DerTag.Integer && derSerial(number) === serial) return statusOf(status)
  }
  return undefined
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
