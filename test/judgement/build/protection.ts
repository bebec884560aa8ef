import { createCipheriv, createHmac } from 'node:crypto'

/**
 * What a sender does to its packets (RFC 3711 §3.3 and §3.4, RFC 6188, RFC 7714). Written apart from src/srtp on purpose:
 * a fault of the tool must not be a fault of the traces too.
 */
export interface Protection {
  rtp(packet: Buffer, rolloverCounter: number): Buffer
  rtcp(packet: Buffer, index: number): Buffer
}

interface Suite {
  readonly cipher: 'cm' | 'null' | 'gcm'
  readonly key: number
  readonly salt: number
  readonly rtpTag: number
  readonly rtcpTag: number
}

const CM = { cipher: 'cm', salt: 14, rtcpTag: 10 } as const

const SUITES: Readonly<Record<string, Suite>> = {
  AES_CM_128_HMAC_SHA1_80: { ...CM, key: 16, rtpTag: 10 },
  AES_CM_128_HMAC_SHA1_32: { ...CM, key: 16, rtpTag: 4 },
  AES_192_CM_HMAC_SHA1_80: { ...CM, key: 24, rtpTag: 10 },
  AES_192_CM_HMAC_SHA1_32: { ...CM, key: 24, rtpTag: 4 },
  AES_256_CM_HMAC_SHA1_80: { ...CM, key: 32, rtpTag: 10 },
  AES_256_CM_HMAC_SHA1_32: { ...CM, key: 32, rtpTag: 4 },
  NULL_HMAC_SHA1_80: { ...CM, cipher: 'null', key: 16, rtpTag: 10 },
  AES_CM_128_NULL_AUTH: { ...CM, key: 16, rtpTag: 0 },
  AEAD_AES_128_GCM: { cipher: 'gcm', key: 16, salt: 12, rtpTag: 16, rtcpTag: 16 },
  AEAD_AES_256_GCM: { cipher: 'gcm', key: 32, salt: 12, rtpTag: 16, rtcpTag: 16 },
  AEAD_AES_128_GCM_8: { cipher: 'gcm', key: 16, salt: 12, rtpTag: 8, rtcpTag: 16 },
  AEAD_AES_256_GCM_8: { cipher: 'gcm', key: 32, salt: 12, rtpTag: 8, rtcpTag: 16 },
}

export interface ProtectionOptions {
  /** Stands in each packet: before the tag, with AEAD suites behind it. */
  readonly mki?: Buffer | undefined
  readonly clearRtp?: boolean
  readonly clearRtcp?: boolean
  /** UNAUTHENTICATED_SRTP (RFC 4568 §6.3.3): no tag on SRTP packets. */
  readonly noRtpTag?: boolean
  /** AES-192 only: session keys as libsrtp derives them, by AES-256 from key, salt and 8 zero octets. */
  readonly misreadAsAes256?: boolean
}

/** Octets of a suite's master key and salt together. */
export function masterOctets(suite: string): number {
  const { key, salt } = suiteOf(suite)
  return key + salt
}

function suiteOf(name: string): Suite {
  const suite = SUITES[name]
  if (suite === undefined) throw new RangeError(`no sender for the suite ${name}`)
  return suite
}

