/** SignatureScheme (IANA, TLS SignatureScheme; RFC 8446 §4.2.3, RFC 5246 §7.4.1.4.1). */
const NAMES: Readonly<Record<number, string>> = {
  257: 'rsa_md5',
  513: 'rsa_pkcs1_sha1',
  514: 'dsa_sha1',
  515: 'ecdsa_sha1',
  769: 'rsa_pkcs1_sha224',
  771: 'ecdsa_sha224',
  1025: 'rsa_pkcs1_sha256',
  1026: 'dsa_sha256',
  1027: 'ecdsa_secp256r1_sha256',
  1281: 'rsa_pkcs1_sha384',
  1283: 'ecdsa_secp384r1_sha384',
  1537: 'rsa_pkcs1_sha512',
  1539: 'ecdsa_secp521r1_sha512',
  2052: 'rsa_pss_rsae_sha256',
  2053: 'rsa_pss_rsae_sha384',
  2054: 'rsa_pss_rsae_sha512',
  2055: 'ed25519',
  2056: 'ed448',
  2057: 'rsa_pss_pss_sha256',
  2058: 'rsa_pss_pss_sha384',
  2059: 'rsa_pss_pss_sha512',
}

/** The scheme's name, or its number in hexadecimal. */
export function signatureAlgorithmName(id: number): string {
  return NAMES[id] ?? `0x${id.toString(16).padStart(4, '0')}`
}
