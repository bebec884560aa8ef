import { createCipheriv } from 'node:crypto'

/** RFC 3711 §4.3.2: what each derived key is for. */
export const Label = {
  SrtpEncryption: 0,
  SrtpAuthentication: 1,
  SrtpSalt: 2,
  SrtcpEncryption: 3,
  SrtcpAuthentication: 4,
  SrtcpSalt: 5,
  /** RFC 6904 §3. */
  HeaderEncryption: 6,
  HeaderSalt: 7,
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

/** Blocks encrypted one by one with AES (electronic codebook mode), under a key of 16, 24 or 32 octets. */
export type EncryptBlocks = (key: Uint8Array, blocks: Uint8Array) => Uint8Array

const encryptByNode: EncryptBlocks = (key, blocks) => encryptUnder(key)(key, blocks)

/** The same for one key that much is derived from: making a cipher costs more than running it, and in this mode it has no state. */
export function encryptUnder(key: Uint8Array): EncryptBlocks {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  return (_, blocks) => cipher.update(blocks)
}

/**
 * Derives session keys from a master key, one for every label (RFC 3711 §4.3.1 with the AES-CM PRF of §4.3.3). RFC 6188 §3 uses AES of
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
 * @param wanted a label, and how many octets
 */
export function deriveKeys(
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  r: number,
  wanted: readonly (readonly [label: Label, length: number])[],
  encrypt = encryptByNode,
): Uint8Array[] {
  let blocks = 0
  for (const [, length] of wanted) blocks += blocksOf(length)
  // All in one go: making a cipher costs more than running it. The keystream is the counter blocks, encrypted one by one.
  const counters = new Uint8Array(blocks * BLOCK)
  let at = 0
  for (const [label, length] of wanted) {
    const end = at + blocksOf(length) * BLOCK
    for (let n = 0; at < end; n++, at += BLOCK) writeCounter(counters, at, masterSalt, label, r, n)
  }
  const { buffer, byteOffset } = encrypt(masterKey, counters)
  let start = byteOffset
  return wanted.map(([, length]) => {
    const key = new Uint8Array(buffer, start, length)
    start += blocksOf(length) * BLOCK
    return key
  })
}

function blocksOf(length: number): number {
  return Math.ceil(length / BLOCK)
}

/** The n-th counter block of a label, at `at` of octets that are zero. */
function writeCounter(
  octets: Uint8Array,
  at: number,
  masterSalt: Uint8Array,
  label: Label,
  r: number,
  n: number,
): void {
  const length = Math.min(masterSalt.length, SALT)
  for (let octet = 0; octet < length; octet++) octets[at + octet] = masterSalt[octet]
  octets[at + LABEL_AT] ^= label
  for (let octet = R_END - 1, rest = r; rest > 0 && octet > LABEL_AT; octet--) {
    octets[at + octet] ^= rest % 256
    rest = Math.floor(rest / 256)
  }
  addToCounter(octets, at, n)
}

/** Adds a small number to the big-endian counter block at `at`. */
function addToCounter(bytes: Uint8Array, at: number, value: number): void {
  for (let octet = at + BLOCK - 1, carry = value; carry > 0 && octet >= at; octet--) {
    carry += bytes[octet]
    bytes[octet] = carry & 0xff
    carry >>>= 8
  }
}
