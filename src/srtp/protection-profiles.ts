import { type CryptoSuite, suiteByName } from './suites.ts'

/** SRTP protection profiles that have a suite here (RFC 5764 §4.1.2, RFC 7714 §14.2; IANA, DTLS-SRTP Protection Profiles). */
const NAMES: Readonly<Record<number, string>> = {
  1: 'AES_CM_128_HMAC_SHA1_80',
  2: 'AES_CM_128_HMAC_SHA1_32',
  5: 'NULL_HMAC_SHA1_80',
  6: 'NULL_HMAC_SHA1_32',
  7: 'AEAD_AES_128_GCM',
  8: 'AEAD_AES_256_GCM',
}

/** The suite of a profile's number; undefined for a profile that is not known. */
export function suiteOfProfile(profile: number): CryptoSuite | undefined {
  return suiteByName(NAMES[profile] ?? '')
}
