import { createCipheriv } from 'node:crypto'
import type { ProtocolKeys } from './session-keys.ts'
import type { Cipher } from './suites.ts'

/** Octets of a block of AES, and of an initialization vector of the modes here. */
const BLOCK = 16
/** RFC 3711 §4.1.2.1: what the salt is filled up with to the key's length. */
const F8_FILLER = 0x55

/** Where a packet stands among those of its SSRC, and what of its header the initialization vector has. */
export interface CipherPlace {
  /** The packet's octets, its header at the beginning. */
  readonly packet: Uint8Array
  /** SRTP: the rollover counter. SRTCP: the E bit and the index, 32 bits as they stand in the packet. */
  readonly counter: number
}

/** Decrypts the encrypted portion of a packet: as many octets come out as went in. */
export type PayloadCipher = (place: CipherPlace, encrypted: Uint8Array) => Uint8Array

type Protocol = 'srtp' | 'srtcp'

/** The ciphers whose packets carry a tag of their own beside them, or none; AES-GCM is not among them. */
export const PAYLOAD_CIPHERS: Readonly<
  Record<Exclude<Cipher, 'aes-gcm'>, (keys: ProtocolKeys, protocol: Protocol) => PayloadCipher>
> = {
  'aes-cm': counterMode,
  'aes-f8': f8Mode,
  null: () => (_, encrypted) => encrypted,
}

/**
 * AES in counter mode (RFC 3711 §4.1.1; RFC 6188 §2 for longer keys): the keystream is the encrypted counters from
 * IV = salt * 2^16 XOR SSRC * 2^64 XOR packet index * 2^16 on.
 */
function counterMode({ encryptionKey, salt }: ProtocolKeys, protocol: Protocol): PayloadCipher {
  const encrypt = blockCipher(encryptionKey)
  return ({ packet, counter }, encrypted) => {
    const iv = new Uint8Array(BLOCK)
    iv.set(salt)
    const ssrcAt = protocol === 'srtp' ? 8 : 4
    for (let n = 0; n < 4; n++) iv[4 + n] ^= packet[ssrcAt + n]
    // 48 bits of index: ROC and SEQ, or 31 bits of SRTCP's.
    const high = protocol === 'srtp' ? counter : (counter & 0x7fff_ffff) >>> 16
    const low = protocol === 'srtp' ? (packet[2] << 8) | packet[3] : counter & 0xffff
    for (let n = 0; n < 4; n++) iv[8 + n] ^= (high >>> (24 - 8 * n)) & 0xff
    iv[12] ^= low >> 8
    iv[13] ^= low & 0xff
    const counters = new Uint8Array(Math.ceil(encrypted.length / BLOCK) * BLOCK)
    for (let at = 0, block = 0; at < counters.length; at += BLOCK, block++) {
      counters.set(iv, at)
      counters[at + 14] = block >> 8
      counters[at + 15] = block & 0xff
    }
    const plain = encrypt(counters).subarray(0, encrypted.length)
    for (let n = 0; n < plain.length; n++) plain[n] ^= encrypted[n]
    return plain
  }
}

/** Encrypts whole blocks one by one. In this mode a cipher has no state between them: one serves all packets. */
function blockCipher(key: Uint8Array): (blocks: Uint8Array) => Uint8Array {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  return (blocks) => cipher.update(blocks)
}

/**
 * AES in f8 mode (RFC 3711 §4.1.2): S(j) = E(k, IV' XOR j XOR S(j-1)) with IV' = E(k XOR m, IV), m the salt filled up
 * with 0x55. The IV is made of the header's fields (§4.1.2.2, §4.1.2.3):
 *
 * ```
 *  SRTP   | 0x00 | M PT | SEQ | timestamp | SSRC | ROC |
 *  SRTCP  | 0 0 0 0 | E and SRTCP index | V P RC PT length | SSRC |
 * ```
 */
function f8Mode({ encryptionKey, salt }: ProtocolKeys, protocol: Protocol): PayloadCipher {
  const masked = encryptionKey.map((octet, n) => octet ^ (salt[n] ?? F8_FILLER))
  const [encrypt, encryptIv] = [encryptionKey, masked].map(blockCipher)
  return (place, encrypted) => {
    const iv = encryptIv(protocol === 'srtp' ? f8RtpIv(place) : f8RtcpIv(place))
    const plain = new Uint8Array(encrypted.length)
    let keystream: Uint8Array = new Uint8Array(BLOCK)
    for (let at = 0, j = 0; at < encrypted.length; at += BLOCK, j++) {
      const block = keystream.map((octet, n) => octet ^ iv[n])
      block[14] ^= j >> 8
      block[15] ^= j & 0xff
      keystream = encrypt(block)
      for (let n = 0; n < BLOCK && at + n < encrypted.length; n++) plain[at + n] = encrypted[at + n] ^ keystream[n]
    }
    return plain
  }
}

function f8RtpIv({ packet, counter }: CipherPlace): Uint8Array {
  const iv = new Uint8Array(BLOCK)
  iv.set(packet.subarray(1, 12), 1)
  new DataView(iv.buffer).setUint32(12, counter)
  return iv
}

function f8RtcpIv({ packet, counter }: CipherPlace): Uint8Array {
  const iv = new Uint8Array(BLOCK)
  new DataView(iv.buffer).setUint32(4, counter)
  iv.set(packet.subarray(0, 8), 8)
  return iv
}
