/** How the records of a suite are protected. */
export type Bulk =
  | 'aes-128-gcm'
  | 'aes-256-gcm'
  | 'chacha20-poly1305'
  | 'aes-128-cbc'
  | 'aes-256-cbc'
  | '3des-ede-cbc'
  | 'rc4-128'
  | 'null'
  | 'aes-128-ccm'
  | 'aes-128-ccm-8'
  | 'aes-256-ccm'
  | 'aes-256-ccm-8'
  | 'camellia-128-cbc'
  | 'camellia-256-cbc'
  | 'aria-128-gcm'
  | 'aria-256-gcm'
  | 'export'
  | 'des-cbc'

/** Who proves what, and how the key comes about. */
export type KeyExchange = 'rsa' | 'dhe' | 'ecdhe' | 'dh' | 'ecdh' | 'dh-anon' | 'ecdh-anon' | 'psk' | 'tls13'

export interface CipherSuite {
  readonly id: number
  /** As registered with IANA. */
  readonly name: string
  readonly keyExchange: KeyExchange
  readonly bulk: Bulk
  /** Hash of the record MAC; absent where the cipher authenticates itself. */
  readonly mac?: 'md5' | 'sha1' | 'sha256' | 'sha384'
  /** Hash of the PRF (TLS 1.2) or of HKDF (TLS 1.3). */
  readonly prf: 'sha256' | 'sha384'
}

/**
 * The suites that SIP trunks are seen to use, and those that they must not: the name says the rest. Written in the order
 * of their numbers (IANA, TLS Cipher Suites).
 */
const NAMES: Readonly<Record<number, string>> = {
  0: 'TLS_NULL_WITH_NULL_NULL',
  1: 'TLS_RSA_WITH_NULL_MD5',
  2: 'TLS_RSA_WITH_NULL_SHA',
  3: 'TLS_RSA_EXPORT_WITH_RC4_40_MD5',
  4: 'TLS_RSA_WITH_RC4_128_MD5',
  5: 'TLS_RSA_WITH_RC4_128_SHA',
  6: 'TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5',
  8: 'TLS_RSA_EXPORT_WITH_DES40_CBC_SHA',
  9: 'TLS_RSA_WITH_DES_CBC_SHA',
  10: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  17: 'TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA',
  18: 'TLS_DHE_DSS_WITH_DES_CBC_SHA',
  19: 'TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA',
  20: 'TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA',
  21: 'TLS_DHE_RSA_WITH_DES_CBC_SHA',
  22: 'TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA',
  23: 'TLS_DH_anon_EXPORT_WITH_RC4_40_MD5',
  24: 'TLS_DH_anon_WITH_RC4_128_MD5',
  26: 'TLS_DH_anon_WITH_DES_CBC_SHA',
  27: 'TLS_DH_anon_WITH_3DES_EDE_CBC_SHA',
  47: 'TLS_RSA_WITH_AES_128_CBC_SHA',
  50: 'TLS_DHE_DSS_WITH_AES_128_CBC_SHA',
  51: 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA',
  52: 'TLS_DH_anon_WITH_AES_128_CBC_SHA',
  53: 'TLS_RSA_WITH_AES_256_CBC_SHA',
  56: 'TLS_DHE_DSS_WITH_AES_256_CBC_SHA',
  57: 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA',
  58: 'TLS_DH_anon_WITH_AES_256_CBC_SHA',
  59: 'TLS_RSA_WITH_NULL_SHA256',
  60: 'TLS_RSA_WITH_AES_128_CBC_SHA256',
  61: 'TLS_RSA_WITH_AES_256_CBC_SHA256',
  65: 'TLS_RSA_WITH_CAMELLIA_128_CBC_SHA',
  69: 'TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA',
  103: 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA256',
  107: 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA256',
  108: 'TLS_DH_anon_WITH_AES_128_CBC_SHA256',
  109: 'TLS_DH_anon_WITH_AES_256_CBC_SHA256',
  132: 'TLS_RSA_WITH_CAMELLIA_256_CBC_SHA',
  136: 'TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA',
  140: 'TLS_PSK_WITH_AES_128_CBC_SHA',
  141: 'TLS_PSK_WITH_AES_256_CBC_SHA',
  156: 'TLS_RSA_WITH_AES_128_GCM_SHA256',
  157: 'TLS_RSA_WITH_AES_256_GCM_SHA384',
  158: 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
  159: 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384',
  166: 'TLS_DH_anon_WITH_AES_128_GCM_SHA256',
  167: 'TLS_DH_anon_WITH_AES_256_GCM_SHA384',
  168: 'TLS_PSK_WITH_AES_128_GCM_SHA256',
  169: 'TLS_PSK_WITH_AES_256_GCM_SHA384',
  4865: 'TLS_AES_128_GCM_SHA256',
  4866: 'TLS_AES_256_GCM_SHA384',
  4867: 'TLS_CHACHA20_POLY1305_SHA256',
  4868: 'TLS_AES_128_CCM_SHA256',
  4869: 'TLS_AES_128_CCM_8_SHA256',
  49158: 'TLS_ECDHE_ECDSA_WITH_NULL_SHA',
  49159: 'TLS_ECDHE_ECDSA_WITH_RC4_128_SHA',
  49160: 'TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA',
  49161: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  49162: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  49168: 'TLS_ECDHE_RSA_WITH_NULL_SHA',
  49169: 'TLS_ECDHE_RSA_WITH_RC4_128_SHA',
  49170: 'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
  49171: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  49172: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  49173: 'TLS_ECDH_anon_WITH_NULL_SHA',
  49174: 'TLS_ECDH_anon_WITH_RC4_128_SHA',
  49175: 'TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA',
  49176: 'TLS_ECDH_anon_WITH_AES_128_CBC_SHA',
  49177: 'TLS_ECDH_anon_WITH_AES_256_CBC_SHA',
  49187: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  49188: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384',
  49191: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  49192: 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384',
  49195: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  49196: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  49199: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  49200: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  49308: 'TLS_RSA_WITH_AES_128_CCM',
  49309: 'TLS_RSA_WITH_AES_256_CCM',
  49310: 'TLS_DHE_RSA_WITH_AES_128_CCM',
  49311: 'TLS_DHE_RSA_WITH_AES_256_CCM',
  49312: 'TLS_RSA_WITH_AES_128_CCM_8',
  49313: 'TLS_RSA_WITH_AES_256_CCM_8',
  49314: 'TLS_DHE_RSA_WITH_AES_128_CCM_8',
  49315: 'TLS_DHE_RSA_WITH_AES_256_CCM_8',
  49324: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM',
  49325: 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM',
  49326: 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8',
  49327: 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8',
  52392: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  52393: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  52394: 'TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
}

