import { createCipheriv } from 'node:crypto'

/** RFC 3711 §4.3.2: what each derived key is for. */
export const Label = {
  SrtpEncryption: 0,
  SrtpAuthentication: 1,
  SrtpSalt: 2,
  SrtcpEncryption: 3,
  SrtcpAuthentication: 4,
  SrtcpSalt: 5,
} as const
export type Label = (typeof Label)[keyof typeof Label]

/** Octets of a block and of a counter of AES. */
const BLOCK = 16
/** RFC 3711 §4.3.3: the PRF's salt has 112 bits, and 16 zero bits of counter stand behind it. */
const SALT = 14
/** Octet of the padded salt that the label is added to: behind it stand the 48 bits of r and the 16 of the counter. */
const LABEL_AT = 7
/** Octet behind r. */
const R_END = 14

/**
 * The AES counter mode keystream (RFC 3711 §4.1.1; RFC 6188 §2 for longer keys).
 *
 * @param key 16, 24 or 32 octets
 * @param counter the first counter block, 16 octets
 * @param length octets of keystream
 */
export function aesCounterKeystream(key: Uint8Array, counter: Uint8Array, length: number): Uint8Array {
  const cipher = createCipheriv(`aes-${key.length * 8}-ctr`, key, counter)
  return new Uint8Array(cipher.update(new Uint8Array(length)))
}

/**
 * Derives one session key from a master key (RFC 3711 §4.3.1 with the AES-CM PRF of §4.3.3). RFC 6188 §3 uses AES of
 * the master key's length. RFC 7714 §11 derives the same way: its 96-bit master salt gets 16 zero bits behind it.
 *
 * ```
 *  x = master salt XOR (label * 2^48 + r)      keystream starts at the counter x * 2^16
 *   0             6   7   8            13  14  15
 *  +---------------+-----+---------------+-------+
 *  |               |label|       r       |   0   |
 *  +---------------+-----+---------------+-------+
 * ```
 *
 * @param masterKey 16, 24 or 32 octets
 * @param masterSalt up to 14 octets
 * @param r packet index DIV key derivation rate; 0 where the rate is 0
 * @param length octets wanted
 */
export function deriveKey(
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  label: Label,
  r: number,
  length: number,
): Uint8Array {
  const counter = new Uint8Array(BLOCK)
  counter.set(masterSalt.subarray(0, SALT))
  counter[LABEL_AT] ^= label
  for (let at = R_END - 1, rest = r; rest > 0 && at > LABEL_AT; at--) {
    counter[at] ^= rest % 256
    rest = Math.floor(rest / 256)
  }
  return aesCounterKeystream(masterKey, counter, length)
}
