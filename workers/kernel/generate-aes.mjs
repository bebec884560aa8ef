/**
 * Writes out the tables of AES encryption (FIPS 197 §5.1): the S-box, and for each place of an octet in its column what
 * SubBytes and MixColumns together make of it, as words in the host's order.
 */
const SBOX = substitutions()

/** The text of workers/kernel/generated/aes-tables.ts. */
export function formatAesTables() {
  const columns = SBOX.map((s) => double(s) | (s << 8) | (s << 16) | ((double(s) ^ s) << 24))
  return [
    '// Made by workers/kernel/generate-aes.mjs.',
    `export const SBOX: usize = memory.data<u8>([${SBOX.join(', ')}])`,
    ...[0, 1, 2, 3].map((place) => {
      const words = columns.map((word) => `0x${rotated(word, 8 * place).toString(16)}`)
      return `export const COLUMNS_${place}: usize = memory.data<u32>([${words.join(', ')}])`
    }),
    '',
  ].join('\n')
}

/** Multiplication by x modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197 §4.2). */
function double(octet) {
  return ((octet << 1) ^ (octet & 0x80 ? 0x11b : 0)) & 0xff
}

/** FIPS 197 §5.1.1: the inverse, then the affine transformation. 3 generates the field: its powers pair with theirs. */
function substitutions() {
  const powers = [1]
  while (powers.length < 255) powers.push(powers.at(-1) ^ double(powers.at(-1)))
  const sbox = new Array(256).fill(0x63)
  for (const [n, power] of powers.entries()) {
    const inverse = powers[(255 - n) % 255]
    const doubled = inverse | (inverse << 8)
    const turns = [0, 4, 5, 6, 7].map((by) => doubled >> by)
    sbox[power] = (turns.reduce((a, b) => a ^ b) ^ 0x63) & 0xff
  }
  return sbox
}

function rotated(word, by) {
  return ((word << by) | (by === 0 ? 0 : word >>> (32 - by))) >>> 0
}
