import { createCipheriv, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSrtpSender } from '../../samples/srtp-sender.ts'

// RFC 3711 B.3: master key and salt, and the session keys that follow from them.
const master = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6', 'hex')
const cipherKey = Buffer.from('C61E7A93744F39EE10734AFE3FF7A087', 'hex')
const cipherSalt = Buffer.from('30CBBC08863D8C85D49DB34A9AE1', 'hex')
const authenticationKey = Buffer.from('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4', 'hex')

const ssrc = 0xcafebabe

function rtpPacket(sequence: number): Buffer {
  const packet = Buffer.alloc(12 + 160, 0x55)
  packet.set([0x80, 0])
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt32BE(ssrc, 8)
  return packet
}

/** RFC 3711 §4.1.1, §4.2 for RTP, computed a second way: by 128-bit integers. */
function protectedPacket(packet: Buffer, roc: number): Buffer {
  const index = (BigInt(roc) << 16n) | BigInt(packet.readUInt16BE(2))
  const salt = BigInt(`0x${cipherSalt.toString('hex')}`)
  const counter = (salt << 16n) ^ (BigInt(ssrc) << 64n) ^ (index << 16n)
  const block = Buffer.from(counter.toString(16).padStart(32, '0'), 'hex')
  const payload = createCipheriv('aes-128-ctr', cipherKey, block).update(packet.subarray(12))
  const encrypted = Buffer.concat([packet.subarray(0, 12), payload])
  const rocOctets = Buffer.from(roc.toString(16).padStart(8, '0'), 'hex')
  const tag = createHmac('sha1', authenticationKey).update(encrypted).update(rocOctets).digest().subarray(0, 10)
  return Buffer.concat([encrypted, tag])
}

describe('the sender of the samples', () => {
  test('protects RTP with the session keys of RFC 3711 B.3', () => {
    const sender = createSrtpSender('AES_CM_128_HMAC_SHA1_80', master)
    expect(sender.protectRtp(rtpPacket(7))).toEqual(protectedPacket(rtpPacket(7), 0))
  })

  test('counts rollovers of the sequence number (RFC 3711 §3.3.1)', () => {
    const sender = createSrtpSender('AES_CM_128_HMAC_SHA1_80', master)
    const sent = [65534, 65535, 0, 1].map((sequence) => sender.protectRtp(rtpPacket(sequence)))
    const expected = [protectedPacket(rtpPacket(65535), 0), protectedPacket(rtpPacket(0), 1)]
    expect(sent.slice(1, 3)).toEqual(expected)
  })

  test('appends E and a growing index to SRTCP (RFC 3711 §3.4)', () => {
    const sender = createSrtpSender('AES_CM_128_HMAC_SHA1_32', master)
    const packet = Buffer.alloc(28)
    packet.writeUInt32BE(ssrc, 4)
    const trailers = [0, 1, 2].map(() => sender.protectRtcp(packet).subarray(28, 32).toString('hex'))
    expect(trailers).toEqual(['80000000', '80000001', '80000002'])
    expect(sender.protectRtcp(packet)).toHaveLength(28 + 4 + 10)
  })
})