const BULKS: readonly (readonly [pattern: RegExp, bulk: Bulk])[] = [
  [/EXPORT/, 'export'],
  [/_NULL(_|$)/, 'null'],
  [/RC4_128/, 'rc4-128'],
  [/3DES_EDE_CBC/, '3des-ede-cbc'],
  [/DES_CBC/, 'des-cbc'],
  [/AES_128_GCM/, 'aes-128-gcm'],
  [/AES_256_GCM/, 'aes-256-gcm'],
  [/AES_128_CBC/, 'aes-128-cbc'],
  [/AES_256_CBC/, 'aes-256-cbc'],
  [/AES_128_CCM_8/, 'aes-128-ccm-8'],
  [/AES_256_CCM_8/, 'aes-256-ccm-8'],
  [/AES_128_CCM/, 'aes-128-ccm'],
  [/AES_256_CCM/, 'aes-256-ccm'],
  [/CHACHA20_POLY1305/, 'chacha20-poly1305'],
  [/CAMELLIA_128/, 'camellia-128-cbc'],
  [/CAMELLIA_256/, 'camellia-256-cbc'],
]

const EXCHANGES: readonly (readonly [pattern: RegExp, exchange: KeyExchange])[] = [
  [/^TLS_ECDH_anon/, 'ecdh-anon'],
  [/^TLS_DH_anon/, 'dh-anon'],
  [/^TLS_ECDHE/, 'ecdhe'],
  [/^TLS_DHE/, 'dhe'],
  [/^TLS_PSK/, 'psk'],
  [/^TLS_RSA/, 'rsa'],
]

const MACS: Readonly<Record<string, NonNullable<CipherSuite['mac']>>> = {
  MD5: 'md5',
  SHA: 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
}

const SUITES: ReadonlyMap<number, CipherSuite> = new Map(
  Object.entries(NAMES).map(([number, name]) => [Number(number), described(Number(number), name)]),
)

function described(id: number, name: string): CipherSuite {
  const bulk = BULKS.find(([pattern]) => pattern.test(name))?.[1] ?? 'null'
  const keyExchange = EXCHANGES.find(([pattern]) => pattern.test(name))?.[1] ?? 'tls13'
  const [, hash] = /_(MD5|SHA256|SHA384|SHA)$/.exec(name) ?? []
  const authenticatesItself = /gcm|ccm|poly1305/.test(bulk)
  return {
    id,
    name,
    keyExchange,
    bulk,
    ...(!authenticatesItself && { mac: MACS[hash ?? 'SHA'] }),
    prf: hash === 'SHA384' ? 'sha384' : 'sha256',
  }
}

/** A suite by its number; undefined for one that is not in the table, and for signalling values (RFC 5746, RFC 7507). */
export function cipherSuite(id: number): CipherSuite | undefined {
  return SUITES.get(id)
}

/** GREASE (RFC 8701 §2): values that mean nothing. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff)
}

/** The suite's name, or its number in hexadecimal. */
export function cipherSuiteName(id: number): string {
  return SUITES.get(id)?.name ?? `0x${id.toString(16).padStart(4, '0')}`
}
