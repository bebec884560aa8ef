import { createCipheriv, createHmac } from 'node:crypto'
import { rtpHeaderLength } from '../../src/srtp/packet-layout.ts'
import type { SessionKeys } from '../../src/srtp/session-keys.ts'

/**
 * The sender's side, as far as tags go: HMAC suites leave the payload as it is (any octets may be ciphertext), AEAD
 * suites encrypt. Written from the RFCs for the tests, apart from the code under test.
 */
export function protectRtp(keys: SessionKeys, packet: Uint8Array, roc: number): Uint8Array {
  const mki = keys.mki ?? new Uint8Array(keys.mkiLength)
  const rocOctets = Buffer.alloc(4)
  rocOctets.writeUInt32BE(roc)
  if (keys.suite.authentication === 'gcm') {
    const iv = Buffer.concat([Buffer.alloc(2), packet.slice(8, 12), rocOctets, packet.slice(2, 4)])
    const header = keys.srtpEncrypted ? rtpHeaderLength(packet, 0, packet.length) : packet.length
    return Buffer.concat([seal(keys, 'srtp', iv, packet.slice(0, header), packet.slice(header)), mki])
  }
  const tag = createHmac('sha1', keys.srtp.authKey).update(packet).update(rocOctets).digest()
  return Buffer.concat([packet, mki, tag.subarray(0, keys.srtpTagLength)])
}

export function protectRtcp(
  keys: SessionKeys,
  packet: Uint8Array,
  index: number,
  encrypted: boolean,
  tagLength = keys.srtcpTagLengths[0],
): Uint8Array {
  const mki = keys.mki ?? new Uint8Array(keys.mkiLength)
  const word = Buffer.alloc(4)
  word.writeUInt32BE((index | (encrypted ? 0x80000000 : 0)) >>> 0)
  if (keys.suite.authentication === 'gcm') {
    const plainIndex = Buffer.from(word)
    plainIndex[0] &= 0x7f
    const iv = Buffer.concat([Buffer.alloc(2), packet.slice(4, 8), Buffer.alloc(2), plainIndex])
    const clear = encrypted ? 8 : packet.length
    const associated = Buffer.concat([packet.slice(0, clear), word])
    const sealed = seal(keys, 'srtcp', iv, associated, packet.slice(clear), tagLength).subarray(associated.length)
    return Buffer.concat([packet.slice(0, clear), sealed, word, mki])
  }
  const tag = createHmac('sha1', keys.srtcp.authKey).update(packet).update(word).digest()
  return Buffer.concat([packet, word, mki, tag.subarray(0, tagLength)])
}

/** Associated data, ciphertext and tag. */
function seal(
  keys: SessionKeys,
  protocol: 'srtp' | 'srtcp',
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
  authTagLength = keys.srtpTagLength,
): Buffer {
  const { encryptionKey, salt } = keys[protocol]
  const algorithm = encryptionKey.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
  const iv = nonce.map((octet, n) => octet ^ salt[n])
  const cipher = createCipheriv(algorithm, encryptionKey, iv, { authTagLength })
  cipher.setAAD(associated)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([associated, ciphertext, cipher.getAuthTag()])
}
