/** How packets of a suite are authenticated: HMAC-SHA1 (RFC 3711 §4.2.1), AES-GCM (RFC 7714), or not at all. */
export type Authentication = 'hmac-sha1' | 'gcm' | 'none'

export type Cipher = 'aes-cm' | 'aes-f8' | 'aes-gcm' | 'null'

/** A crypto suite of SDP security descriptions (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14.1). All lengths in octets. */
export interface CryptoSuite {
  /** Stable small integer, never 0: it stands for the suite in memory that threads share. */
  readonly id: number
  /** As registered. */
  readonly name: string
  readonly cipher: Cipher
  readonly authentication: Authentication
  readonly masterKeyLength: number
  readonly masterSaltLength: number
  /** Tag of an SRTP packet; 0 without authentication. */
  readonly srtpTagLength: number
  /**
   * Tags of an SRTCP packet in the order in which they are tried: what the RFC asks for first, then what senders are
   * known to do. 0 stands for packets sent without a tag.
   */
  readonly srtcpTagLengths: readonly [number] | readonly [number, number]
  readonly sessionEncryptionKeyLength: number
  readonly sessionSaltLength: number
  /** 0 for AEAD suites, which need none. */
  readonly sessionAuthKeyLength: number
}

type Shape = Omit<CryptoSuite, 'id' | 'name' | 'srtpTagLength' | 'srtcpTagLengths'>
type Tags = Pick<CryptoSuite, 'srtpTagLength' | 'srtcpTagLengths'>

const SHA1_80: Tags = { srtpTagLength: 10, srtcpTagLengths: [10] }
/** RFC 4568 §6.2.2: the SRTCP tag has 80 bits all the same. Some senders shorten it too. */
const SHA1_32: Tags = { srtpTagLength: 4, srtcpTagLengths: [10, 4] }
/** SRTCP is always authenticated (RFC 3711 §3.4), which senders of this unregistered suite may not know. */
const NO_TAG: Tags = { srtpTagLength: 0, srtcpTagLengths: [10, 0] }
const GCM_16: Tags = { srtpTagLength: 16, srtcpTagLengths: [16] }
const GCM_8: Tags = { srtpTagLength: 8, srtcpTagLengths: [16, 8] }

function hmacSuite(cipher: Cipher, keyLength: number): Shape {
  return {
    cipher,
    authentication: 'hmac-sha1',
    masterKeyLength: keyLength,
    masterSaltLength: 14,
    sessionEncryptionKeyLength: keyLength,
    sessionSaltLength: 14,
    sessionAuthKeyLength: 20,
  }
}

function gcmSuite(keyLength: number): Shape {
  return {
    cipher: 'aes-gcm',
    authentication: 'gcm',
    masterKeyLength: keyLength,
    masterSaltLength: 12,
    sessionEncryptionKeyLength: keyLength,
    sessionSaltLength: 12,
    sessionAuthKeyLength: 0,
  }
}

const AES_CM_128 = hmacSuite('aes-cm', 16)
const AES_CM_192 = hmacSuite('aes-cm', 24)
const AES_CM_256 = hmacSuite('aes-cm', 32)
const F8_128 = hmacSuite('aes-f8', 16)
const NULL_CIPHER = hmacSuite('null', 16)

/** Every suite that is known, by id from 1. */
export const SUITES: readonly CryptoSuite[] = [
  { id: 1, name: 'AES_CM_128_HMAC_SHA1_80', ...AES_CM_128, ...SHA1_80 },
  { id: 2, name: 'AES_CM_128_HMAC_SHA1_32', ...AES_CM_128, ...SHA1_32 },
  { id: 3, name: 'AES_192_CM_HMAC_SHA1_80', ...AES_CM_192, ...SHA1_80 },
  { id: 4, name: 'AES_192_CM_HMAC_SHA1_32', ...AES_CM_192, ...SHA1_32 },
  { id: 5, name: 'AES_256_CM_HMAC_SHA1_80', ...AES_CM_256, ...SHA1_80 },
  { id: 6, name: 'AES_256_CM_HMAC_SHA1_32', ...AES_CM_256, ...SHA1_32 },
  { id: 7, name: 'F8_128_HMAC_SHA1_80', ...F8_128, ...SHA1_80 },
  { id: 8, name: 'F8_128_HMAC_SHA1_32', ...F8_128, ...SHA1_32 },
  { id: 9, name: 'NULL_HMAC_SHA1_80', ...NULL_CIPHER, ...SHA1_80 },
  { id: 10, name: 'NULL_HMAC_SHA1_32', ...NULL_CIPHER, ...SHA1_32 },
  { id: 11, name: 'AES_CM_128_NULL_AUTH', ...AES_CM_128, ...NO_TAG, authentication: 'none' },
  { id: 12, name: 'AEAD_AES_128_GCM', ...gcmSuite(16), ...GCM_16 },
  { id: 13, name: 'AEAD_AES_256_GCM', ...gcmSuite(32), ...GCM_16 },
  { id: 14, name: 'AEAD_AES_128_GCM_8', ...gcmSuite(16), ...GCM_8 },
  { id: 15, name: 'AEAD_AES_256_GCM_8', ...gcmSuite(32), ...GCM_8 },
]

/** `AES_CM_{bits}`, `HMAC_SHA1_{tag}`: the parts of a name that go by several spellings. */
const SPELLINGS: readonly (readonly [registered: RegExp, others: readonly string[]])[] = [
  [/^AES_(?:CM_)?(\d+)_(?:CM_)?/, ['AES_CM_$1_', 'AES_$1_CM_', 'AES$1_CM_', 'AES_CM$1_']],
  [/^AEAD_AES_(\d+)_GCM/, ['AEAD_AES_$1_GCM', 'AEAD_AES$1_GCM', 'AES_$1_GCM', 'AES$1_GCM', 'AES_GCM_$1']],
  [/^F8_128_/, ['F8_128_', 'AES_F8_128_', 'AES128_F8_']],
  [/^NULL_/, ['NULL_', 'NULL_NULL_']],
]

const BY_SPELLING: ReadonlyMap<string, CryptoSuite> = new Map(
  SUITES.flatMap((suite) => spellingsOf(suite.name).map((spelling) => [spelling, suite] as const)),
)

function spellingsOf(name: string): string[] {
  const [registered, others] = SPELLINGS.find(([pattern]) => pattern.test(name)) ?? [/^/, ['']]
  const spellings = others.map((other) => name.replace(registered, other))
  return spellings.flatMap((spelling) => [
    spelling,
    spelling.replace('_HMAC_SHA1_', '_SHA1_'),
    ...(spelling.endsWith('_GCM') ? [`${spelling}_16`] : []),
  ])
}

/**
 * The suite of a name, as registered or in a spelling seen in the wild (`AES_CM_256_…`, `SRTP_AES128_CM_SHA1_80`,
 * `SRTP_AEAD_AES_256_GCM`), in any case. An unknown name gives `undefined`: a fact, not an error.
 */
export function suiteByName(text: string): CryptoSuite | undefined {
  const registered = BY_SPELLING.get(text)
  if (registered !== undefined) return registered
  const name = text.trim().toUpperCase().replaceAll('-', '_')
  return BY_SPELLING.get(name.startsWith('SRTP_') ? name.slice(5) : name)
}

/** The suite of an id; `undefined` for any other number. */
export function suiteById(id: number): CryptoSuite | undefined {
  return SUITES[id - 1]
}
