/** ProtocolVersion (RFC 8446 §4.1.2, RFC 6347 §4.2.1). */
export const TLS_1_2 = 0x0303
export const TLS_1_3 = 0x0304

const NAMES: Readonly<Record<number, string>> = {
  2: 'SSL 2.0',
  768: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
  65279: 'DTLS 1.0',
  65277: 'DTLS 1.2',
  65276: 'DTLS 1.3',
}

export function versionName(version: number): string {
  return NAMES[version] ?? `version 0x${version.toString(16).padStart(4, '0')}`
}
