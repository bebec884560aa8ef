import { type CipherGCMTypes, createDecipheriv, createHmac, type DecipherGCM, timingSafeEqual } from 'node:crypto'
import type { Bulk, CipherSuite } from './cipher-suites.ts'
import { expandLabel } from './key-derivation.ts'
import { ContentType, type TlsRecord } from './record-reader.ts'

/** What a record held: its content, and what that is (TLS 1.3 hides the type inside). */
export interface OpenedRecord {
  readonly type: number
  readonly content: Uint8Array
}

/** Opens the protected records of one direction, in order. Undefined where a record does not authenticate. */
export interface RecordProtection {
  open(record: TlsRecord): OpenedRecord | undefined
}

interface Aead {
  readonly cipher: CipherGCMTypes | 'chacha20-poly1305' | 'aes-128-ccm' | 'aes-256-ccm'
  readonly keyBytes: number
  readonly tagBytes: number
  /** TLS 1.2: octets of the nonce in each record; the others come from the key block (RFC 5288 §3, RFC 6655 §3, RFC 7905 §2). */
  readonly explicitNonceBytes: number
  readonly fixedIvBytes: number
}

/** GCM and CCM: 4 octets of the nonce from the key block, 8 from the record. */
const COUNTED = { explicitNonceBytes: 8, fixedIvBytes: 4 } as const

const AEADS: Readonly<Partial<Record<Bulk, Aead>>> = {
  'aes-128-gcm': { cipher: 'aes-128-gcm', keyBytes: 16, tagBytes: 16, ...COUNTED },
  'aes-256-gcm': { cipher: 'aes-256-gcm', keyBytes: 32, tagBytes: 16, ...COUNTED },
  'aes-128-ccm': { cipher: 'aes-128-ccm', keyBytes: 16, tagBytes: 16, ...COUNTED },
  'aes-128-ccm-8': { cipher: 'aes-128-ccm', keyBytes: 16, tagBytes: 8, ...COUNTED },
  'aes-256-ccm': { cipher: 'aes-256-ccm', keyBytes: 32, tagBytes: 16, ...COUNTED },
  'aes-256-ccm-8': { cipher: 'aes-256-ccm', keyBytes: 32, tagBytes: 8, ...COUNTED },
  'chacha20-poly1305': {
    cipher: 'chacha20-poly1305',
    keyBytes: 32,
    tagBytes: 16,
    explicitNonceBytes: 0,
    fixedIvBytes: 12,
  },
}

interface Cbc {
  readonly cipher: string
  readonly keyBytes: number
}

const CBCS: Readonly<Partial<Record<Bulk, Cbc>>> = {
  'aes-128-cbc': { cipher: 'aes-128-cbc', keyBytes: 16 },
  'aes-256-cbc': { cipher: 'aes-256-cbc', keyBytes: 32 },
  'camellia-128-cbc': { cipher: 'camellia-128-cbc', keyBytes: 16 },
  'camellia-256-cbc': { cipher: 'camellia-256-cbc', keyBytes: 32 },
}

const MAC_BYTES = { md5: 16, sha1: 20, sha256: 32, sha384: 48 } as const
const BLOCK_BYTES = 16
const TLS_1_0 = 0x0301

/** Octets that a suite takes of the key block, for one direction. Undefined where its records cannot be opened here. */
export function keyBlockShape(suite: CipherSuite, version: number): KeyBlockShape | undefined {
  const aead = AEADS[suite.bulk]
  if (aead !== undefined) return { macBytes: 0, keyBytes: aead.keyBytes, ivBytes: aead.fixedIvBytes }
  const cbc = CBCS[suite.bulk]
  if (cbc === undefined || suite.mac === undefined) return undefined
  // RFC 2246 §6.2.3.2: the first vector of TLS 1.0 comes from the key block.
  return { macBytes: MAC_BYTES[suite.mac], keyBytes: cbc.keyBytes, ivBytes: version === TLS_1_0 ? BLOCK_BYTES : 0 }
}

export interface KeyBlockShape {
  readonly macBytes: number
  readonly keyBytes: number
  readonly ivBytes: number
}

