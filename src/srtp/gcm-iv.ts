/** Octets of an initialization vector of AES-GCM in SRTP. */
const IV_LENGTH = 12

/** RFC 7714 §8.1: 16 zero bits, SSRC, ROC and SEQ, XOR the salt. The packet begins at `offset`. */
export function srtpIv(bytes: Uint8Array, offset: number, roc: number, salt: Uint8Array): Uint8Array {
  const iv = new Uint8Array(IV_LENGTH)
  iv.set(salt)
  for (let n = 0; n < 4; n++) {
    iv[2 + n] ^= bytes[offset + 8 + n]
    iv[6 + n] ^= roc >>> (24 - 8 * n)
  }
  iv[10] ^= bytes[offset + 2]
  iv[11] ^= bytes[offset + 3]
  return iv
}

/** RFC 7714 §9.1: 16 zero bits, SSRC, 16 zero bits, a zero bit and the SRTCP index, XOR the salt. */
export function srtcpIv(bytes: Uint8Array, offset: number, indexOffset: number, salt: Uint8Array): Uint8Array {
  const iv = new Uint8Array(IV_LENGTH)
  iv.set(salt)
  for (let n = 0; n < 4; n++) {
    iv[2 + n] ^= bytes[offset + 4 + n]
    iv[8 + n] ^= n === 0 ? bytes[indexOffset] & 0x7f : bytes[indexOffset + n]
  }
  return iv
}
