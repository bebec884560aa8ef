import { createCipheriv, createHmac } from 'node:crypto'

/** Protects the packets of one direction as its sender does (RFC 3711 §3.3, §3.4). */
export interface SrtpSender {
  protectRtp(packet: Uint8Array): Buffer
  protectRtcp(packet: Uint8Array): Buffer
}

/** What protects one kind of packet: session keys of RFC 3711 §4.3. */
interface PacketKeys {
  readonly cipherKey: Uint8Array
  /** 14 octets. */
  readonly cipherSalt: Uint8Array
  readonly authenticationKey: Uint8Array
  readonly tagLength: number
}

/**
 * A sender with AES in counter mode and HMAC-SHA1. It counts the rollovers of each SSRC's sequence number, from
 * `rolloverCounter` on, and the SRTCP packets it sends, from 0 on.
 */
export function createSrtpSender(suite: string, masterKeyAndSalt: Uint8Array, rolloverCounter = 0): SrtpSender {
  const keys = deriveSenderKeys(suite, masterKeyAndSalt)
  const streams = new Map<number, { roc: number; lastSequence: number }>()
  const srtcpIndexes = new Map<number, number>()

  return {
    protectRtp(rtp) {
      const packet = Buffer.from(rtp)
      const ssrc = packet.readUInt32BE(8)
      const sequence = packet.readUInt16BE(2)
      const stream = streams.get(ssrc) ?? { roc: rolloverCounter, lastSequence: sequence }
      // This sender never goes back, so a smaller number is a rollover.
      if (sequence < stream.lastSequence) stream.roc += 1
      streams.set(ssrc, { roc: stream.roc, lastSequence: sequence })

      const index = BigInt(stream.roc) * 65536n + BigInt(sequence)
      encrypt(packet.subarray(12), keys.rtp, ssrc, index)
      const roc = Buffer.alloc(4)
      roc.writeUInt32BE(stream.roc)
      return Buffer.concat([packet, authenticationTag([packet, roc], keys.rtp)])
    },

    protectRtcp(rtcp) {
      const packet = Buffer.from(rtcp)
      const ssrc = packet.readUInt32BE(4)
      const index = srtcpIndexes.get(ssrc) ?? 0
      srtcpIndexes.set(ssrc, index + 1)
      encrypt(packet.subarray(8), keys.rtcp, ssrc, BigInt(index))
      const trailer = Buffer.alloc(4)
      trailer.writeUInt32BE((0x80000000 | index) >>> 0) // E: encrypted
      return Buffer.concat([packet, trailer, authenticationTag([packet, trailer], keys.rtcp)])
    },
  }
}

/** Octets of the master key, and of the tags of SRTP and SRTCP (RFC 4568 §6.2, RFC 6188 §2). */
const suites: Readonly<Record<string, { keyLength: number; rtpTag: number; rtcpTag: number }>> = {
  AES_CM_128_HMAC_SHA1_80: { keyLength: 16, rtpTag: 10, rtcpTag: 10 },
  AES_CM_128_HMAC_SHA1_32: { keyLength: 16, rtpTag: 4, rtcpTag: 10 },
  AES_256_CM_HMAC_SHA1_80: { keyLength: 32, rtpTag: 10, rtcpTag: 10 },
  AES_256_CM_HMAC_SHA1_32: { keyLength: 32, rtpTag: 4, rtcpTag: 10 },
}

/** Octets of a suite's master key and salt together. */
export function masterLength(suite: string): number {
  return suiteOf(suite).keyLength + 14
}

function suiteOf(name: string) {
  const suite = suites[name]
  if (!suite) throw new RangeError(`no sample sender for the suite ${name}`)
  return suite
}

/**
 * RFC 3711 §4.3 with a key derivation rate of 0. Written apart from src/srtp on purpose: a sample that shared its
 * derivation with the tool could not show a fault in it.
 */
function deriveSenderKeys(suite: string, master: Uint8Array): { rtp: PacketKeys; rtcp: PacketKeys } {
  const { keyLength, rtpTag, rtcpTag } = suiteOf(suite)
  const masterKey = master.subarray(0, keyLength)
  const derive = (label: number, length: number) => {
    const block = Buffer.alloc(16)
    block.set(master.subarray(keyLength))
    block[7] = (block[7] as number) ^ label
    return createCipheriv(`aes-${keyLength * 8}-ctr`, masterKey, block).update(Buffer.alloc(length))
  }
  const keysFrom = (label: number, tagLength: number) => ({
    cipherKey: derive(label, keyLength),
    authenticationKey: derive(label + 1, 20),
    cipherSalt: derive(label + 2, 14),
    tagLength,
  })
  return { rtp: keysFrom(0, rtpTag), rtcp: keysFrom(3, rtcpTag) }
}

/** RFC 3711 §4.1.1: the counter block is the salt, combined with the SSRC at octet 4 and the index at octet 8. */
function encrypt(octets: Buffer, keys: PacketKeys, ssrc: number, index: bigint): void {
  const block = Buffer.alloc(16)
  block.set(keys.cipherSalt)
  block.writeUInt32BE((block.readUInt32BE(4) ^ ssrc) >>> 0, 4)
  const mask = (index << 16n) ^ block.readBigUInt64BE(8)
  block.writeBigUInt64BE(mask, 8)
  const cipher = createCipheriv(`aes-${keys.cipherKey.length * 8}-ctr`, keys.cipherKey, block)
  octets.set(cipher.update(octets))
}

function authenticationTag(parts: readonly Uint8Array[], keys: PacketKeys): Buffer {
  const hmac = createHmac('sha1', keys.authenticationKey)
  for (const part of parts) hmac.update(part)
  return hmac.digest().subarray(0, keys.tagLength)
}