export function protectionOf(suiteName: string, master: Uint8Array, options: ProtectionOptions = {}): Protection {
  const suite = suiteOf(suiteName)
  const { cipher, rtcpTag } = suite
  const { mki = Buffer.alloc(0), clearRtp = false, clearRtcp = false, noRtpTag = false } = options
  const rtpTag = noRtpTag ? 0 : suite.rtpTag
  const derive = derivation(suite, Buffer.from(master), options.misreadAsAes256 === true)
  const rtpKeys = { key: derive(0, suite.key), auth: derive(1, 20), salt: derive(2, suite.salt) }
  const rtcpKeys = { key: derive(3, suite.key), auth: derive(4, 20), salt: derive(5, suite.salt) }

  return {
    rtp(packet, rolloverCounter) {
      const roc = word(rolloverCounter)
      const header = packet.subarray(0, 12)
      const payload = packet.subarray(12)
      const index = Buffer.concat([roc, packet.subarray(2, 4)])
      const ssrc = packet.subarray(8, 12)
      if (cipher === 'gcm') {
        const nonce = xor(rtpKeys.salt, Buffer.concat([Buffer.alloc(2), ssrc, index]))
        const { text, tag } = seal(rtpKeys.key, nonce, header, payload, rtpTag)
        return Buffer.concat([header, text, tag, mki])
      }
      const text = cipher === 'null' || clearRtp ? payload : counterMode(rtpKeys, ssrc, index, payload)
      const protectedPart = Buffer.concat([header, text])
      return Buffer.concat([protectedPart, mki, hmac(rtpKeys.auth, [protectedPart, roc], rtpTag)])
    },

    rtcp(packet, number) {
      const header = packet.subarray(0, 8)
      const rest = packet.subarray(8)
      const ssrc = packet.subarray(4, 8)
      const trailer = word((number | (clearRtcp ? 0 : 0x80000000)) >>> 0)
      if (cipher === 'gcm') {
        const nonce = xor(rtcpKeys.salt, Buffer.concat([Buffer.alloc(2), ssrc, Buffer.alloc(2), word(number)]))
        const { text, tag } = seal(rtcpKeys.key, nonce, Buffer.concat([header, trailer]), rest, rtcpTag)
        return Buffer.concat([header, text, tag, trailer, mki])
      }
      const index = Buffer.concat([Buffer.alloc(2), word(number)])
      const text = cipher === 'null' || clearRtcp ? rest : counterMode(rtcpKeys, ssrc, index, rest)
      const protectedPart = Buffer.concat([header, text, trailer])
      return Buffer.concat([protectedPart, mki, hmac(rtcpKeys.auth, [protectedPart], rtcpTag)])
    },
  }
}

/** RFC 3711 §4.3.1 with a key derivation rate of 0; a salt of 12 octets is followed by zeros (RFC 7714 §11). */
function derivation(suite: Suite, master: Buffer, misread: boolean): (label: number, length: number) => Buffer {
  const keyOctets = misread ? 32 : suite.key
  const octets = misread ? Buffer.concat([master, Buffer.alloc(8)]) : master
  const key = octets.subarray(0, keyOctets)
  return (label, length) => {
    const block = Buffer.alloc(16)
    block.set(octets.subarray(keyOctets, keyOctets + suite.salt))
    block[7] ^= label
    return createCipheriv(`aes-${keyOctets * 8}-ctr`, key, block).update(Buffer.alloc(length))
  }
}

interface Keys {
  readonly key: Buffer
  readonly salt: Buffer
}

/** RFC 3711 §4.1.1. */
function counterMode({ key, salt }: Keys, ssrc: Buffer, index: Buffer, text: Buffer): Buffer {
  const mask = Buffer.concat([Buffer.alloc(4), ssrc, index, Buffer.alloc(2)])
  const block = xor(Buffer.concat([salt, Buffer.alloc(2)]), mask)
  return createCipheriv(`aes-${key.length * 8}-ctr`, key, block).update(text)
}

function seal(key: Buffer, nonce: Buffer, associated: Buffer, text: Buffer, authTagLength: number) {
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce, { authTagLength })
  cipher.setAAD(associated)
  return { text: Buffer.concat([cipher.update(text), cipher.final()]), tag: cipher.getAuthTag() }
}

function hmac(key: Buffer, parts: readonly Buffer[], length: number): Buffer {
  const mac = createHmac('sha1', key)
  for (const part of parts) mac.update(part)
  return mac.digest().subarray(0, length)
}

function word(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((octet, n) => octet ^ b[n]))
}
