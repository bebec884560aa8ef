import type { Certificate } from '../../tls/certificate.ts'

/** How a certificate stands to a host name. */
export type NameMatch = 'exact' | 'wildcard' | 'none'

/**
 * The names that a certificate holds for SIP: dNSName and the hosts of sip URIs without a user (RFC 5922 §7.1); the
 * common name only where there is neither.
 */
export function namesOf({ dnsNames, uris, commonName }: Certificate): readonly string[] {
  if (dnsNames.length === 0 && uris.length === 0) return commonName === undefined ? [] : [commonName]
  return [...dnsNames, ...uris.flatMap(sipHost)]
}

/** Whether a name is in a certificate; that of a wildcard is told apart (RFC 9525 §6.3). */
export function nameMatch(certificate: Certificate, name: string): NameMatch {
  const wanted = plain(name)
  if (certificate.addresses.some((address) => address.toLowerCase() === wanted)) return 'exact'
  const names = namesOf(certificate).map(plain)
  if (names.includes(wanted)) return 'exact'
  const parent = wanted.slice(wanted.indexOf('.'))
  return parent.length > 1 && names.includes(`*${parent}`) ? 'wildcard' : 'none'
}

/** Of `sip:example.com;…`; a URI of another scheme or with a user names no host (RFC 5922 §7.1). */
function sipHost(uri: string): string[] {
  const host = /^sip:(\[[^\]]*\]|[^@;?:]*)(?::\d+)?(?:[;?]|$)/i.exec(uri)?.[1]
  return host === undefined || host === '' ? [] : [host]
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

/** Whether a host is an address, for which no name can stand. */
export function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
}