/** The keys of one direction of TLS 1.2 and before (RFC 5246 §6.3). */
export interface DirectionKeys {
  readonly macKey: Uint8Array
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** Opens records of TLS 1.0 to 1.2; none without keys. */
export function tls12Protection(
  suite: CipherSuite,
  { version, encryptThenMac }: { readonly version: number; readonly encryptThenMac: boolean },
  keys: DirectionKeys | undefined,
): RecordProtection | undefined {
  if (keys === undefined) return undefined
  return AEADS[suite.bulk] !== undefined
    ? new Tls12Aead(AEADS[suite.bulk] as Aead, keys)
    : new Tls12Cbc(suite, version, keys, encryptThenMac)
}

/** RFC 5246 §6.2.3.3, RFC 5288, RFC 7905. */
class Tls12Aead implements RecordProtection {
  readonly #aead: Aead
  readonly #keys: DirectionKeys
  #sequence = 0n

  constructor(aead: Aead, keys: DirectionKeys) {
    this.#aead = aead
    this.#keys = keys
  }

  open({ type, version, fragment }: TlsRecord): OpenedRecord | undefined {
    const sequence = this.#sequence++
    const { explicitNonceBytes, tagBytes } = this.#aead
    const length = fragment.length - explicitNonceBytes - tagBytes
    if (length < 0) return undefined
    const explicit = fragment.subarray(0, explicitNonceBytes)
    const nonce =
      explicitNonceBytes > 0 ? Buffer.concat([this.#keys.iv, explicit]) : sequenceNonce(this.#keys.iv, sequence)
    const additional = macHeader(sequence, type, version, length)
    const content = openAead(this.#aead, this.#keys.key, nonce, additional, fragment.subarray(explicitNonceBytes))
    return content === undefined ? undefined : { type, content }
  }
}

/** Block ciphers with a MAC before (RFC 5246 §6.2.3.2) or after encryption (RFC 7366 §3). */
class Tls12Cbc implements RecordProtection {
  readonly #suite: CipherSuite
  readonly #keys: DirectionKeys
  readonly #encryptThenMac: boolean
  readonly #version: number
  #sequence = 0n
  /** TLS 1.0: the last block of the record before. */
  #chained: Uint8Array

  constructor(suite: CipherSuite, version: number, keys: DirectionKeys, encryptThenMac: boolean) {
    this.#suite = suite
    this.#keys = keys
    this.#encryptThenMac = encryptThenMac
    this.#version = version
    this.#chained = keys.iv
  }

  open({ type, version, fragment }: TlsRecord): OpenedRecord | undefined {
    const sequence = this.#sequence++
    const mac = this.#suite.mac as NonNullable<CipherSuite['mac']>
    const macBytes = MAC_BYTES[mac]
    const body = this.#encryptThenMac ? fragment.subarray(0, Math.max(0, fragment.length - macBytes)) : fragment
    const explicitIv = this.#version > TLS_1_0
    const encrypted = explicitIv ? body.subarray(BLOCK_BYTES) : body
    const iv = explicitIv ? body.subarray(0, BLOCK_BYTES) : this.#chained
    if (iv.length !== BLOCK_BYTES || encrypted.length === 0 || encrypted.length % BLOCK_BYTES !== 0) return undefined
    if (this.#encryptThenMac && !this.#isMac(mac, sequence, type, version, body, fragment.subarray(body.length))) {
      return undefined
    }
    this.#chained = Uint8Array.from(encrypted.subarray(encrypted.length - BLOCK_BYTES))
    const decipher = createDecipheriv((CBCS[this.#suite.bulk] as Cbc).cipher, this.#keys.key, iv).setAutoPadding(false)
    const plain = Buffer.concat([decipher.update(encrypted), decipher.final()])
    const padding = plain[plain.length - 1]
    const length = plain.length - 1 - padding - (this.#encryptThenMac ? 0 : macBytes)
    if (length < 0) return undefined
    const content = plain.subarray(0, length)
    if (this.#encryptThenMac) return { type, content }
    const tag = plain.subarray(length, length + macBytes)
    return this.#isMac(mac, sequence, type, version, content, tag) ? { type, content } : undefined
  }

  #isMac(mac: string, sequence: bigint, type: number, version: number, of: Uint8Array, tag: Uint8Array): boolean {
    const expected = createHmac(mac, this.#keys.macKey)
      .update(macHeader(sequence, type, version, of.length))
      .update(of)
      .digest()
    return tag.length === expected.length && timingSafeEqual(tag, expected)
  }
}

/** seq_num, type, version and length, which MAC and AEAD cover (RFC 5246 §6.2.3.1, §6.2.3.3). */
function macHeader(sequence: bigint, type: number, version: number, length: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeBigUInt64BE(sequence)
  header[8] = type
  header.writeUInt16BE(version, 9)
  header.writeUInt16BE(length, 11)
  return header
}

/** RFC 8446 §5.3, RFC 7905 §2. */
function sequenceNonce(iv: Uint8Array, sequence: bigint): Buffer {
  const nonce = Buffer.from(iv)
  let rest = sequence
  for (let i = nonce.length - 1; i >= 0 && rest > 0n; i--, rest >>= 8n) nonce[i] ^= Number(rest & 0xffn)
  return nonce
}

/** @param sealed ciphertext and its tag */
function openAead(
  { cipher, tagBytes }: Aead,
  key: Uint8Array,
  nonce: Uint8Array,
  additional: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  const length = sealed.length - tagBytes
  // The types have an overload for each family; all are used in the same way.
  const decipher = createDecipheriv(cipher as CipherGCMTypes, key, nonce, { authTagLength: tagBytes }) as DecipherGCM
  decipher.setAAD(additional, { plaintextLength: length } as never)
  decipher.setAuthTag(sealed.subarray(length))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, length)), decipher.final()])
  } catch {
    return undefined
  }
}

/** Opens records of TLS 1.3 under a traffic secret (RFC 8446 §5.2, §7.3). Undefined for a suite that cannot be opened here. */
export function tls13Protection(suite: CipherSuite, secret: Uint8Array): Tls13Protection | undefined {
  const aead = AEADS[suite.bulk]
  return aead === undefined ? undefined : new Tls13Protection(aead, suite.prf, secret)
}

export class Tls13Protection implements RecordProtection {
  readonly #aead: Aead
  readonly #hash: 'sha256' | 'sha384'
  #secret: Uint8Array
  #key: Buffer
  #iv: Buffer
  #sequence = 0n

  constructor(aead: Aead, hash: 'sha256' | 'sha384', secret: Uint8Array) {
    this.#aead = aead
    this.#hash = hash
    this.#secret = secret
    ;[this.#key, this.#iv] = this.#keys()
  }

  open({ type, version, fragment }: TlsRecord): OpenedRecord | undefined {
    // Middlebox compatibility (RFC 8446 §D.4), and alerts before the keys are there.
    if (type !== ContentType.ApplicationData) return { type, content: fragment }
    if (fragment.length <= this.#aead.tagBytes) return undefined
    const header = Buffer.from([type, version >> 8, version & 0xff, fragment.length >> 8, fragment.length & 0xff])
    const inner = openAead(this.#aead, this.#key, sequenceNonce(this.#iv, this.#sequence), header, fragment)
    if (inner === undefined) return undefined
    this.#sequence++
    let end = inner.length
    while (end > 0 && inner[end - 1] === 0) end--
    return end === 0 ? undefined : { type: inner[end - 1], content: inner.subarray(0, end - 1) }
  }

  /** After a KeyUpdate of this direction (RFC 8446 §7.2). */
  update(): void {
    const length = this.#hash === 'sha256' ? 32 : 48
    this.#key.fill(0)
    this.#iv.fill(0)
    this.#secret = expandLabel(this.#hash, this.#secret, 'traffic upd', new Uint8Array(0), length)
    ;[this.#key, this.#iv] = this.#keys()
    this.#sequence = 0n
  }

  #keys(): [Buffer, Buffer] {
    const expand = (label: string, length: number) =>
      expandLabel(this.#hash, this.#secret, label, new Uint8Array(0), length)
    return [expand('key', this.#aead.keyBytes), expand('iv', 12)]
  }
}
